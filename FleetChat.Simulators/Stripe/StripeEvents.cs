using System.Text;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;

namespace FleetChat.Simulators.Stripe;

/// <summary>Something that happened, with the object as it was then.</summary>
internal sealed class StripeEvent(string id, string type, DateTimeOffset created, byte[] body) : IStripeObject
{
    public string Id { get; } = id;

    public string Type { get; } = type;

    public DateTimeOffset Created { get; } = created;

    /// <summary>JSON, the same at every delivery.</summary>
    public byte[] Body { get; } = body;

    public JsonObject ToJson() => JsonNode.Parse(Body)!.AsObject();
}

/// <summary>Makes events, keeps them for 30 days, and has them sent.</summary>
internal sealed class StripeEvents(StripeState state, StripeDeliveries deliveries, SimulatorJournal journal)
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(30);

    private readonly List<StripeEvent> events = [];

    /// <summary>In the order in which they happened.</summary>
    public IReadOnlyList<StripeEvent> Kept
    {
        get
        {
            var oldest = state.Now - Life;
            events.RemoveRange(0, events.FindIndex(kept => kept.Created >= oldest) is >= 0 and var first ? first : events.Count);
            return events;
        }
    }

    public StripeEvent? Find(string id) => Kept.FirstOrDefault(kept => kept.Id == id);

    /// <param name="lane">First deliveries of one lane go out in the order of their events.</param>
    public void Emit(string type, IStripeObject subject, string lane)
    {
        var (id, now) = (StripeState.NewId("evt"), state.Now);
        var body = new JsonObject
        {
            ["id"] = id,
            ["object"] = "event",
            ["api_version"] = state.Settings.ApiVersion,
            ["created"] = now.ToUnixTimeSeconds(),
            ["data"] = new JsonObject { ["object"] = subject.ToJson() },
            ["livemode"] = false,
            ["pending_webhooks"] = state.Endpoints.Count(endpoint => endpoint.Wants(type)),
            ["request"] = new JsonObject { ["id"] = state.Call?.RequestId, ["idempotency_key"] = state.Call?.Key },
            ["type"] = type,
        };
        var happened = new StripeEvent(id, type, now, Encoding.UTF8.GetBytes(body.ToJsonString(SimulatorJson.Wire)));
        events.Add(happened);
        journal.Write("webhook.emitted", SimulatorJson.Object(("event_id", id), ("event_type", type), ("object_id", subject.Id)));
        foreach (var endpoint in state.Endpoints.Where(endpoint => endpoint.Wants(type)))
            deliveries.Send(new(happened, endpoint, lane));
    }

    /// <summary>Once more to every endpoint, with the same id and the same body.</summary>
    public void SendAgain(string id)
    {
        var happened = Find(id) ?? throw new ControlException($"there is no event {id}");
        foreach (var endpoint in state.Endpoints)
            deliveries.Send(new(happened, endpoint, $"again:{id}"));
    }
}
