using System.Runtime.CompilerServices;
using System.Text;

namespace FleetChat.Core.Security.Audit;

/// <summary>Files of lines that their owner alone can read. Whoever fears for them has them copied, or the folder on a disk that only appends.</summary>
public sealed class FolderAnchorStore(string folder) : IAnchorStore
{
    private const string Extension = ".jsonl";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly string _folder = Path.GetFullPath(folder);

    public async Task AppendAsync(string file, IReadOnlyList<Anchor> anchors, CancellationToken ct)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(_folder);
        else Directory.CreateDirectory(_folder, OwnerOnly | UnixFileMode.UserExecute);
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        await using var stream = new FileStream(Path.Combine(_folder, file + Extension), options);
        var lines = string.Concat(anchors.Select(anchor => anchor.ToLine()));
        await stream.WriteAsync(Encoding.UTF8.GetBytes(EndsWithinLine(stream) ? $"\n{lines}" : lines), ct);
        stream.Flush(flushToDisk: true);
    }

    public async IAsyncEnumerable<AnchorLine> ReadAsync([EnumeratorCancellation] CancellationToken ct)
    {
        if (!Directory.Exists(_folder)) yield break;
        foreach (var file in Directory.EnumerateFiles(_folder, "*" + Extension).Order(StringComparer.Ordinal))
        {
            foreach (var line in Anchor.ReadLines(Path.GetFileName(file), await File.ReadAllTextAsync(file, ct))) yield return line;
        }
    }

    /// <summary>Leaves the stream at its end.</summary>
    private static bool EndsWithinLine(FileStream stream)
    {
        if (stream.Length == 0) return false;
        stream.Seek(-1, SeekOrigin.End);
        return stream.ReadByte() != '\n';
    }
}
