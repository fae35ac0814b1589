using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Samsara;

namespace FleetChat.LocalHost.Commands.Trigger;

/// <summary>What is sent: sample data, or what a file holds, in the envelope that the event comes in.</summary>
internal sealed record TriggeredDelivery(string EventType, string EventId, JsonObject Envelope)
{
    /// <exception cref="StartRefusedException">There is no such event, or the file can't be used.</exception>
    public static async Task<TriggeredDelivery> MakeAsync(TriggerOptions options, TriggeredTenant tenant, SampleSubject about, CancellationToken ct)
    {
        var eventId = options.EventId ?? SamsaraEnvelope.NewEventId();
        if (options.File is not { } file) return Sample(options, tenant, about, eventId);
        var read = await ReadAsync(file, ct);
        if (read["eventType"] is JsonValue) return Whole(read, tenant, options.EventId);
        return options.Event is { } named
            ? OfData(SamsaraSamples.FindEventType(named) ?? named, read, tenant, about, eventId)
            : throw new StartRefusedException($"'{file}' has no eventType: say which event it is the data of, as in 'trigger RouteStopArrival --file {file}'.");
    }

    private static TriggeredDelivery Sample(TriggerOptions options, TriggeredTenant tenant, SampleSubject about, string eventId)
    {
        if (Is(options.Event, SamsaraEnvelope.Ping)) return new(SamsaraEnvelope.Ping, eventId, SamsaraEnvelope.Legacy(eventId, about.Now, SamsaraEnvelope.Ping, SamsaraEnvelope.PingContent()));
        if (Is(options.Event, SamsaraEnvelope.Alert)) return Legacy(options.Condition ?? "HosViolation", about, eventId);
        var eventType = SamsaraSamples.FindEventType(options.Event!)
            ?? throw new StartRefusedException($"Samsara has no event '{options.Event}'. 'trigger' alone lists them; with --file any other can be sent.");
        var data = eventType == "AlertIncident" ? Incident(options, about) : SamsaraSamples.Data(eventType, about);
        return OfData(eventType, data, tenant, about, eventId);
    }

    private static JsonObject Incident(TriggerOptions options, SampleSubject about)
    {
        var condition = SamsaraIncidents.Find(options.Condition ?? "hosViolation")
            ?? throw new StartRefusedException($"Samsara has no condition '{options.Condition}'. 'trigger' alone lists them.");
        return SamsaraIncidents.Data(condition.Name, about, resolvedAt: options.Resolved ? about.Now : null);
    }

    private static TriggeredDelivery Legacy(string condition, SampleSubject about, string eventId)
    {
        var known = SamsaraIncidents.Conditions.FirstOrDefault(one => Is(one.LegacyId, condition) || Is(one.Name, condition));
        var legacyId = known?.LegacyId ?? SamsaraIncidents.LegacyOnly.FirstOrDefault(one => Is(one, condition))
            ?? throw new StartRefusedException($"The old envelope has no condition '{condition}': try AlertIncident.");
        var content = SamsaraIncidents.LegacyContent(legacyId, known?.Description ?? legacyId, about);
        return new(SamsaraEnvelope.Alert, eventId, SamsaraEnvelope.Legacy(eventId, about.Now, SamsaraEnvelope.Alert, content));
    }

    private static TriggeredDelivery OfData(string eventType, JsonObject data, TriggeredTenant tenant, SampleSubject about, string eventId)
        => new(eventType, eventId, SamsaraEnvelope.Event(eventId, about.Now, eventType, tenant.OrgId, tenant.WebhookId, data));

    // As it stands there, but for an id that was asked for: so another company's event can be sent too, and is kept aside.
    private static TriggeredDelivery Whole(JsonObject envelope, TriggeredTenant tenant, string? eventId)
    {
        if (eventId is not null || envelope["eventId"] is not JsonValue) envelope["eventId"] = eventId ?? SamsaraEnvelope.NewEventId();
        if (envelope["event"] is null)
        {
            envelope["orgId"] ??= tenant.OrgId;
            envelope["webhookId"] ??= tenant.WebhookId;
        }
        return new(envelope["eventType"]!.ToString(), envelope["eventId"]!.ToString(), envelope);
    }

    private static async Task<JsonObject> ReadAsync(string file, CancellationToken ct)
    {
        try
        {
            return JsonNode.Parse(await File.ReadAllTextAsync(file, ct)) as JsonObject ?? throw new StartRefusedException($"'{file}' holds no JSON object.");
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new StartRefusedException($"'{file}' can't be used: {unusable.Message}", unusable);
        }
    }

    private static bool Is(string? one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
