using System.Globalization;

namespace FleetChat.LocalHost.Commands;

/// <summary>A moment that somebody typed: a time, or so far from now.</summary>
internal readonly record struct When(DateTimeOffset? Time, TimeSpan FromNow)
{
    public DateTimeOffset At(DateTimeOffset now) => Time ?? now + FromNow;

    /// <exception cref="FormatException">It is neither.</exception>
    public static When Read(string text, string option)
    {
        if (text is ['-' or '+', .. var number, var unit]
            && double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            && unit is 's' or 'm' or 'h' or 'd')
        {
            var span = unit switch { 's' => TimeSpan.FromSeconds(amount), 'm' => TimeSpan.FromMinutes(amount), 'h' => TimeSpan.FromHours(amount), _ => TimeSpan.FromDays(amount) };
            return new(null, text[0] == '-' ? -span : span);
        }
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? new(time, default)
            : throw new FormatException($"{option} needs a time such as 2026-03-02T08:00:00Z, or a distance from now such as -10m or +2h.");
    }
}
