namespace FleetChat.Core.Data;

public static class Moments
{
    /// <summary>As Postgres keeps it, in microseconds: what is compared with what was kept has to be cut before.</summary>
    public static DateTimeOffset Kept(this DateTimeOffset moment) => moment.AddTicks(-(moment.Ticks % TimeSpan.TicksPerMicrosecond));
}
