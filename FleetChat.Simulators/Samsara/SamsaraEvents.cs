using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;

namespace FleetChat.Simulators.Samsara;

/// <summary>Turns what happens in an org into signed webhook deliveries.</summary>
internal sealed class SamsaraEvents(SamsaraOptions options, SimulatorJournal journal, WebhookSender sender)
{
    private const string AlertIncident = "AlertIncident";

    // Shuffles only; the property order of real deliveries is arbitrary and no receiver may lean on it.
    private readonly Random shuffle = new(options.Seed);
    private readonly Lock gate = new();
    private readonly Dictionary<string, List<WebhookPost>> sent = [];
    private List<WebhookPost>? held;

    public int Pending
    {
        get
        {
            lock (gate)
                return sender.Pending + (held?.Count ?? 0);
        }
    }

    /// <summary>To each webhook of the org that asked for this type of event, in envelope 2.0; alerts come to every one, or to those of their configuration.</summary>
    public IReadOnlyList<EmittedEvent> Emit(Org org, string eventType, JsonObject data, EventOptions how, IReadOnlyList<string>? receivers = null)
    {
        var eventId = how.EventId ?? Unique.Uuid();
        var now = options.Clock.GetUtcNow();
        return Deliver(org, eventId, eventType, how, webhook => eventType == AlertIncident ? IsOf(receivers, webhook) : webhook.EventTypes.Contains(eventType, StringComparer.Ordinal), data, webhook
            => SamsaraEnvelope.Event(eventId, now, eventType, how.BodyOrgId ?? org.Id, how.BodyWebhookId ?? webhook.Id, data));
    }

    /// <summary>In envelope 1.0, as old alerts have it: the org stands inside the event, ids are numbers.</summary>
    public IReadOnlyList<EmittedEvent> EmitLegacy(Org org, JsonObject content, EventOptions how, IReadOnlyList<string>? receivers = null)
    {
        var eventId = how.EventId ?? Unique.Uuid();
        var now = options.Clock.GetUtcNow();
        return Deliver(org, eventId, SamsaraEnvelope.Alert, how, webhook => IsOf(receivers, webhook), content, _ => SamsaraEnvelope.Legacy(eventId, now, SamsaraEnvelope.Alert, content));
    }

    public IReadOnlyList<EmittedEvent> EmitAlert(Org org, EmitAlert alert)
    {
        var how = alert.Options ?? new();
        var now = options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var driver = alert.DriverId is { } id ? org.GetDriver(id) : null;
        return EmitLegacy(org, SimulatorJson.Object(
            ("alertEventUrl", $"https://cloud.samsara.com/o/{org.Id}/alerts/incidents/v2/{now}"),
            ("alertConditionDescription", alert.ConditionDescription),
            ("alertConditionId", alert.ConditionId),
            ("details", alert.Details),
            ("driver", driver is null ? null : SimulatorJson.Object(("id", Number(driver.Id)), ("name", driver.Name))),
            ("orgId", how.BodyOrgId ?? org.Id),
            ("resolved", false),
            ("startMs", now),
            ("summary", alert.Summary)), how);
    }

    public IReadOnlyList<EmittedEvent> EmitPing(Org org, string webhookId)
    {
        var eventId = Unique.Uuid();
        var now = options.Clock.GetUtcNow();
        var content = SamsaraEnvelope.PingContent();
        return Deliver(org, eventId, SamsaraEnvelope.Ping, new(WebhookId: webhookId), _ => false, content, _ => SamsaraEnvelope.Legacy(eventId, now, SamsaraEnvelope.Ping, content));
    }

    /// <summary>Sends an event again, with the same event id and the same bytes.</summary>
    public IReadOnlyList<EmittedEvent> EmitAgain(string eventId)
    {
        List<WebhookPost> posts;
        lock (gate)
            posts = [.. sent.GetValueOrDefault(eventId) ?? throw new ControlException($"no event {eventId} was sent")];
        foreach (var post in posts)
            Send(post);
        return [.. posts.Select(post => new EmittedEvent(eventId, (string)post.Facts["event_type"]!, (string)post.Facts["webhook_id"]!))];
    }

    /// <summary>From now on nothing leaves until it is released.</summary>
    public void Hold()
    {
        lock (gate)
            held ??= [];
    }

    public int Release(ReleaseOrder order)
    {
        WebhookPost[] posts;
        lock (gate)
        {
            posts = [.. held ?? throw new ControlException("nothing is held")];
            held = null;
            if (order == ReleaseOrder.Reversed)
                Array.Reverse(posts);
            else if (order == ReleaseOrder.Shuffled)
                shuffle.Shuffle(posts);
        }
        // One lane for all, or routes would overtake each other.
        foreach (var post in posts)
            sender.SendAsync(post with { Lane = "released" });
        return posts.Length;
    }

    private List<EmittedEvent> Deliver(
        Org org,
        string eventId,
        string eventType,
        EventOptions how,
        Func<Webhook, bool> asked,
        JsonObject content,
        Func<Webhook, JsonObject> envelope)
    {
        var receivers = how.WebhookId is { } only ? [org.GetWebhook(only)] : org.Webhooks.Where(asked).ToList();
        foreach (var webhook in receivers)
        {
            var facts = Facts(org, webhook, eventId, eventType, how, content);
            journal.Write("webhook.emitted", (JsonObject)facts.DeepClone());
            var post = Post(org, webhook, eventId, how.Forgery, Body(envelope(webhook)), facts);
            lock (gate)
            {
                if (!sent.TryGetValue(eventId, out var posts))
                    sent[eventId] = posts = [];
                posts.Add(post);
            }
            for (var copy = 0; copy < how.Copies; copy++)
                Send(post);
        }
        return [.. receivers.Select(webhook => new EmittedEvent(eventId, eventType, webhook.Id))];
    }

    private void Send(WebhookPost post)
    {
        lock (gate)
        {
            if (held is not null)
            {
                held.Add(post);
                return;
            }
        }
        sender.SendAsync(post);
    }

    private byte[] Body(JsonObject envelope)
    {
        lock (gate)
            return SamsaraEnvelope.Body(envelope, shuffle);
    }

    private static bool IsOf(IReadOnlyList<string>? receivers, Webhook webhook) => receivers is null or [] || receivers.Contains(webhook.Id);

    private WebhookPost Post(Org org, Webhook webhook, string eventId, Forgery? forgery, byte[] body, JsonObject facts)
    {
        var signedAt = WireTime.UnixSeconds(options.Clock.GetUtcNow());
        var signedBody = body;
        // Still the same JSON: only a receiver that checks the signature refuses it.
        if (forgery == Forgery.TamperedBody)
            body = [.. body, (byte)' '];
        var (url, secret, custom, eventType) = (webhook.Url, webhook.SecretKey, webhook.CustomHeaders, (string)facts["event_type"]!);
        return new(Unique.Uuid(), $"{org.Id}:{facts["route_id"]}", url, body, () =>
        {
            var timestamp = options.SignRetriesAfresh ? WireTime.UnixSeconds(options.Clock.GetUtcNow()) : signedAt;
            var signature = SamsaraSignature.Sign(forgery == Forgery.WrongSecret ? Convert.ToBase64String(SHA256.HashData(body)) : secret, timestamp, signedBody);
            if (forgery == Forgery.WrongTimestamp)
                timestamp = (long.Parse(timestamp, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);
            return [.. SamsaraEnvelope.Headers(timestamp, forgery == Forgery.NoSignature ? null : signature, eventId, org.Id, eventType), .. custom];
        }, facts);
    }

    private static JsonObject Facts(Org org, Webhook webhook, string eventId, string eventType, EventOptions how, JsonObject content) => SimulatorJson.Object(
        ("event_id", eventId),
        ("event_type", eventType),
        ("org_id", org.Id),
        ("webhook_id", webhook.Id),
        ("body_org_id", how.BodyOrgId),
        ("body_webhook_id", how.BodyWebhookId),
        ("forgery", how.Forgery is { } forgery ? JsonNamingPolicy.SnakeCaseLower.ConvertName(forgery.ToString()) : null),
        ("route_id", Id(content, "route")),
        ("stop_id", Id(content, "routeStopDetails")),
        ("driver_id", Id(content, "driver")));

    private static JsonNode? Id(JsonObject content, string member) => (content[member] as JsonObject)?["id"]?.DeepClone();

    private static long Number(string id)
        => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new ControlException($"{id} is no number, as envelope 1.0 needs it");
}
