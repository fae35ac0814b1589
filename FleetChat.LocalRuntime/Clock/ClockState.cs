namespace FleetChat.LocalRuntime.Clock;

/// <summary>The clock's row as a process last read it.</summary>
internal sealed record ClockState(TimeSpan Offset, DateTimeOffset? FrozenAt, long Version, long Probe)
{
    public static readonly ClockState Real = new(TimeSpan.Zero, FrozenAt: null, Version: 0, Probe: 0);

    public DateTimeOffset At(DateTimeOffset realNow) => FrozenAt ?? realNow + Offset;
}
