using System.Text.Json.Nodes;
using FleetChat.Simulators.Delivery;

namespace FleetChat.Simulators.Samsara;

/// <param name="TimeZone">IANA.</param>
public sealed record NewOrg(long Id, string Name, string Token, string TimeZone = "America/Chicago");

/// <param name="TagIds">With tags: a tag-scoped token.</param>
/// <param name="ExpiresAt">Business time; null never.</param>
/// <param name="Scopes">As Samsara's settings name them, such as <c>Read Routes</c>; null: all.</param>
public sealed record NewToken(string Value, IReadOnlyList<string>? TagIds = null, DateTimeOffset? ExpiresAt = null, IReadOnlyList<string>? Scopes = null);

/// <param name="At">Business time.</param>
public sealed record TokenEnd(string Value, DateTimeOffset At);

/// <summary>An org's consent to a marketplace app: the code is exchanged at <c>/oauth2/token</c>.</summary>
/// <param name="TokenLifeSeconds">Of access tokens, business time; Samsara does not publish it.</param>
public sealed record NewGrant(string ClientId, string ClientSecret, string Code, int TokenLifeSeconds = 3600);

/// <param name="Id">Decimal digits; a free one if null.</param>
/// <param name="Phone">Free text, as in Samsara.</param>
public sealed record NewDriver(
    string Name, string? Id = null, string? Phone = null, string? Username = null, string? Locale = null, string? Notes = null, string? TimeZone = null, IReadOnlyList<Tag>? Tags = null,
    IReadOnlyDictionary<string, string>? ExternalIds = null, string? StaticVehicleId = null);

/// <summary>Null leaves a member as it is.</summary>
/// <param name="DutyStatus">Such as <c>driving</c>; an empty text is what some offline apps show.</param>
/// <param name="Offline">The driver's app is offline: no duty status at all.</param>
public sealed record DriverChange(
    string? Name = null, string? Phone = null, string? Notes = null, IReadOnlyList<Tag>? Tags = null, bool? Active = null, string? DutyStatus = null, bool Offline = false,
    string? Locale = null, string? TimeZone = null, IReadOnlyDictionary<string, string>? ExternalIds = null, string? StaticVehicleId = null);

public sealed record NewVehicle(
    string Name, string? Id = null, IReadOnlyList<Tag>? Tags = null, string? Vin = null, string? LicensePlate = null, IReadOnlyDictionary<string, string>? ExternalIds = null);

/// <summary>Null leaves a member as it is.</summary>
public sealed record VehicleChange(string? Name = null, string? Notes = null, string? LicensePlate = null, IReadOnlyList<Tag>? Tags = null);

public sealed record VehiclePosition(double Latitude, double Longitude, double SpeedMilesPerHour);

/// <summary>From now on; it ends the driver's former assignment, and the vehicle's former one unless this is a passenger's. With times of its own it ends nothing.</summary>
/// <param name="Type">As <c>assignmentType</c> shows it.</param>
public sealed record NewAssignment(
    string DriverId, string VehicleId, bool IsPassenger = false, DateTimeOffset? Start = null, DateTimeOffset? End = null, string Type = "driverApp");

public sealed record NewAddress(
    string Name, string FormattedAddress, double Latitude, double Longitude, double RadiusMeters = 150, string? Id = null, string? Notes = null, IReadOnlyList<Tag>? Tags = null,
    IReadOnlyDictionary<string, string>? ExternalIds = null);

/// <summary>Null leaves a member as it is.</summary>
public sealed record AddressChange(string? Name = null, string? FormattedAddress = null, string? Notes = null);

public sealed record GeofenceCrossing(string VehicleId, bool Exit = false, EventOptions? Options = null);

public sealed record NewStop(
    string Name,
    DateTimeOffset? ScheduledArrival = null,
    DateTimeOffset? ScheduledDeparture = null,
    string? Id = null,
    string? Notes = null,
    string? Address = null,
    double? Latitude = null,
    double? Longitude = null,
    string? AddressId = null,
    IReadOnlyDictionary<string, string>? ExternalIds = null,
    long? OnTimeBeforeMs = null,
    long? OnTimeAfterMs = null);

public sealed record NewRoute(
    string Name,
    IReadOnlyList<NewStop> Stops,
    string? DriverId = null,
    string? VehicleId = null,
    string? Id = null,
    string? Notes = null,
    IReadOnlyList<string>? TagIds = null,
    string CompletionCondition = "arriveLastStop",
    string StartingCondition = "departFirstStop",
    IReadOnlyDictionary<string, string>? ExternalIds = null);

/// <summary>What a dispatcher changes at once. Null leaves a member as it is.</summary>
/// <param name="Unassign">Nobody is to drive it.</param>
public sealed record RouteChange(
    string? Name = null,
    string? Notes = null,
    string? DriverId = null,
    string? VehicleId = null,
    bool Unassign = false,
    IReadOnlyDictionary<string, string>? ExternalIds = null,
    IReadOnlyList<string>? TagIds = null,
    IReadOnlyList<StopChange>? ChangeStops = null,
    IReadOnlyList<string>? RemoveStops = null,
    IReadOnlyList<AddedStop>? AddStops = null,
    EventOptions? Options = null);

public sealed record StopChange(
    string Id, string? Name = null, string? Notes = null, DateTimeOffset? ScheduledArrival = null, DateTimeOffset? ScheduledDeparture = null,
    IReadOnlyDictionary<string, string>? ExternalIds = null);

/// <param name="At">Its place among the stops, from 0; null: behind them.</param>
public sealed record AddedStop(NewStop Stop, int? At = null);

/// <param name="EventTypes">Of envelope 2.0; alerts and pings come to every webhook.</param>
/// <param name="SecretKey">Base64; a random one if null.</param>
public sealed record NewWebhook(Uri Url, IReadOnlyList<string> EventTypes, string? Id = null, string? SecretKey = null, string Name = "FleetChat");

/// <summary>A document that a driver hands in by his app.</summary>
/// <param name="Values">By the field's label, such as <c>{"stringValue": "4711"}</c>; a field that is not named stays empty.</param>
public sealed record NewDocument(
    string DriverId, string DocumentTypeId, string? RouteStopId = null, string? VehicleId = null, string? Name = null, string? Notes = null, JsonObject? Values = null, EventOptions? Options = null);

public sealed record DriverWords(string DriverId, string Text);

/// <summary>Whom a sample is about. Null: whatever the org has.</summary>
public sealed record SampleWish(
    string? DriverId = null, string? VehicleId = null, string? RouteId = null, string? StopId = null, string? AddressId = null, DateTimeOffset? Eta = null);

public sealed record SampleRequest(SampleWish? Subject = null, EventOptions? Options = null);

/// <param name="Condition">The member name of its details, such as <c>hosViolation</c>.</param>
/// <param name="Details">Null: sample details about <paramref name="Subject"/>.</param>
/// <param name="ConfigurationId">An alert that was made by <c>POST /alerts/configurations</c>: it goes to its webhooks only, in its envelope.</param>
/// <param name="Resolved">It was over before it could be told.</param>
public sealed record NewIncident(
    string Condition, JsonObject? Details = null, SampleWish? Subject = null, string? ConfigurationId = null, bool Resolved = false, EventOptions? Options = null);

public sealed record RaisedIncident(string Id, IReadOnlyList<EmittedEvent> Events);

public sealed record IncidentEnd(EventOptions? Options = null);

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

public sealed record RouteView(string Id, string Name, string? DriverId, string? VehicleId, IReadOnlyList<StopView> Stops)
{
    public string? Notes { get; init; }

    public IReadOnlyDictionary<string, string> ExternalIds { get; init; } = new Dictionary<string, string>();
}

public sealed record StopView(string Id, string Name, string State, string Notes);

/// <summary>What there is, for somebody who looks on.</summary>
public sealed record SamsaraView(IReadOnlyList<OrgView> Orgs, IReadOnlyList<CallFault> Faults);

public sealed record OrgView(
    long Id, string Name, string TimeZone, IReadOnlyList<DriverView> Drivers, IReadOnlyList<VehicleView> Vehicles, IReadOnlyList<RouteLine> Routes, IReadOnlyList<WebhookView> Webhooks);

public sealed record DriverView(string Id, string Name, string? Phone, bool IsActive, string? DutyStatus);

public sealed record VehicleView(string Id, string Name, IReadOnlyList<string> DriverIds);

public sealed record RouteLine(string Id, string Name, string? DriverId, string? VehicleId, IReadOnlyList<StopView> Stops);

public sealed record WebhookView(string Id, Uri Url, IReadOnlyList<string> EventTypes);
