using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.Security;

namespace FleetChat.Core.Monitoring.Why;

/// <summary>Follows causes back and consequences on, and gathers what it meets. Each thing is told once.</summary>
internal sealed class WhyTrace(TenantDb db, DataKey key)
{
    private readonly List<WhyEntry> _entries = [];
    private readonly Dictionary<Guid, TracedMessage> _messages = [];
    private readonly HashSet<string> _told = [];

    /// <summary>What the last look at a reminder decided.</summary>
    public string? LastLook => _entries.FindLast(e => e.What == WhyWhat.Looked)?.Detail;

    /// <summary>Messages to drivers that were met and did not go out yet.</summary>
    public List<TracedMessage> ListWaiting() => [.. _messages.Values.Where(m => m.Message is { Status: DeliveryStatus.Queued, Direction: "outbound" })];

    // What is of one moment stays in the order in which it was found: causes first.
    public Explanation Explain(string about, string id, string conclusion)
        => new(db.Tenant, about, id, conclusion, [.. _messages.Values.Select(m => m.Message)], [.. _entries.OrderBy(e => e.At)]);

    /// <param name="outcome">What was made of the event itself.</param>
    public string Conclude(string outcome)
    {
        var made = _messages.Values.Count(m => m.Message.Direction == "outbound");
        if (made > 0) return made == 1 ? "one message" : string.Create(CultureInfo.InvariantCulture, $"{made} messages");
        var reasons = _entries.Where(e => e.What is WhyWhat.NotTold or WhyWhat.Looked or WhyWhat.Waiting).Select(e => e.Detail).Distinct();
        return $"no message: {string.Join("; ", reasons.DefaultIfEmpty(outcome))}";
    }

    /// <summary>What was being worked on when the message was made, and what led to that.</summary>
    public Task AddCauseAsync(TracedMessage message, CancellationToken ct) => AddCauseAsync(message.Cause, message.Message.CreatedAt, message.Message.DriverId, ct);

    private async Task AddCauseAsync(string? cause, DateTimeOffset at, Guid? driver, CancellationToken ct)
    {
        if (Causes.EventIn(cause) is { } row)
        {
            foreach (var arrived in await WhySql.ListEventsAsync(db, key, [row], ct)) await AddEventAsync(arrived, ct);
        }
        else if (Causes.CallIn(cause) is { } id)
        {
            if (await WhySql.FindCallAsync(db, id, ct) is { } call && _told.Add(cause!))
            {
                await AddCauseAsync(call.Cause, call.CreatedAt, driver, ct);
                Add(new(call.FinishedAt ?? call.CreatedAt, WhyWhat.Call, $"{call.Kind}: {call.Outcome ?? call.Status}"));
            }
        }
        else if (Causes.FlowIn(cause) is var (flow, subject))
        {
            await AddFlowAsync(flow, subject, at, driver, ct);
        }
        else if (Causes.ReminderIn(cause) is { } reminder)
        {
            await AddOccurrenceAsync(reminder, at, driver, ct);
        }
    }

    // The look that made the message, after what began the orchestration, as long as that is kept.
    private async Task AddFlowAsync(string flow, Guid subject, DateTimeOffset at, Guid? driver, CancellationToken ct)
    {
        if (await WhySql.FindBegunAsync(db, flow, subject, ct) is { } begun)
        {
            await AddCauseAsync(begun.Cause, begun.OrderedAt, driver, ct);
            Add(new(begun.At, WhyWhat.Orchestrated, $"{flow} {subject}: {begun.Outcome}"));
        }
        Add(new(at, WhyWhat.Orchestrated, $"{flow} {subject}: looked"));
    }

    /// <summary>That it arrived, what was noted of it, and under which other ids the same facts came.</summary>
    public async Task AddEventAsync(ArrivedEvent arrived, CancellationToken ct)
    {
        if (!_told.Add(arrived.Cause)) return;
        Add(Of(arrived, arrived.ReceivedAt, WhyWhat.Received, $"{arrived.Source} {arrived.Kind}"));
        var facts = await WhySql.ListFactsAsync(db, arrived.Cause, ct);
        foreach (var fact in facts) Add(Of(fact));
        Add(arrived.Status switch
        {
            "done" => Of(arrived, arrived.FinishedAt!.Value, WhyWhat.Decided, arrived.Outcome ?? ""),
            "parked" => Of(arrived, arrived.DueAt, WhyWhat.Decided, $"parked: {arrived.Outcome}"),
            _ => Of(arrived, arrived.DueAt, WhyWhat.Waiting, arrived.Outcome ?? "not processed yet") with { DueAt = arrived.DueAt },
        });
        await AddRepeatsAsync(arrived, facts, ct);
        await AddOriginalsAsync(arrived, ct);
    }

    private async Task AddRepeatsAsync(ArrivedEvent arrived, List<KeptFact> facts, CancellationToken ct)
    {
        var known = (await WhySql.ListDecisionsAsync(db, [.. facts.Select(f => f.EffectKey)], [DecisionKind.Known], ct)).FindAll(d => d.Cause != arrived.Cause);
        var others = await WhySql.ListEventsAsync(db, key, [.. known.Select(d => Causes.EventIn(d.Cause)).OfType<Guid>().Distinct()], ct);
        foreach (var other in others)
            if (_told.Add(other.Cause)) Add(Of(other, other.ReceivedAt, WhyWhat.CameAgain, $"{other.Source} {other.Kind}: {other.Outcome ?? other.Status}"));
    }

    // The fact had come before: then the first one tells what was made of it.
    private async Task AddOriginalsAsync(ArrivedEvent arrived, CancellationToken ct)
    {
        var known = (await WhySql.ListDecisionsAsync(db, arrived.Cause, arrived.ReceivedAt, DateTimeOffset.MaxValue, ct)).FindAll(d => d.Kind == DecisionKind.Known);
        foreach (var cause in (await WhySql.ListFactsAsync(db, [.. known.Select(d => d.Subject).Distinct()], ct)).Select(f => f.Cause).Distinct())
        {
            if (cause is null || cause == arrived.Cause || Causes.EventIn(cause) is not { } first) continue;
            foreach (var original in await WhySql.ListEventsAsync(db, key, [first], ct))
            {
                await AddEventAsync(original, ct);
                await AddConsequencesAsync(original.Cause, original.ReceivedAt, ct);
            }
        }
    }

    /// <summary>What the work on it decided and made, now or later.</summary>
    public async Task AddConsequencesAsync(string cause, DateTimeOffset since, CancellationToken ct)
    {
        if (!_told.Add($"after {cause}")) return;
        foreach (var decision in await WhySql.ListDecisionsAsync(db, cause, since, DateTimeOffset.MaxValue, ct))
        {
            switch (decision.Kind)
            {
                case DecisionKind.Rule:
                    Add(Of(decision, WhyWhat.NotTold, $"{decision.Subject}: {decision.Outcome}"));
                    break;
                case DecisionKind.Superseded:
                    Add(Of(decision, WhyWhat.Superseded, decision.Subject));
                    break;
                case DecisionKind.Watched:
                    await AddLooksAsync(decision, ct);
                    break;
            }
        }
        foreach (var message in await WhySql.ListMessagesAsync(db, cause, since, DateTimeOffset.MaxValue, ct)) await AddMessageAsync(message, ct);
    }

    // From the moment at which it was put on the list until it is off it again.
    private async Task AddLooksAsync(KeptDecision watched, CancellationToken ct)
    {
        var reminder = watched.Subject;
        var later = (await WhySql.ListDecisionsAsync(db, [reminder], [DecisionKind.Watched, DecisionKind.Looked], ct)).FindAll(d => d.At >= watched.At);
        var end = later.Find(d => d is { Kind: DecisionKind.Looked, DueAt: null })?.At;
        await AddReminderAsync(reminder, watched.At, end ?? DateTimeOffset.MaxValue, ct);
        await AddOutcomesAsync(Causes.Reminder(reminder), watched.At, end ?? DateTimeOffset.MaxValue, ct);
    }

    private async Task AddOutcomesAsync(string cause, DateTimeOffset from, DateTimeOffset until, CancellationToken ct)
    {
        foreach (var decision in await WhySql.ListDecisionsAsync(db, cause, from, until, ct))
            if (decision.Kind == DecisionKind.Rule) Add(Of(decision, WhyWhat.NotTold, $"{decision.Subject}: {decision.Outcome}"));
        foreach (var message in await WhySql.ListMessagesAsync(db, cause, from, until, ct)) await AddMessageAsync(message, ct);
    }

    // The look that made the message, and all that had been put on the list for it since the one before.
    private async Task AddOccurrenceAsync(string reminder, DateTimeOffset at, Guid? driver, CancellationToken ct)
    {
        var all = await WhySql.ListDecisionsAsync(db, [reminder], [DecisionKind.Watched, DecisionKind.Looked], ct);
        var until = all.Find(d => d.Kind == DecisionKind.Looked && d.At >= at)?.At ?? at;
        var from = all.FindLast(d => d is { Kind: DecisionKind.Looked, DueAt: null } && d.At < until)?.At ?? DateTimeOffset.MinValue;
        await AddReminderAsync(reminder, from, until, ct);
        foreach (var cause in all.Where(d => d.Kind == DecisionKind.Watched && d.At >= from && d.At <= until).Select(d => d.Cause).Distinct())
            await AddCauseAsync(cause, at, driver, ct);
        if (!reminder.StartsWith(Messaging.Rules.Digest.Name, StringComparison.Ordinal) || driver is not { } reader) return;
        foreach (var held in await WhySql.ListHeldAsync(db, reader, from, until, ct))
        {
            await AddCauseAsync(held.Cause, held.At, reader, ct);
            Add(Of(held, WhyWhat.NotTold, $"{held.Subject}: {held.Outcome}"));
        }
    }

    /// <returns>False if nothing is known of it.</returns>
    public async Task<bool> AddReminderAsync(string reminder, DateTimeOffset from, DateTimeOffset until, CancellationToken ct)
    {
        var all = await WhySql.ListDecisionsAsync(db, [reminder], [DecisionKind.Watched, DecisionKind.Looked], ct);
        foreach (var decision in all.Where(d => d.At >= from && d.At <= until))
            Add(Of(decision, decision.Kind == DecisionKind.Watched ? WhyWhat.Watched : WhyWhat.Looked, decision.Outcome) with { Reminder = reminder, DueAt = decision.DueAt });
        if (until < DateTimeOffset.MaxValue || await WhySql.FindReminderAsync(db, reminder, ct) is not var (dueAt, outcome)) return all.Count > 0;
        Add(dueAt == DateTimeOffset.MaxValue
            ? new(all.LastOrDefault()?.At ?? DateTimeOffset.UnixEpoch, WhyWhat.Looked, $"parked: {outcome}") { Reminder = reminder }
            : new(dueAt, WhyWhat.Waiting, outcome ?? "not looked at yet") { Reminder = reminder, DueAt = dueAt });
        return true;
    }

    /// <summary>A message's own way, and what was answered to it.</summary>
    public async Task AddMessageAsync(TracedMessage message, CancellationToken ct)
    {
        if (!_messages.TryAdd(message.Id, message)) return;
        if (message.Message.Direction == "inbound")
        {
            await AddInboundAsync(message, ct);
            return;
        }
        Add(Of(message, message.Message.CreatedAt, WhyWhat.Made, $"{message.Message.Reason.Split(':')[0]}, {message.Message.Kind}"));
        foreach (var decision in await WhySql.ListDecisionsAsync(db, message.Id, ct)) await AddDecisionAsync(message, decision, ct);
        await AddHoldsAsync(message, ct);
        await AddAttemptsAsync(message, ct);
        AddReports(message);
        if (message.Message is { Status: DeliveryStatus.Queued, DueAt: { } due }) Add(Of(message, due, WhyWhat.Waiting, "to be sent") with { DueAt = due });
        foreach (var reply in await WhySql.ListRepliesAsync(db, message.Id, message.Timestamp, ct)) await AddMessageAsync(reply, ct);
    }

    /// <param name="until">Null: nobody knows.</param>
    public void AddHold(TracedMessage message, DateTimeOffset since, string what, DateTimeOffset? until) => Add(Of(message, since, WhyWhat.Held, what) with { DueAt = until });

    private async Task AddDecisionAsync(TracedMessage message, KeptDecision decision, CancellationToken ct)
    {
        switch (decision.Kind)
        {
            case DecisionKind.Held:
                Add(Of(decision, WhyWhat.Held, decision.Outcome));
                break;
            case DecisionKind.Unsent:
                Add(Of(decision, WhyWhat.Unsent, decision.Outcome));
                break;
            case DecisionKind.Doubt:
                Add(Of(decision, WhyWhat.Decided, $"in doubt: {decision.Outcome}"));
                break;
            case DecisionKind.Superseded:
                var newer = decision.Cause is { } cause
                    ? (await WhySql.ListMessagesAsync(db, cause, decision.At, decision.At.AddMinutes(1), ct)).Find(m => m.Id != message.Id && m.Supersedes == decision.Subject)
                    : null;
                Add(Of(decision, WhyWhat.Superseded, newer is null ? decision.Subject : $"{decision.Subject} by {newer.Id}"));
                break;
            case DecisionKind.Rule:
                // The same was to be told once more.
                if (decision.Cause != message.Cause) Add(Of(decision, WhyWhat.CameAgain, $"{decision.Subject}: {decision.Outcome}") with { EventId = Causes.EventIn(decision.Cause) });
                break;
        }
    }

    private async Task AddHoldsAsync(TracedMessage message, CancellationToken ct)
    {
        foreach (var (heldAt, reason, releasedAt, release) in await WhySql.ListHoldsAsync(db, message.Id, ct))
        {
            Add(Of(message, heldAt, WhyWhat.Held, $"held: at the wheel ({reason})"));
            if (releasedAt is { } released) Add(Of(message, released, WhyWhat.Released, release ?? ""));
        }
    }

    private async Task AddAttemptsAsync(TracedMessage message, CancellationToken ct)
    {
        foreach (var (number, (startedAt, closedAt, outcome, error)) in (await WhySql.ListAttemptsAsync(db, message.Id, ct)).Index())
        {
            Add(Of(message, startedAt, WhyWhat.Tried, string.Create(CultureInfo.InvariantCulture, $"attempt {number + 1}")));
            if (closedAt is { } closed) Add(Of(message, closed, WhyWhat.Answered, error is { } code ? string.Create(CultureInfo.InvariantCulture, $"{outcome} {code}") : outcome!));
        }
    }

    private void AddReports(TracedMessage message)
    {
        foreach (var (at, status) in new[]
                 {
                     (message.SentAt, DeliveryStatus.Sent), (message.DeliveredAt, DeliveryStatus.Delivered), (message.ReadAt, DeliveryStatus.Read), (message.FailedAt, DeliveryStatus.Failed),
                 })
            if (at is { } known) Add(Of(message, known, WhyWhat.Reported, status == DeliveryStatus.Failed && message.Message.ErrorCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"{status} {code}") : status));
    }

    // What the driver said, and what that changed.
    private async Task AddInboundAsync(TracedMessage message, CancellationToken ct)
    {
        Add(Of(message, message.Timestamp, WhyWhat.Reply, $"{message.Message.Kind}: {message.Message.Reason}"));
        await AddCauseAsync(message, ct);
        foreach (var (reason, since, handledAt, by) in await WhySql.ListEntriesAsync(db, message.Id, ct))
        {
            Add(Of(message, since, WhyWhat.ToDispatcher, reason));
            if (handledAt is { } handled) Add(Of(message, handled, WhyWhat.Handled, by ?? ""));
        }
        foreach (var (way, state, createdAt, endedAt, transport) in await WhySql.ListWriteBacksAsync(db, message.Id, ct))
            Add(Of(message, endedAt ?? createdAt, WhyWhat.WrittenBack, $"{way}: {state}") with { TransportId = transport });
        if (message.Cause is { } cause) await AddConsequencesAsync(cause, message.Message.CreatedAt.AddMinutes(-1), ct);
    }

    private void Add(WhyEntry entry)
    {
        if (!_entries.Contains(entry)) _entries.Add(entry);
    }

    private static WhyEntry Of(ArrivedEvent arrived, DateTimeOffset at, string what, string detail) => new(at, what, detail)
    {
        EventId = arrived.Id,
        // WhatsApp's ids hold the user's number.
        ExternalId = arrived.Source == InboxSource.WhatsApp ? null : arrived.ExternalId,
    };

    private static WhyEntry Of(KeptFact fact) => new(fact.At, WhyWhat.Noted, string.Create(CultureInfo.InvariantCulture, $"{fact.What}, {fact.Source}, {fact.HappenedAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}"))
    {
        TransportId = fact.Transport,
        StopId = fact.Stop,
        MessageId = fact.Message,
    };

    private static WhyEntry Of(KeptDecision decision, string what, string detail) => new(decision.At, what, detail)
    {
        DriverId = decision.Driver,
        TransportId = decision.Transport,
        StopId = decision.Stop,
        MessageId = decision.Message,
        DueAt = decision.DueAt,
    };

    private static WhyEntry Of(TracedMessage message, DateTimeOffset at, string what, string detail) => new(at, what, detail)
    {
        MessageId = message.Id,
        DriverId = message.Message.DriverId,
        TransportId = message.Message.TransportId,
        StopId = message.Message.StopId,
    };
}
