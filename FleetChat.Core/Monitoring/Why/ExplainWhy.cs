using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Pauses;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Monitoring.Why;

/// <param name="Id">
/// Of a message (ours or WhatsApp's), of an event (ours or its sender's), of an entry in a transport's timeline, an effect key, or a reminder.
/// </param>
public sealed record ExplainInput(TenantId Tenant, string Id);

/// <summary>Why a driver got a message, or none.</summary>
public sealed class ExplainWhy(TenantDbs dbs, DataKeys keys, PlatformPauses pauses, TimeProvider time)
{
    public static readonly Error NotFound = Error.NotFound(
        "why.not_found", "Nothing of this id is known, or it is older than what is kept. GET /api/messages and GET /api/events list what there is.");

    public static readonly Error EventNotFound = Error.NotFound(
        "event.not_found", "No event of this id is kept; they are for thirty days. GET /api/events lists them.");

    public async Task<Result<Explanation>> HandleAsync(ExplainInput input, CancellationToken ct)
    {
        var (db, key) = (dbs.For(input.Tenant), await keys.GetAsync(input.Tenant, ct));
        return await ExplainAsync(db, key, input.Id, ct) is { } explanation ? explanation : NotFound;
    }

    /// <summary>Of a message alone.</summary>
    public async Task<Result<Explanation>> HandleAsync(TenantId tenant, Guid message, CancellationToken ct)
    {
        var (db, key) = (dbs.For(tenant), await keys.GetAsync(tenant, ct));
        return await OfMessageAsync(db, key, message, ct) is { } explanation ? explanation : Messaging.GetMessage.NotFound;
    }

    /// <summary>Of an event alone: what it led to, and why to nothing.</summary>
    public async Task<Result<Explanation>> HandleEventAsync(TenantId tenant, Guid row, CancellationToken ct)
    {
        var (db, key) = (dbs.For(tenant), await keys.GetAsync(tenant, ct));
        return await OfEventAsync(db, key, (await WhySql.ListEventsAsync(db, key, [row], ct)).SingleOrDefault(), ct) is { } explanation ? explanation : EventNotFound;
    }

    private async Task<Explanation?> ExplainAsync(TenantDb db, DataKey key, string id, CancellationToken ct)
    {
        if (Guid.TryParse(id, out var own))
        {
            return await OfMessageAsync(db, key, own, ct)
                ?? await OfEventAsync(db, key, (await WhySql.ListEventsAsync(db, key, [own], ct)).SingleOrDefault(), ct)
                ?? await OfFactAsync(db, key, await WhySql.FindFactAsync(db, own, ct), ct)
                ?? await OfEventAsync(db, key, await WhySql.FindEventAsync(db, key, id, ct), ct);
        }
        if (await OfEventAsync(db, key, await WhySql.FindEventAsync(db, key, id, ct), ct) is { } byTheirs) return byTheirs;
        if (await WhySql.FindMessageAsync(db, key, id, ct) is { } message) return await OfMessageAsync(db, key, message, ct);
        return await OfFactAsync(db, key, (await WhySql.ListFactsAsync(db, [id], ct)).SingleOrDefault(), ct) ?? await OfReminderAsync(db, key, Causes.ReminderIn(id) ?? id, ct);
    }

    private async Task<Explanation?> OfMessageAsync(TenantDb db, DataKey key, Guid id, CancellationToken ct)
    {
        if ((await WhySql.ListMessagesAsync(db, [id], ct)).SingleOrDefault() is not { } message) return null;
        var trace = new WhyTrace(db, key);
        await trace.AddCauseAsync(message, ct);
        await trace.AddMessageAsync(message, ct);
        await AddPausesAsync(trace, db, ct);
        return trace.Explain("message", id.ToString(), $"{message.Message.Status}: {message.Message.Reason}");
    }

    /// <summary>What holds all that the company sends, and with it what was met here and waits.</summary>
    private async Task AddPausesAsync(WhyTrace trace, TenantDb db, CancellationToken ct)
    {
        if (trace.ListWaiting() is not { Count: > 0 } waiting) return;
        var now = time.GetUtcNow();
        var sender = await WhySql.FindSenderAsync(db, ct);
        List<(string What, DateTimeOffset Since, DateTimeOffset? Until)> holds = await WhySql.ListPausesAsync(db, now, ct);
        if (sender.Status == "suspended") holds.Add(("company suspended", now, null));
        if (await pauses.FindRunningAsync(sender.PhoneNumberId, now, ct) is { } pause) holds.Add(($"{pause.Scope} paused: {pause.Reason}", pause.From, pause.Until));
        foreach (var message in waiting)
            foreach (var (what, since, until) in holds) trace.AddHold(message, since, what, until);
    }

    private async Task<Explanation?> OfEventAsync(TenantDb db, DataKey key, ArrivedEvent? arrived, CancellationToken ct)
    {
        if (arrived is null) return null;
        var trace = new WhyTrace(db, key);
        await trace.AddEventAsync(arrived, ct);
        await trace.AddConsequencesAsync(arrived.Cause, arrived.ReceivedAt, ct);
        await AddPausesAsync(trace, db, ct);
        return trace.Explain("event", arrived.Id.ToString(), trace.Conclude(arrived.Outcome ?? arrived.Status));
    }

    private async Task<Explanation?> OfFactAsync(TenantDb db, DataKey key, KeptFact? fact, CancellationToken ct)
    {
        if (fact is null) return null;
        if (Causes.EventIn(fact.Cause) is { } row) return await OfEventAsync(db, key, (await WhySql.ListEventsAsync(db, key, [row], ct)).SingleOrDefault(), ct);
        return fact.Message is { } message ? await OfMessageAsync(db, key, message, ct) : null;
    }

    private async Task<Explanation?> OfReminderAsync(TenantDb db, DataKey key, string reminder, CancellationToken ct)
    {
        var trace = new WhyTrace(db, key);
        if (!reminder.Contains(':', StringComparison.Ordinal) || !await trace.AddReminderAsync(reminder, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, ct)) return null;
        await trace.AddConsequencesAsync(Causes.Reminder(reminder), DateTimeOffset.MinValue, ct);
        await AddPausesAsync(trace, db, ct);
        return trace.Explain("reminder", reminder, trace.Conclude(trace.LastLook ?? "waits"));
    }
}
