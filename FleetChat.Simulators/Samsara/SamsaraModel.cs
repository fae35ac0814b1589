using System.Text.Json.Nodes;

namespace FleetChat.Simulators.Samsara;

internal sealed class Org(long id, string name)
{
    public long Id { get; } = id;

    public string Name { get; } = name;

    public required string TimeZone { get; init; }

    public List<ApiToken> Tokens { get; } = [];

    public List<Driver> Drivers { get; } = [];

    public List<Vehicle> Vehicles { get; } = [];

    public List<Address> Addresses { get; } = [];

    public List<Assignment> Assignments { get; } = [];

    public List<Route> Routes { get; } = [];

    public List<Webhook> Webhooks { get; } = [];

    public List<AuditEntry> Audit { get; } = [];

    public List<DispatchMessage> Messages { get; } = [];

    public List<Document> Documents { get; } = [];

    public List<DocumentType> DocumentTypes { get; } = [];

    public List<FormSubmission> Forms { get; } = [];

    public List<AlertConfiguration> AlertConfigurations { get; } = [];

    public List<Incident> Incidents { get; } = [];

    /// <summary>Every tag that something bears, or a tag's parent does.</summary>
    public Dictionary<string, Tag> Tags { get; } = [];
}

/// <summary>With tags the token sees only what bears one of them, and writes must name tags.</summary>
/// <param name="Scopes">As Samsara's settings name them; null: all.</param>
internal sealed record ApiToken(string Value, IReadOnlyList<string> TagIds, DateTimeOffset? ExpiresAt, IReadOnlyList<string>? Scopes = null);

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

    public Vehicle? StaticVehicle { get; set; }

    /// <summary>Null or empty while the driver's app is offline: both are seen.</summary>
    public string? DutyStatus { get; set; }

    public DateTimeOffset? DeactivatedAt { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>A tag as drivers, vehicles and routes bear it.</summary>
public sealed record Tag(string Id, string Name, string? ParentTagId = null);

internal sealed class Vehicle(string id)
{
    public string Id { get; } = id;

    public required string Name { get; set; }

    public required string Serial { get; init; }

    public string? Vin { get; init; }

    public string? LicensePlate { get; set; }

    public string? Notes { get; set; }

    public Dictionary<string, string> ExternalIds { get; } = [];

    public List<Tag> Tags { get; set; } = [];

    /// <summary>Null until its gateway has told one.</summary>
    public Position? Position { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; set; }
}

internal sealed record Position(double Latitude, double Longitude, double SpeedMilesPerHour, DateTimeOffset At);

internal sealed class Assignment(Driver driver, Vehicle vehicle, bool isPassenger, DateTimeOffset start)
{
    public Driver Driver { get; } = driver;

    public Vehicle Vehicle { get; } = vehicle;

    public bool IsPassenger { get; } = isPassenger;

    public string Type { get; init; } = "driverApp";

    public DateTimeOffset Start { get; } = start;

    public DateTimeOffset? End { get; set; }

    /// <summary>An assignment ends before its end time's own moment.</summary>
    public bool Touches(DateTimeOffset from, DateTimeOffset to) => Start <= to && (End is null || End > from);
}

/// <summary>An entry of the org's address book.</summary>
internal sealed class Address(string id)
{
    public string Id { get; } = id;

    public required string Name { get; set; }

    public required string FormattedAddress { get; set; }

    public required double Latitude { get; set; }

    public required double Longitude { get; set; }

    public double RadiusMeters { get; set; } = 150;

    public string? Notes { get; set; }

    public List<Tag> Tags { get; set; } = [];

    public Dictionary<string, string> ExternalIds { get; } = [];
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

    public string SequencingMethod { get; set; } = "manual";

    public DateTimeOffset? AssignedAt { get; set; }

    public DateTimeOffset? ActualStart { get; set; }

    public DateTimeOffset? ActualEnd { get; set; }

    public List<Stop> Stops { get; set; } = [];

    public DateTimeOffset ScheduledStart => Stops.Select(stop => stop.ScheduledDeparture ?? stop.ScheduledArrival).First(time => time is not null)!.Value;

    public DateTimeOffset ScheduledEnd => Stops.Select(stop => stop.ScheduledArrival ?? stop.ScheduledDeparture).Last(time => time is not null)!.Value;

    /// <summary>A route is in reach of whoever may see one of its own tags, its driver's or its vehicle's.</summary>
    public IEnumerable<string> AllTagIds => [.. TagIds, .. (Driver?.Tags ?? []).Select(tag => tag.Id), .. (Vehicle?.Tags ?? []).Select(tag => tag.Id)];

    public bool EndsWithArrival => CompletionCondition == "arriveLastStop";
}

internal sealed class Stop(string id)
{
    public string Id { get; } = id;

    public required string Name { get; set; }

    public string State { get; set; } = StopState.Unassigned;

    public int? SequenceNumber { get; set; }

    /// <summary>How early, and how late, an arrival is still on time.</summary>
    public long? OnTimeBeforeMs { get; set; }

    public long? OnTimeAfterMs { get; set; }

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

/// <summary>Either an address of the org's book or a place used once.</summary>
internal sealed record Place(Address? Address, string Text, double? Latitude, double? Longitude, double? RadiusMeters);

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

internal sealed record AuditEntry(long Position, DateTimeOffset Time, string Operation, string Source, string RouteId, string? StopId, IReadOnlyList<string> TagIds, JsonObject Changes);

internal sealed record DispatchMessage(string DriverId, string SenderName, string SenderType, DateTimeOffset SentAt, string Text, bool IsRead);

internal sealed record Document(string Id, Driver Driver, string DocumentTypeId, string? RouteStopId, JsonObject Json, DateTimeOffset CreatedAt);

/// <param name="Fields">Label and type of each field.</param>
internal sealed record DocumentType(string Id, string Name, IReadOnlyList<KeyValuePair<string, string>> Fields);

internal sealed record FormSubmission(string Id, JsonObject Json);

/// <param name="WebhookIds">Of its webhook actions; empty: it goes to every webhook of the org.</param>
/// <param name="Legacy">In envelope 1.0, as an action of payload type <c>legacy</c> has it.</param>
internal sealed record AlertConfiguration(string Id, JsonObject Json, IReadOnlyList<string> WebhookIds, bool Legacy)
{
    public string Name => (string)Json["name"]!;

    public bool IsEnabled => (bool)Json["isEnabled"]!;
}

/// <summary>An alert that went off, and may resolve.</summary>
internal sealed class Incident(string id, string configurationId, string condition, JsonObject details, DateTimeOffset happenedAt)
{
    public string Id { get; } = id;

    public string ConfigurationId { get; } = configurationId;

    /// <summary>The member name of the condition's details, such as <c>hosViolation</c>.</summary>
    public string Condition { get; } = condition;

    public JsonObject Details { get; } = details;

    public DateTimeOffset HappenedAt { get; } = happenedAt;

    public DateTimeOffset? ResolvedAt { get; set; }
}
