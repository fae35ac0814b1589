using System.Text.Json;
using FleetChat.Core.Samsara.Webhooks;

namespace FleetChat.Core.Samsara;

/// <summary>Where a company's Samsara answers, and with what it is asked.</summary>
/// <param name="BaseUrl">Of its region: <c>https://api.samsara.com</c>, <c>https://api.eu.samsara.com</c>, <c>https://api.ca.samsara.com</c>.</param>
public sealed record SamsaraAccess(Uri BaseUrl, string Token)
{
    // A record's own text would print the token.
    public override string ToString() => BaseUrl.ToString();
}

/// <summary>Who is assigned to a vehicle, and when.</summary>
/// <param name="EndsAt">Null: until further notice.</param>
/// <param name="IsPassenger">A co-driver: on board, and not at the wheel.</param>
public sealed record SamsaraAssignment(string VehicleId, string DriverId, DateTimeOffset StartsAt, DateTimeOffset? EndsAt, bool IsPassenger);

/// <param name="Status">Such as <c>driving</c>; null while the driver's app is offline.</param>
public sealed record SamsaraDuty(string DriverId, string? Status);

/// <param name="At">When the vehicle told it: a gateway without signal goes on showing its last speed.</param>
public sealed record SamsaraSpeed(string VehicleId, double MilesPerHour, DateTimeOffset At);

/// <summary>A document to be handed in for a driver. It is <c>submitted</c>: left to Samsara it would be a to-do for him.</summary>
/// <param name="Fields">As Samsara wants them: <c>[{label, type, value}]</c>, by the document's type.</param>
public sealed record SamsaraDocument(string TypeId, string DriverId, JsonElement Fields)
{
    public string? Name { get; init; }

    public string? Notes { get; init; }

    public string? StopId { get; init; }

    public string? VehicleId { get; init; }
}

/// <param name="Tags">All that the route bears afterwards.</param>
public sealed record RouteWrite(string? Notes = null, IReadOnlyDictionary<string, string>? ExternalIds = null, IReadOnlyList<string>? Tags = null);

/// <param name="NextCursor">Null on the last page.</param>
public sealed record SamsaraDriverPage(IReadOnlyList<JsonElement> Drivers, string? NextCursor);

/// <summary>Samsara's REST API, as far as FleetChat asks it. Lists are whole: a page that fails fails the list.</summary>
/// <exception cref="SamsaraException">Of every method: refused, or no usable answer.</exception>
public interface ISamsaraClient
{
    /// <summary>Whose the token is.</summary>
    Task<SamsaraOrg> GetOrgAsync(SamsaraAccess access, CancellationToken ct);

    /// <summary>Whether the token has the scope: one cheap read tells.</summary>
    Task<bool> MayReadAsync(SamsaraAccess access, SamsaraScope scope, DateTimeOffset now, CancellationToken ct);

    Task<IReadOnlyList<SamsaraWebhook>> ListWebhooksAsync(SamsaraAccess access, CancellationToken ct);

    /// <summary>A second call makes a second one.</summary>
    Task<SamsaraWebhook> CreateWebhookAsync(SamsaraAccess access, NewSamsaraWebhook webhook, CancellationToken ct);

    /// <summary>One that is not there is deleted.</summary>
    Task DeleteWebhookAsync(SamsaraAccess access, string webhookId, CancellationToken ct);

    /// <summary>Routes whose scheduled time touches the window, as Samsara shows them.</summary>
    Task<IReadOnlyList<JsonElement>> ListRoutesAsync(SamsaraAccess access, DateTimeOffset from, DateTimeOffset to, CancellationToken ct);

    Task<JsonElement> GetRouteAsync(SamsaraAccess access, string routeId, CancellationToken ct);

    /// <summary>What is null stays. Never with stops: one that a dispatcher added meanwhile would vanish.</summary>
    Task ChangeRouteAsync(SamsaraAccess access, string routeId, RouteWrite change, CancellationToken ct);

    /// <param name="isActive">False: those who were deactivated; one list never shows both.</param>
    /// <param name="tag">Only drivers who bear this tag or one below it; empty: all.</param>
    Task<IReadOnlyList<JsonElement>> ListDriversAsync(SamsaraAccess access, bool isActive, string tag, CancellationToken ct);

    /// <summary>A page of the active drivers.</summary>
    /// <param name="cursor">Where to go on; null: at the beginning.</param>
    Task<SamsaraDriverPage> ListDriverPageAsync(SamsaraAccess access, string tag, string? cursor, CancellationToken ct);

    Task<JsonElement> GetDriverAsync(SamsaraAccess access, string driverId, CancellationToken ct);

    /// <param name="tag">Only vehicles that bear this tag or one below it; empty: all.</param>
    Task<IReadOnlyList<JsonElement>> ListVehiclesAsync(SamsaraAccess access, string tag, CancellationToken ct);

    Task<JsonElement> GetVehicleAsync(SamsaraAccess access, string vehicleId, CancellationToken ct);

    /// <summary>Assignments that touch the window.</summary>
    Task<IReadOnlyList<SamsaraAssignment>> ListAssignmentsAsync(SamsaraAccess access, IReadOnlyCollection<string> vehicleIds, DateTimeOffset from, DateTimeOffset to, CancellationToken ct);

    /// <summary>What drivers do by their hours of service.</summary>
    Task<IReadOnlyList<SamsaraDuty>> ListDutiesAsync(SamsaraAccess access, IReadOnlyCollection<string> driverIds, CancellationToken ct);

    /// <summary>How fast vehicles are. One that never told its position is left out.</summary>
    Task<IReadOnlyList<SamsaraSpeed>> ListSpeedsAsync(SamsaraAccess access, IReadOnlyCollection<string> vehicleIds, CancellationToken ct);

    Task<IReadOnlyList<JsonElement>> ListDocumentTypesAsync(SamsaraAccess access, CancellationToken ct);

    /// <summary>Documents that were made in the window.</summary>
    Task<IReadOnlyList<JsonElement>> ListDocumentsAsync(SamsaraAccess access, DateTimeOffset from, DateTimeOffset to, CancellationToken ct);

    /// <returns>The document's id; null if Samsara told none.</returns>
    Task<string?> CreateDocumentAsync(SamsaraAccess access, SamsaraDocument document, CancellationToken ct);

    /// <summary>From dispatch to the driver's app. It has no id.</summary>
    /// <param name="text">At most 2,500 characters; a longer one is cut.</param>
    Task SendMessageAsync(SamsaraAccess access, string driverId, string text, CancellationToken ct);
}

/// <summary>What to do after a failed call.</summary>
public enum SamsaraFailure
{
    /// <summary>Trouble on the way or on their side: a later call may pass. What was to be written may have been.</summary>
    Transient,

    /// <summary>Token or scope: every such call is refused until people mend it.</summary>
    Refused,

    /// <summary>Too many calls: nothing was done, and a later one will pass.</summary>
    RateLimited,

    NotFound,

    /// <summary>Refused for good: the same call will never pass.</summary>
    Invalid,
}

/// <summary>A call that did not end with a usable answer. Samsara's own words are left out: they may quote what was asked.</summary>
/// <param name="status">Of HTTP; 0 if there was no answer.</param>
/// <param name="requestId">Samsara's, for its support.</param>
/// <param name="retryAfter">How long Samsara asks to wait, where it does.</param>
public sealed class SamsaraException(SamsaraFailure failure, int status, string? requestId, TimeSpan? retryAfter, Exception? inner = null)
    : Exception($"Samsara: {failure}, status {status}", inner)
{
    /// <summary>Where Samsara asks for quiet and does not say how long.</summary>
    private static readonly TimeSpan ShortQuiet = TimeSpan.FromSeconds(1);

    public SamsaraFailure Failure => failure;

    public int Status => status;

    public string? RequestId => requestId;

    public TimeSpan RetryAfter => retryAfter ?? ShortQuiet;
}
