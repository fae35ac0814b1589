namespace FleetChat.LocalHost.Commands;

internal sealed record DemoOptions
{
    public bool Json { get; init; }

    /// <summary>Business seconds in a real one; null: as fast as it goes.</summary>
    public double? Speed { get; init; }
}
