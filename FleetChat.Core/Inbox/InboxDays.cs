using System.Globalization;

namespace FleetChat.Core.Inbox;

/// <summary>Which days' tables may hold a row of the inbox, where only its id is known.</summary>
internal static class InboxDays
{
    // An id bears the time at which it was made, and the row's day is that of the same moment, or of the one before.
    public static DateOnly[] Of(IEnumerable<Guid> ids) => [.. ids.SelectMany(id => new[] { DayOf(id), DayOf(id).AddDays(-1) }).Distinct()];

    private static DateOnly DayOf(Guid id)
    {
        var milliseconds = long.Parse(id.ToString("N").AsSpan(0, 12), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(milliseconds, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())).UtcDateTime);
    }
}
