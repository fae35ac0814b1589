using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;

namespace FleetChat.Simulators.Faults;

/// <param name="Amount">0 to 1: how slow, how late, which number.</param>
internal sealed record Trouble<TKind>(TKind Kind, double Amount, FaultPlan Plan);

/// <summary>Says what each call and each webhook runs into. Every one takes the same number of throws, so that a seed means the same trouble for the n-th of them.</summary>
internal sealed class FaultDice(SimulatorJournal journal)
{
    private static readonly CallTrouble[] EveryCall = Enum.GetValues<CallTrouble>();
    private static readonly WebhookTrouble[] EveryWebhook = Enum.GetValues<WebhookTrouble>();

    private readonly Lock gate = new();
    private FaultPlan? plan;
    private Random ofCalls = new(0);
    private Random ofWebhooks = new(0);
    private int calls;
    private int webhooks;

    public FaultReport Report
    {
        get
        {
            lock (gate)
                return new(plan, calls, webhooks);
        }
    }

    /// <param name="next">Null ends all trouble.</param>
    public void Follow(FaultPlan? next)
    {
        if (next is not null && (next.Calls is not (>= 0 and <= 1) || next.Webhooks is not (>= 0 and <= 1)))
            throw new ControlException("the parts of calls and webhooks lie between 0 and 1");
        if (next is { SlowMs: < 0 } or { TimeOutMs: < 0 } or { DelayMs: < 0 })
            throw new ControlException("times are not negative");
        lock (gate)
        {
            (plan, calls, webhooks) = (next, 0, 0);
            // Streams of their own: how many calls there are between them changes no webhook's luck.
            (ofCalls, ofWebhooks) = (new(next?.Seed ?? 0), new(~(next?.Seed ?? 0)));
        }
    }

    /// <param name="isMedia">Only a download can find its link expired.</param>
    public Trouble<CallTrouble>? OfCall(string method, string path, bool isMedia)
    {
        lock (gate)
        {
            if (plan is null || !path.StartsWith(plan.PathPrefix, StringComparison.Ordinal))
                return null;
            var kinds = (plan.CallKinds ?? EveryCall).Where(kind => isMedia || kind != CallTrouble.ExpiredMedia).ToList();
            if (Throw(ofCalls, plan.Calls, kinds) is not { } trouble)
                return null;
            calls++;
            journal.Write("fault.call", SimulatorJson.Object(("kind", Named(trouble.Kind)), ("method", method), ("path", path)));
            return trouble;
        }
    }

    public Trouble<WebhookTrouble>? OfWebhook(string deliveryId)
    {
        lock (gate)
        {
            if (plan is null || Throw(ofWebhooks, plan.Webhooks, plan.WebhookKinds ?? EveryWebhook) is not { } trouble)
                return null;
            webhooks++;
            journal.Write("fault.webhook", SimulatorJson.Object(("kind", Named(trouble.Kind)), ("delivery_id", deliveryId)));
            return trouble;
        }
    }

    private Trouble<TKind>? Throw<TKind>(Random dice, double part, IReadOnlyList<TKind> kinds)
        where TKind : struct
    {
        var (luck, kind, amount) = (dice.NextDouble(), dice.NextDouble(), dice.NextDouble());
        return luck < part && kinds.Count > 0 ? new(kinds[(int)(kind * kinds.Count)], amount, plan!) : null;
    }

    private static string Named<TKind>(TKind kind)
        where TKind : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
}
