using System.Text.RegularExpressions;

namespace FleetChat.Core.Security;

/// <summary>One file a secret, readable by its owner alone.</summary>
public sealed partial class FolderSecretStore : ISecretStore
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly string _folder;

    public FolderSecretStore(string folder)
    {
        _folder = Path.GetFullPath(folder);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(_folder);
        else Directory.CreateDirectory(_folder, OwnerOnly | UnixFileMode.UserExecute);
    }

    public async Task<byte[]?> FindAsync(string name, CancellationToken ct)
    {
        try
        {
            return await File.ReadAllBytesAsync(PathOf(name), ct);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    public async Task<bool> TryCreateAsync(string name, byte[] value, CancellationToken ct)
    {
        // Written whole and flushed under another name first: a process that dies here leaves no half secret.
        var path = PathOf(name);
        var draft = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            await WriteDraftAsync(draft, value, ct);
            File.Move(draft, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
        finally
        {
            File.Delete(draft);
        }
    }

    public Task DeleteAsync(string name, CancellationToken ct)
    {
        File.Delete(PathOf(name));
        return Task.CompletedTask;
    }

    private static async Task WriteDraftAsync(string draft, byte[] value, CancellationToken ct)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        await using var file = new FileStream(draft, options);
        await file.WriteAsync(value, ct);
        file.Flush(flushToDisk: true);
    }

    private string PathOf(string name)
        => Name().IsMatch(name) ? Path.Combine(_folder, name) : throw new ArgumentException("a secret's name has 1 to 127 letters, digits or '-'", nameof(name));

    [GeneratedRegex(@"^[0-9a-zA-Z-]{1,127}\z")]
    private static partial Regex Name();
}
