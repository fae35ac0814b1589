using FleetChat.Core.Inbox;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Samsara.Polling;

/// <summary>When a company's feed is looked at: each at its own moment of the interval, so that they do not all ask at once.</summary>
public static class PollSchedule
{
    public static DateTimeOffset NextAt(TenantId tenant, string feed, TimeSpan interval, DateTimeOffset now)
    {
        var step = (long)interval.TotalMilliseconds;
        var phase = Lanes.Hash($"{tenant}:{feed}") % step;
        var rounds = Math.DivRem(now.ToUnixTimeMilliseconds() - phase, step).Quotient + 1;
        return DateTimeOffset.FromUnixTimeMilliseconds(phase + rounds * step);
    }
}
