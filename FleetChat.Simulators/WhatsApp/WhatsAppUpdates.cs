using System.Text.Json.Nodes;
using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>Puts updates into envelopes, signs them and sends them: each in a POST of its own, or many in one.</summary>
internal sealed class WhatsAppUpdates(WhatsAppOptions options, SimulatorJournal journal, WebhookSender sender)
{
    private const int MostPerPost = 1000;

    private readonly Random shuffle = new(options.Seed);
    private readonly Lock gate = new();
    private readonly Dictionary<string, List<WebhookPost>> sent = [];
    private List<Update>? held;

    public int Pending
    {
        get
        {
            lock (gate)
                return sender.Pending + (held?.Count ?? 0);
        }
    }

    /// <summary>Completes when each has been tried once, or is held back.</summary>
    public Task SendAsync(IReadOnlyList<Update> updates, WhatsAppSettings settings, UpdateOptions? how = null, TimeSpan delay = default)
    {
        foreach (var lost in updates.Where(update => update.Callback is null))
            journal.Write("update.dropped", (JsonObject)lost.Facts.DeepClone());
        updates = [.. updates.Where(update => update.Callback is not null)];
        lock (gate)
        {
            // A forged one is never held: it would lose its forgery in a batch.
            if (held is not null && how is not { Forged: true })
            {
                held.AddRange(updates);
                return Task.CompletedTask;
            }
        }
        return Task.WhenAll(updates.SelectMany(update => PostCopies([update], update.Lane, settings, how ?? new(), delay)));
    }

    /// <summary>From now on nothing leaves until it is released.</summary>
    public void Hold()
    {
        lock (gate)
            held ??= [];
    }

    public int Release(UpdateRelease release, WhatsAppSettings settings)
    {
        Update[] updates;
        lock (gate)
        {
            updates = [.. held ?? throw new ControlException("nothing is held")];
            held = null;
            if (release.Order == ReleaseOrder.Reversed)
                Array.Reverse(updates);
            else if (release.Order == ReleaseOrder.Shuffled)
                shuffle.Shuffle(updates);
        }
        var posts = release.OnePost
            ? updates.GroupBy(update => update.Callback).SelectMany(same => same.Chunk(MostPerPost))
            : updates.Select(update => new[] { update });
        foreach (var together in posts)
            PostCopies(together, "released", settings, new(), default);
        return updates.Length;
    }

    /// <summary>The very same POSTs once more.</summary>
    public void SendAgain(string id)
    {
        List<WebhookPost> posts;
        lock (gate)
            posts = [.. sent.GetValueOrDefault(id) ?? throw new ControlException($"nothing was sent under {id}")];
        foreach (var post in posts)
            sender.SendAsync(post);
    }

    public void Shuffle<T>(T[] items)
    {
        lock (gate)
            shuffle.Shuffle(items);
    }

    private List<Task> PostCopies(Update[] updates, string lane, WhatsAppSettings settings, UpdateOptions how, TimeSpan delay)
    {
        var body = WhatsAppSignature.Body(Envelope(updates), settings.EscapeSlashes);
        var signature = WhatsAppSignature.Sign(how.Forged ? "not " + settings.AppSecret : settings.AppSecret, body);
        var facts = SimulatorJson.Object(
            ("forged", how.Forged ? true : null), ("updates", SimulatorJson.Array(updates.Select(update => update.Facts.DeepClone()))));
        var post = new WebhookPost(Unique.Uuid(), lane, updates[0].Callback!, body, () => [new("X-Hub-Signature-256", signature), new("User-Agent", "facebookexternalua")], facts) { Delay = delay };
        lock (gate)
        {
            foreach (var key in updates.Select(update => (string?)update.Facts["wamid"]).OfType<string>().Append(post.Id).Distinct())
            {
                if (!sent.TryGetValue(key, out var posts))
                    sent[key] = posts = [];
                posts.Add(post);
            }
        }
        journal.Write("webhook.emitted", SimulatorJson.Object([("delivery_id", post.Id), .. facts.Select(fact => (fact.Key, fact.Value?.DeepClone()))]));
        return [.. Enumerable.Range(0, how.Copies).Select(_ => sender.SendAsync(post))];
    }

    private JsonObject Envelope(IReadOnlyList<Update> updates) => SimulatorJson.Object(
        ("object", "whatsapp_business_account"),
        ("entry", SimulatorJson.Array(updates.GroupBy(update => update.WabaId).Select(Entry))));

    private JsonObject Entry(IGrouping<string, Update> updates) => SimulatorJson.Object(
        ("id", updates.Key),
        // Only what concerns an account or a template tells its time here.
        ("time", updates.All(update => update.Value["metadata"] is null) ? options.Clock.GetUtcNow().ToUnixTimeSeconds() : null),
        ("changes", Changes(updates)));

    // Neighbours of one number and one kind share a value, as Meta batches them.
    private static JsonArray Changes(IEnumerable<Update> updates)
    {
        var changes = new JsonArray();
        foreach (var update in updates)
        {
            if (changes.LastOrDefault() is not JsonObject last || !TryAppend((JsonObject)last["value"]!, (string)last["field"]!, update))
                changes.Add(SimulatorJson.Object(("value", update.Value.DeepClone()), ("field", update.Field)));
        }
        return changes;
    }

    private static bool TryAppend(JsonObject value, string field, Update update)
    {
        var list = update.Value.ContainsKey("messages") ? "messages" : "statuses";
        if (field != update.Field || value[list] is not JsonArray items || update.Value[list] is not JsonArray added || !JsonNode.DeepEquals(value["metadata"], update.Value["metadata"]))
            return false;
        foreach (var item in added)
            items.Add(item!.DeepClone());
        foreach (var contact in update.Value["contacts"] as JsonArray ?? [])
        {
            if (value["contacts"] is not JsonArray known)
                value["contacts"] = known = [];
            if (!known.Any(other => JsonNode.DeepEquals(other, contact)))
                known.Add(contact!.DeepClone());
        }
        return true;
    }
}
