namespace FleetChat.LocalHost.Commands;

/// <summary>Of the commands that look at an installation.</summary>
internal record ViewOptions
{
    public bool Json { get; init; }

    public string Folder { get; init; } = new UpOptions().Folder;
}
