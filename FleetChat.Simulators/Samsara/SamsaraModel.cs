namespace FleetChat.Simulators.Samsara;

internal sealed class Org(long id, string name)
{
    public long Id { get; } = id;

    public string Name { get; } = name;

    public required string TimeZone { get; init; }

    public List<ApiToken> Tokens { get; } = [];

    public List<Driver> Drivers { get; } = [];

    public List<Vehicle> Vehicles { get; } = [];

    public List<Assignment> Assignments { get; } = [];

    public List<Route> Routes { get; } = [];

    public List<Webhook> Webhooks { get; } = [];

    public List<AuditEntry> Audit { get; } = [];

    public List<DispatchMessage> Messages { get; } = [];

    public List<Document> Documents { get; } = [];

    public List<DocumentType> DocumentTypes { get; } = [];
}

/// <summary>With tags the token sees only what bears one of them, and writes must name tags.</summary>
internal sealed record ApiToken(string Value, IReadOnlyList<string> TagIds, DateTimeOffset? ExpiresAt);

/// <summary>A marketplace app's access to an org. Each refresh gives a new refresh token and ends the old one.</summary>
internal sealed class OAuthGrant(string clientId, string clientSecret, Org org, string code, TimeSpan tokenLife)
{
    public string ClientId { get; } = clientId;

    public string ClientSecret { get; } = clientSecret;

    public Org Org { get; } = org;

    /// <summary>Null once it is used.</summary>
    public string? Code { get; set; } = code;

    public string? RefreshToken { get; set; }

    public TimeSpan TokenLife { get; } = tokenLife;
}

internal sealed class Driver(string id)
{
    public string Id { get; } = id;

    public required string Name { get; set; }

    public required string Username { get; set; }

    public required string TimeZone { get; set; }

    public string? Phone { get; set; }

    public string? Notes { get; set; }

    public string? Locale { get; set; }

    public List<Tag> Tags { get; set; } = [];

    public Dictionary<string, string> ExternalIds { get; } = [];

    /// <summary>Empty while the driver's app is offline.</summary>
    public string DutyStatus { get; set; } = "";

    public DateTimeOffset? DeactivatedAt { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>A tag as drivers, vehicles and routes bear it.</summary>
public sealed record Tag(string Id, string Name);

internal sealed class Vehicle(string id, string name)
{
    public string Id { get; } = id;

    public string Name { get; } = name;

    public List<Tag> Tags { get; } = [];

    public double SpeedMilesPerHour { get; set; }

    public double Latitude { get; set; }

    public double Longitude { get; set; }
}

internal sealed class Assignment(Driver driver, Vehicle vehicle, bool isPassenger, DateTimeOffset start)
{
    public Driver Driver { get; } = driver;

    public Vehicle Vehicle { get; } = vehicle;

    public bool IsPassenger { get; } = isPassenger;

    public DateTimeOffset Start { get; } = start;

    public DateTimeOffset? End { get; set; }
}

internal sealed class Route(string id)
{
    public string Id { get; } = id;

    public required string Name { get; set; }

    public string? Notes { get; set; }

    public Driver? Driver { get; set; }

    public Vehicle? Vehicle { get; set; }

    public Dictionary<string, string> ExternalIds { get; } = [];

    public List<string> TagIds { get; set; } = [];

    public string CompletionCondition { get; set; } = "arriveLastStop";

    public string StartingCondition { get; set; } = "departFirstStop";

    public DateTimeOffset? ActualStart { get; set; }

    public DateTimeOffset? ActualEnd { get; set; }

    public List<Stop> Stops { get; set; } = [];

    public DateTimeOffset ScheduledStart => Stops.Select(stop => stop.ScheduledDeparture ?? stop.ScheduledArrival).First(time => time is not null)!.Value;

    public DateTimeOffset ScheduledEnd => Stops.Select(stop => stop.ScheduledArrival ?? stop.ScheduledDeparture).Last(time => time is not null)!.Value;

    public bool EndsWithArrival => CompletionCondition == "arriveLastStop";
}

internal sealed class Stop(string id)
{
    public string Id { get; } = id;

    public required string Name { get; set; }

    public string State { get; set; } = StopState.Unassigned;

    public string Notes { get; set; } = "";

    public Place? Place { get; set; }

    public Dictionary<string, string> ExternalIds { get; } = [];

    public DateTimeOffset? ScheduledArrival { get; set; }

    public DateTimeOffset? ScheduledDeparture { get; set; }

    public DateTimeOffset? EnRouteAt { get; set; }

    public DateTimeOffset? ArrivedAt { get; set; }

    public DateTimeOffset? DepartedAt { get; set; }

    public DateTimeOffset? SkippedAt { get; set; }

    public DateTimeOffset? Eta { get; set; }

    public required string LiveSharingUrl { get; init; }
}

internal static class StopState
{
    public const string Unassigned = "unassigned";
    public const string Scheduled = "scheduled";

    /// <summary>With a space, unlike everything else that Samsara enumerates.</summary>
    public const string EnRoute = "en route";

    public const string Skipped = "skipped";
    public const string Arrived = "arrived";
    public const string Departed = "departed";
}

/// <summary>Either an address of the org's book (with its id) or a place used once.</summary>
internal sealed record Place(string? AddressId, string Text, double? Latitude, double? Longitude, double? RadiusMeters);

internal sealed class Webhook(string id)
{
    public string Id { get; } = id;

    public required string Name { get; set; }

    public required Uri Url { get; set; }

    public required string SecretKey { get; init; }

    public string? Version { get; set; }

    public required IReadOnlyList<string> EventTypes { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> CustomHeaders { get; set; } = [];
}

internal sealed record AuditEntry(long Position, DateTimeOffset Time, string Operation, string Source, string RouteId, System.Text.Json.Nodes.JsonObject Changes);

internal sealed record DispatchMessage(string DriverId, string SenderName, string SenderType, DateTimeOffset SentAt, string Text, bool IsRead);

internal sealed record Document(string Id, System.Text.Json.Nodes.JsonObject Json, DateTimeOffset CreatedAt);

/// <param name="Fields">Label and type of each field.</param>
internal sealed record DocumentType(string Id, string Name, IReadOnlyList<KeyValuePair<string, string>> Fields);
