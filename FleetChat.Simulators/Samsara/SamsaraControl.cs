using System.Text.Json.Nodes;
using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;

namespace FleetChat.Simulators.Samsara;

/// <summary>Drives a Samsara simulator, in this process or another: one method per control call.</summary>
public sealed class SamsaraControl(Uri address) : IDisposable
{
    private readonly ControlHttp http = new(address);

    public Uri Address => address;

    public Task AddOrgAsync(NewOrg org, CancellationToken ct = default) => http.DoAsync("/orgs", org, ct);

    public Task AddTokenAsync(long orgId, NewToken token, CancellationToken ct = default) => http.DoAsync($"/orgs/{orgId}/tokens", token, ct);

    public Task RevokeTokenAsync(long orgId, string token, CancellationToken ct = default) => http.DoAsync($"/orgs/{orgId}/tokens/revoke", new NewToken(token), ct);

    public Task ExpireTokenAsync(long orgId, string token, DateTimeOffset at, CancellationToken ct = default) => http.DoAsync($"/orgs/{orgId}/tokens/expire", new TokenEnd(token, at), ct);

    /// <summary>Needed only for a parent that nothing bears itself.</summary>
    public Task AddTagAsync(long orgId, Tag tag, CancellationToken ct = default) => http.DoAsync($"/orgs/{orgId}/tags", tag, ct);

    /// <summary>An org's consent to a marketplace app, to be exchanged at <c>/oauth2/token</c>.</summary>
    public Task AddGrantAsync(long orgId, NewGrant grant, CancellationToken ct = default) => http.DoAsync($"/orgs/{orgId}/grants", grant, ct);

    /// <returns>The driver's id. Webhooks that asked for it get <c>DriverCreated</c>.</returns>
    public async Task<string> AddDriverAsync(long orgId, NewDriver driver, CancellationToken ct = default)
        => (await http.PostAsync<NewDriver, Created>($"/orgs/{orgId}/drivers", driver, ct)).Id;

    /// <summary>Webhooks that asked for it get <c>DriverUpdated</c>, unless only the duty status changes.</summary>
    public Task ChangeDriverAsync(long orgId, string driverId, DriverChange change, CancellationToken ct = default) => http.DoAsync($"/orgs/{orgId}/drivers/{Escape(driverId)}", change, ct);

    public async Task<string> AddVehicleAsync(long orgId, NewVehicle vehicle, CancellationToken ct = default)
        => (await http.PostAsync<NewVehicle, Created>($"/orgs/{orgId}/vehicles", vehicle, ct)).Id;

    /// <summary>Webhooks that asked for it get <c>VehicleUpdated</c>.</summary>
    public Task ChangeVehicleAsync(long orgId, string vehicleId, VehicleChange change, CancellationToken ct = default) => http.DoAsync($"/orgs/{orgId}/vehicles/{Escape(vehicleId)}", change, ct);

    public Task MoveVehicleAsync(long orgId, string vehicleId, VehiclePosition position, CancellationToken ct = default)
        => http.DoAsync($"/orgs/{orgId}/vehicles/{Escape(vehicleId)}/position", position, ct);

    public Task AssignAsync(long orgId, NewAssignment assignment, CancellationToken ct = default) => http.DoAsync($"/orgs/{orgId}/assignments", assignment, ct);

    /// <summary>Ends what the driver is assigned to.</summary>
    public Task UnassignAsync(long orgId, string driverId, CancellationToken ct = default) => http.DoAsync($"/orgs/{orgId}/drivers/{Escape(driverId)}/unassign", new object(), ct);

    /// <returns>The address's id. Webhooks that asked for it get <c>AddressCreated</c>.</returns>
    public async Task<string> AddAddressAsync(long orgId, NewAddress address, CancellationToken ct = default)
        => (await http.PostAsync<NewAddress, Created>($"/orgs/{orgId}/addresses", address, ct)).Id;

    public Task ChangeAddressAsync(long orgId, string addressId, AddressChange change, CancellationToken ct = default) => http.DoAsync($"/orgs/{orgId}/addresses/{Escape(addressId)}", change, ct);

    public Task DeleteAddressAsync(long orgId, string addressId, CancellationToken ct = default) => http.DeleteAsync($"/orgs/{orgId}/addresses/{Escape(addressId)}", ct);

    /// <summary>A vehicle enters or leaves an address's geofence.</summary>
    public Task<IReadOnlyList<EmittedEvent>> CrossGeofenceAsync(long orgId, string addressId, GeofenceCrossing crossing, CancellationToken ct = default)
        => http.PostAsync<GeofenceCrossing, IReadOnlyList<EmittedEvent>>($"/orgs/{orgId}/addresses/{Escape(addressId)}/crossings", crossing, ct);

    public Task<CreatedWebhook> AddWebhookAsync(long orgId, NewWebhook webhook, CancellationToken ct = default)
        => http.PostAsync<NewWebhook, CreatedWebhook>($"/orgs/{orgId}/webhooks", webhook, ct);

    public async Task<string> AddDocumentTypeAsync(long orgId, NewDocumentType type, CancellationToken ct = default)
        => (await http.PostAsync<NewDocumentType, Created>($"/orgs/{orgId}/document-types", type, ct)).Id;

    public Task<RouteView> AddRouteAsync(long orgId, NewRoute route, CancellationToken ct = default) => http.PostAsync<NewRoute, RouteView>($"/orgs/{orgId}/routes", route, ct);

    public Task<RouteView> GetRouteAsync(long orgId, string routeId, CancellationToken ct = default) => http.GetAsync<RouteView>($"/orgs/{orgId}/routes/{Escape(routeId)}", ct);

    /// <summary>As a dispatcher does it: only another order of the stops is told by webhook.</summary>
    public Task<IReadOnlyList<EmittedEvent>> ChangeRouteAsync(long orgId, string routeId, RouteChange change, CancellationToken ct = default)
        => http.PostAsync<RouteChange, IReadOnlyList<EmittedEvent>>($"/orgs/{orgId}/routes/{Escape(routeId)}", change, ct);

    /// <summary>No webhook and no feed tells it.</summary>
    public Task DeleteRouteAsync(long orgId, string routeId, CancellationToken ct = default) => http.DeleteAsync($"/orgs/{orgId}/routes/{Escape(routeId)}", ct);

    public Task<IReadOnlyList<EmittedEvent>> ArriveAsync(long orgId, string routeId, string stopId, EventOptions? options = null, CancellationToken ct = default)
        => StopAsync(orgId, routeId, stopId, "arrive", new(Options: options), ct);

    public Task<IReadOnlyList<EmittedEvent>> DepartAsync(long orgId, string routeId, string stopId, EventOptions? options = null, CancellationToken ct = default)
        => StopAsync(orgId, routeId, stopId, "depart", new(Options: options), ct);

    public Task<IReadOnlyList<EmittedEvent>> EtaAsync(long orgId, string routeId, string stopId, DateTimeOffset eta, EventOptions? options = null, CancellationToken ct = default)
        => StopAsync(orgId, routeId, stopId, "eta", new(eta, options), ct);

    /// <summary>No webhook: only the audit feed tells.</summary>
    public Task EnRouteAsync(long orgId, string routeId, string stopId, CancellationToken ct = default) => StopAsync(orgId, routeId, stopId, "en-route", new(), ct);

    /// <summary>No webhook: only the audit feed tells.</summary>
    public Task SkipAsync(long orgId, string routeId, string stopId, CancellationToken ct = default) => StopAsync(orgId, routeId, stopId, "skip", new(), ct);

    public Task<IReadOnlyList<EmittedEvent>> ResequenceAsync(long orgId, string routeId, IReadOnlyList<string> stopIds, EventOptions? options = null, CancellationToken ct = default)
        => http.PostAsync<NewOrder, IReadOnlyList<EmittedEvent>>($"/orgs/{orgId}/routes/{Escape(routeId)}/order", new(stopIds, options), ct);

    /// <summary>Any event of envelope 2.0, of a known or an unknown type.</summary>
    public Task<IReadOnlyList<EmittedEvent>> EmitAsync(long orgId, string eventType, JsonObject data, EventOptions? options = null, CancellationToken ct = default)
        => http.PostAsync<EmitEvent, IReadOnlyList<EmittedEvent>>($"/orgs/{orgId}/events", new(eventType, data, options), ct);

    /// <summary>An event of a known type with sample contents about what the org has.</summary>
    public Task<IReadOnlyList<EmittedEvent>> EmitSampleAsync(long orgId, string eventType, SampleRequest? sample = null, CancellationToken ct = default)
        => http.PostAsync<SampleRequest, IReadOnlyList<EmittedEvent>>($"/orgs/{orgId}/samples/{Escape(eventType)}", sample ?? new(), ct);

    /// <summary>An alert goes off. It comes again when it is resolved.</summary>
    public Task<RaisedIncident> RaiseIncidentAsync(long orgId, NewIncident incident, CancellationToken ct = default)
        => http.PostAsync<NewIncident, RaisedIncident>($"/orgs/{orgId}/incidents", incident, ct);

    public Task<IReadOnlyList<EmittedEvent>> ResolveIncidentAsync(long orgId, string incidentId, EventOptions? options = null, CancellationToken ct = default)
        => http.PostAsync<IncidentEnd, IReadOnlyList<EmittedEvent>>($"/orgs/{orgId}/incidents/{Escape(incidentId)}/resolve", new(options), ct);

    /// <returns>The document's id. Webhooks that asked for it get <c>DocumentSubmitted</c>.</returns>
    public async Task<string> SubmitDocumentAsync(long orgId, NewDocument document, CancellationToken ct = default)
        => (await http.PostAsync<NewDocument, Created>($"/orgs/{orgId}/documents", document, ct)).Id;

    /// <summary>A driver writes to dispatch in Samsara's own app.</summary>
    public Task SayAsync(long orgId, string driverId, string text, CancellationToken ct = default) => http.DoAsync($"/orgs/{orgId}/messages", new DriverWords(driverId, text), ct);

    /// <summary>An alert in the legacy envelope 1.0.</summary>
    public Task<IReadOnlyList<EmittedEvent>> EmitAlertAsync(long orgId, EmitAlert alert, CancellationToken ct = default)
        => http.PostAsync<EmitAlert, IReadOnlyList<EmittedEvent>>($"/orgs/{orgId}/alerts", alert, ct);

    public Task<IReadOnlyList<EmittedEvent>> PingAsync(long orgId, string webhookId, CancellationToken ct = default)
        => http.PostAsync<object, IReadOnlyList<EmittedEvent>>($"/orgs/{orgId}/webhooks/{Escape(webhookId)}/ping", new(), ct);

    /// <summary>The same event id and the same bytes once more.</summary>
    public Task<IReadOnlyList<EmittedEvent>> EmitAgainAsync(string eventId, CancellationToken ct = default)
        => http.PostAsync<object, IReadOnlyList<EmittedEvent>>($"/events/{Escape(eventId)}/again", new(), ct);

    /// <summary>Webhooks wait until <see cref="ReleaseAsync"/>.</summary>
    public Task HoldAsync(CancellationToken ct = default) => http.DoAsync("/hold", new object(), ct);

    /// <returns>How many went out.</returns>
    public async Task<int> ReleaseAsync(ReleaseOrder order = ReleaseOrder.AsEmitted, CancellationToken ct = default)
        => (await http.PostAsync<Release, Released>("/release", new(order), ct)).Count;

    /// <summary>The next REST calls fail.</summary>
    public Task FailCallsAsync(CallFault fault, CancellationToken ct = default) => http.DoAsync("/faults", fault, ct);

    public Task ClearFaultsAsync(CancellationToken ct = default) => http.DoAsync("/faults/clear", new object(), ct);

    public Task ChangeSettingsAsync(SamsaraSettings settings, CancellationToken ct = default) => http.DoAsync("/settings", settings, ct);

    public Task<SamsaraSettings> SettingsAsync(CancellationToken ct = default) => http.GetAsync<SamsaraSettings>("/settings", ct);

    /// <summary>What there is.</summary>
    public Task<SamsaraView> ViewAsync(CancellationToken ct = default) => http.GetAsync<SamsaraView>("/orgs", ct);

    /// <summary>Trouble at random from a seed, until another plan or <see cref="EndFaultsAsync"/>.</summary>
    public Task<FaultReport> PlanFaultsAsync(FaultPlan plan, CancellationToken ct = default) => http.PlanFaultsAsync(plan, ct);

    public Task<FaultReport> EndFaultsAsync(CancellationToken ct = default) => http.EndFaultsAsync(ct);

    public Task<FaultReport> FaultsAsync(CancellationToken ct = default) => http.FaultsAsync(ct);

    /// <summary>Webhooks that are held back, or neither acknowledged nor given up.</summary>
    public Task<int> PendingAsync(CancellationToken ct = default) => http.PendingAsync(ct);

    public Task<IReadOnlyList<JournalEntry>> JournalAsync(long after = 0, CancellationToken ct = default) => http.JournalAsync(after, ct);

    public void Dispose() => http.Dispose();

    private Task<IReadOnlyList<EmittedEvent>> StopAsync(long orgId, string routeId, string stopId, string what, StopEvent request, CancellationToken ct)
        => http.PostAsync<StopEvent, IReadOnlyList<EmittedEvent>>($"/orgs/{orgId}/routes/{Escape(routeId)}/stops/{Escape(stopId)}/{what}", request, ct);

    private static string Escape(string id) => Uri.EscapeDataString(id);
}
