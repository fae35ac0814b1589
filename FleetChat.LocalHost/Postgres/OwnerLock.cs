using System.Text.Json;

namespace FleetChat.LocalHost.Postgres;

/// <summary>
/// Who owns a cluster's folder. The proof is a lock that the operating system holds for the process and drops when it dies,
/// however it dies; a process id alone would be fooled when the machine gives the number to another. The file beside it
/// says in words who it is.
/// </summary>
internal sealed class OwnerLock : IDisposable
{
    private const string LockName = "lock";
    private const string OwnerName = "owner.json";
    private readonly string _folder;
    private readonly FileStream _lock;

    private OwnerLock(string folder, FileStream held)
    {
        _folder = folder;
        _lock = held;
    }

    /// <returns>Null when a living process holds it.</returns>
    public static OwnerLock? TryTake(string folder, FileMode mode = FileMode.OpenOrCreate)
    {
        try
        {
            return new OwnerLock(folder, new FileStream(Path.Combine(folder, LockName), mode, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception held) when (held is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <param name="address">What to tell somebody who is refused because of us.</param>
    public void Announce(string address)
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        var owner = new ClusterOwner(process.Id, new DateTimeOffset(process.StartTime).ToUniversalTime(), address);

        // Written beside and moved over, so that a reader never sees half of it.
        var half = Path.Combine(_folder, OwnerName + ".new");
        File.WriteAllText(half, JsonSerializer.Serialize(owner, JsonSerializerOptions.Web));
        File.Move(half, Path.Combine(_folder, OwnerName), overwrite: true);
    }

    public static string DescribeOwner(string folder)
    {
        var owner = Read(folder);
        return owner is null
            ? "another process that is just starting"
            : $"process {owner.Pid}, running since {owner.StartedAt:yyyy-MM-dd HH:mm:ss}Z, at {owner.Address}";
    }

    /// <summary>Who owns the folder, by what the file says and whether such a process lives: the lock is not touched, so that an owner who is just starting is not refused.</summary>
    /// <returns>Null when nobody does.</returns>
    public static ClusterOwner? FindOwner(string folder) => Read(folder) is { IsAlive: true } owner ? owner : null;

    public void Dispose() => _lock.Dispose();

    private static ClusterOwner? Read(string folder)
    {
        try
        {
            var file = Path.Combine(folder, OwnerName);
            return File.Exists(file) ? JsonSerializer.Deserialize<ClusterOwner>(File.ReadAllText(file), JsonSerializerOptions.Web) : null;
        }
        catch (JsonException)
        {
            // Words for people; the lock does not rest on them.
            return null;
        }
    }
}
