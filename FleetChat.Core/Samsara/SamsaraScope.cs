using System.Globalization;

namespace FleetChat.Core.Samsara;

/// <summary>A permission of a Samsara token, with the cheapest read that only it allows.</summary>
/// <param name="Name">As Samsara's settings show it.</param>
/// <param name="Read">Path and query; <c>{from}</c> and <c>{to}</c> stand for a minute.</param>
public sealed record SamsaraScope(string Name, string Read)
{
    /// <summary>
    /// What FleetChat can't work without. Hours of service are not among them: fleets outside the United States have none, and speed
    /// tells as well who drives. Writing can't be tried without writing something.
    /// </summary>
    public static readonly IReadOnlyList<SamsaraScope> Needed =
    [
        new("Read Org Information", "me"),
        new("Read Webhooks", "webhooks?limit=1"),
        new("Read Drivers", "fleet/drivers?limit=1"),
        new("Read Vehicles", "fleet/vehicles?limit=1"),
        new("Read Vehicle Statistics", "fleet/vehicles/stats?types=gps"),
        new("Read Routes", "fleet/routes?startTime={from}&endTime={to}&limit=1"),
        new("Read Assignments", "fleet/driver-vehicle-assignments?filterBy=vehicles&startTime={from}&endTime={to}"),
        new("Read Documents", "fleet/documents?startTime={from}&endTime={to}&limit=1"),
    ];

    internal string PathAt(DateTimeOffset now) => Read.Replace("{from}", Time(now.AddMinutes(-1)), StringComparison.Ordinal).Replace("{to}", Time(now), StringComparison.Ordinal);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
