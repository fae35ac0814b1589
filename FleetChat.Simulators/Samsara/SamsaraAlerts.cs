using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Samsara;

/// <summary>Alerts that go off, and resolve: the same incident under another event id.</summary>
internal sealed class SamsaraAlerts(SamsaraState state, SamsaraEvents events, TimeProvider clock)
{
    public RaisedIncident Raise(long orgId, NewIncident request)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var configuration = request.ConfigurationId is { } id
                ? org.AlertConfigurations.Find(alert => alert.Id == id) ?? throw new ControlException($"org {orgId} has no alert configuration {id}")
                : null;
            if (configuration is { IsEnabled: false })
                return new("", []);
            var about = org.About(request.Subject ?? new(), clock.GetUtcNow());
            var condition = SamsaraIncidents.Find(request.Condition)?.Name ?? request.Condition;
            var incident = new Incident(Unique.Uuid(), configuration?.Id ?? Unique.Uuid(), condition, request.Details ?? SamsaraIncidents.Details(condition, about), about.Now);
            org.Incidents.Add(incident);
            // A panic button resolves before its first delivery leaves.
            if (request.Resolved)
                incident.ResolvedAt = about.Now;
            return new(incident.Id, Emit(org, incident, about, request.Options ?? new()));
        }
    }

    public IReadOnlyList<EmittedEvent> Resolve(long orgId, string incidentId, EventOptions? options)
    {
        lock (state.Gate)
        {
            var org = state.GetOrg(orgId);
            var incident = org.Incidents.Find(known => known.Id == incidentId) ?? throw new ControlException($"org {orgId} has no incident {incidentId}");
            incident.ResolvedAt ??= clock.GetUtcNow();
            return Emit(org, incident, org.About(new(), clock.GetUtcNow()), options ?? new());
        }
    }

    private IReadOnlyList<EmittedEvent> Emit(Org org, Incident incident, SampleSubject about, EventOptions how)
    {
        var configuration = org.AlertConfigurations.Find(alert => alert.Id == incident.ConfigurationId);
        var receivers = configuration?.WebhookIds ?? [];
        if (configuration is { Legacy: true } && SamsaraIncidents.Find(incident.Condition) is { LegacyId: { } legacyId } known)
            return events.EmitLegacy(org, SamsaraIncidents.LegacyContent(legacyId, known.Description, about), how, receivers);
        return events.Emit(org, "AlertIncident", SamsaraIncidents.Data(incident.Condition, about, incident.Details, incident.ConfigurationId, incident.HappenedAt, incident.ResolvedAt), how, receivers);
    }
}
