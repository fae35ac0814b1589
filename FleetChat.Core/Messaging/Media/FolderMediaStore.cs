using System.Text.RegularExpressions;

namespace FleetChat.Core.Messaging.Media;

/// <summary>One file each, readable by its owner alone.</summary>
public sealed partial class FolderMediaStore(string folder) : IMediaStore
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly string _folder = Path.GetFullPath(folder);

    public async Task WriteAsync(string name, Stream content, CancellationToken ct)
    {
        var path = PathOf(name);
        MakeFolder(_folder);
        MakeFolder(Path.GetDirectoryName(path)!);
        // Written whole and flushed under another name first: a process that dies here leaves no half file under this one.
        var draft = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            await WriteDraftAsync(draft, content, ct);
            File.Move(draft, path, overwrite: true);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    public Task<Stream?> OpenAsync(string name, CancellationToken ct)
    {
        try
        {
            return Task.FromResult<Stream?>(new FileStream(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1, FileOptions.Asynchronous));
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<Stream?>(null);
        }
    }

    public Task DeleteAsync(string name, CancellationToken ct)
    {
        try
        {
            File.Delete(PathOf(name));
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing of that tenant was ever kept.
        }
        return Task.CompletedTask;
    }

    private static async Task WriteDraftAsync(string draft, Stream content, CancellationToken ct)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        await using var file = new FileStream(draft, options);
        await content.CopyToAsync(file, ct);
        file.Flush(flushToDisk: true);
    }

    private static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
    }

    private string PathOf(string name)
        => Name().IsMatch(name) ? Path.Combine(_folder, name) : throw new ArgumentException("a medium's name has letters, digits, '-', '_' and '/' between them", nameof(name));

    [GeneratedRegex(@"^[0-9a-zA-Z_-]{1,100}(/[0-9a-zA-Z_-]{1,100}){0,3}\z")]
    private static partial Regex Name();
}
