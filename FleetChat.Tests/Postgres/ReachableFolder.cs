namespace FleetChat.Tests.Postgres;

/// <summary>A temporary folder through which others may pass, as the user that Postgres runs as must.</summary>
internal sealed class ReachableFolder : IDisposable
{
    public ReachableFolder()
    {
        Path = Directory.CreateTempSubdirectory("fleetchat-tests-").FullName;
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path, File.GetUnixFileMode(Path) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
