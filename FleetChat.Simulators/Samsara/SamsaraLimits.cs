using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace FleetChat.Simulators.Samsara;

/// <summary>Samsara's rate limits, counted on the business clock: of a token, of an org, and of each endpoint. Called under the state's gate.</summary>
internal sealed class SamsaraLimits
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Queue<DateTimeOffset>> passed = [];

    /// <exception cref="SamsaraErrorException">429 with the fraction of a second to wait; the call does not count.</exception>
    public void Check(Org org, ApiToken token, HttpRequest request, SamsaraSettings settings, DateTimeOffset now)
    {
        if (!settings.RateLimits)
            return;
        var isRead = HttpMethods.IsGet(request.Method);
        // One endpoint of many objects is one endpoint.
        var endpoint = string.Join('/', request.Path.ToString().Split('/').Where(part => !part.Any(char.IsAsciiDigit) || part == "v1"));
        (string Key, int Most, TimeSpan Within)[] limits =
        [
            ($"token:{token.Value}", 150, Second),
            (string.Create(CultureInfo.InvariantCulture, $"org:{org.Id}"), 200, Second),
            isRead ? ($"read:{token.Value}:{endpoint}", 5, Second) : ($"write:{token.Value}:{endpoint}", 100, Minute),
        ];
        foreach (var (key, most, within) in limits)
        {
            if (Wait(key, most, within, now) is { } wait)
                throw new SamsaraErrorException(StatusCodes.Status429TooManyRequests, "Exceeded rate limit.") { RetryAfterSeconds = Math.Round((decimal)wait.TotalSeconds, 5) };
        }
        foreach (var (key, _, _) in limits)
            passed[key].Enqueue(now);
    }

    private TimeSpan? Wait(string key, int most, TimeSpan within, DateTimeOffset now)
    {
        if (!passed.TryGetValue(key, out var times))
            passed[key] = times = new();
        while (times.TryPeek(out var oldest) && now - oldest >= within)
            times.Dequeue();
        return times.Count < most ? null : times.Peek() + within - now;
    }
}
