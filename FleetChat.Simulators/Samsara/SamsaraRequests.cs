using System.Text.Json.Nodes;
using FleetChat.Simulators.Delivery;

namespace FleetChat.Simulators.Samsara;

/// <param name="TimeZone">IANA.</param>
public sealed record NewOrg(long Id, string Name, string Token, string TimeZone = "America/Chicago");

/// <param name="TagIds">With tags: a tag-scoped token.</param>
/// <param name="ExpiresAt">Business time; null never.</param>
public sealed record NewToken(string Value, IReadOnlyList<string>? TagIds = null, DateTimeOffset? ExpiresAt = null);

/// <summary>An org's consent to a marketplace app: the code is exchanged at <c>/oauth2/token</c>.</summary>
/// <param name="TokenLifeSeconds">Of access tokens, business time; Samsara does not publish it.</param>
public sealed record NewGrant(string ClientId, string ClientSecret, string Code, int TokenLifeSeconds = 3600);

/// <param name="Id">Decimal digits; a free one if null.</param>
/// <param name="Phone">Free text, as in Samsara.</param>
public sealed record NewDriver(
    string Name, string? Id = null, string? Phone = null, string? Username = null, string? Locale = null, string? Notes = null, string? TimeZone = null, IReadOnlyList<Tag>? Tags = null);

/// <summary>Null leaves a member as it is.</summary>
public sealed record DriverChange(string? Name = null, string? Phone = null, string? Notes = null, IReadOnlyList<Tag>? Tags = null, bool? Active = null, string? DutyStatus = null);

public sealed record NewVehicle(string Name, string? Id = null, IReadOnlyList<Tag>? Tags = null);

public sealed record VehiclePosition(double Latitude, double Longitude, double SpeedMilesPerHour);

/// <summary>Ends the driver's former assignment, and the vehicle's former one unless this is a passenger's.</summary>
public sealed record NewAssignment(string DriverId, string VehicleId, bool IsPassenger = false);

public sealed record NewStop(
    string Name,
    DateTimeOffset? ScheduledArrival = null,
    DateTimeOffset? ScheduledDeparture = null,
    string? Id = null,
    string? Notes = null,
    string? Address = null,
    double? Latitude = null,
    double? Longitude = null,
    string? AddressId = null);

public sealed record NewRoute(
    string Name,
    IReadOnlyList<NewStop> Stops,
    string? DriverId = null,
    string? VehicleId = null,
    string? Id = null,
    string? Notes = null,
    IReadOnlyList<string>? TagIds = null,
    string CompletionCondition = "arriveLastStop",
    string StartingCondition = "departFirstStop");

/// <param name="EventTypes">Of envelope 2.0; alerts and pings come to every webhook.</param>
/// <param name="SecretKey">Base64; a random one if null.</param>
public sealed record NewWebhook(Uri Url, IReadOnlyList<string> EventTypes, string? Id = null, string? SecretKey = null, string Name = "FleetChat");

public sealed record NewDocumentType(string Name, IReadOnlyDictionary<string, string> Fields, string? Id = null);

/// <summary>What is wrong with a forged delivery.</summary>
public enum Forgery
{
    /// <summary>Signed with a secret that is not the webhook's.</summary>
    WrongSecret,

    /// <summary>A blank put behind the body after signing.</summary>
    TamperedBody,

    /// <summary>The timestamp header changed after signing.</summary>
    WrongTimestamp,

    /// <summary>No signature header at all.</summary>
    NoSignature,
}

/// <summary>How an event is sent.</summary>
/// <param name="Copies">2 sends the same event id twice.</param>
/// <param name="BodyOrgId">The org that the body names, if not the webhook's own: signed rightly all the same.</param>
/// <param name="BodyWebhookId">Likewise the webhook id.</param>
/// <param name="EventId">A free one if null.</param>
/// <param name="WebhookId">Only to this webhook, whatever events it asked for.</param>
public sealed record EventOptions(
    int Copies = 1, Forgery? Forgery = null, long? BodyOrgId = null, string? BodyWebhookId = null, string? EventId = null, string? WebhookId = null);

public sealed record EmitEvent(string EventType, JsonObject Data, EventOptions? Options = null);

/// <summary>An alert in the legacy envelope 1.0.</summary>
/// <param name="ConditionId">Such as <c>DriverDocumentSubmitted</c>.</param>
public sealed record EmitAlert(string ConditionId, string ConditionDescription, string Details, string Summary, string? DriverId = null, EventOptions? Options = null);

public sealed record StopEvent(DateTimeOffset? Eta = null, EventOptions? Options = null);

public sealed record NewOrder(IReadOnlyList<string> StopIds, EventOptions? Options = null);

public sealed record EmittedEvent(string EventId, string EventType, string WebhookId);

public sealed record Release(ReleaseOrder Order = ReleaseOrder.AsEmitted);

/// <summary>The next calls fail.</summary>
/// <param name="PathPrefix">Such as <c>/fleet/routes</c>.</param>
/// <param name="RetryAfterSeconds">May be a fraction, as Samsara's is.</param>
public sealed record CallFault(int Status, int Count = 1, string PathPrefix = "/", decimal? RetryAfterSeconds = null);

public sealed record Created(string Id);

public sealed record CreatedWebhook(string Id, string SecretKey);

public sealed record RouteView(string Id, string Name, string? DriverId, string? VehicleId, IReadOnlyList<StopView> Stops);

public sealed record StopView(string Id, string Name, string State, string Notes);
