namespace FleetChat.LocalHost.Hosting;

/// <summary>The business time of a host, as it was when somebody looked.</summary>
internal sealed class StandingClock(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}
