using FleetChat.Core.Tenants;

namespace FleetChat.Core.Samsara.Polling;

/// <summary>When a company's feed is looked at: each at its own moment of the interval, so that they do not all ask at once.</summary>
public static class PollSchedule
{
    public static DateTimeOffset NextAt(TenantId tenant, string feed, TimeSpan interval, DateTimeOffset now)
    {
        var step = (long)interval.TotalMilliseconds;
        var phase = Hash($"{tenant}:{feed}") % step;
        var rounds = Math.DivRem(now.ToUnixTimeMilliseconds() - phase, step).Quotient + 1;
        return DateTimeOffset.FromUnixTimeMilliseconds(phase + rounds * step);
    }

    /// <summary>FNV-1a: the same moment on every machine and after every restart.</summary>
    private static uint Hash(string text)
    {
        var hash = 2166136261u;
        foreach (var character in text) hash = (hash ^ character) * 16777619u;
        return hash;
    }
}
