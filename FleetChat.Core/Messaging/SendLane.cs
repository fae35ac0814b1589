using FleetChat.Core.Billing;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Holds;
using FleetChat.Core.Messaging.Pauses;
using FleetChat.Core.Messaging.Rates;
using FleetChat.Core.Messaging.Templates;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.WhatsApp;
using Microsoft.Extensions.Logging;

namespace FleetChat.Core.Messaging;

/// <summary>
/// Sends a lane's due messages: the oldest of each conversation, different conversations side by side. An attempt's row is
/// committed before the call and closed after it, so that a process may die anywhere: what may have been sent is known.
/// </summary>
public sealed partial class SendLane(
    TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, IWhatsAppClient whatsApp, Portfolios portfolios, RatePauses pauses, PlatformPauses platformPauses, MessageRoom messageRoom, FairShare share, TimeProvider time, ILogger<SendLane> logger)
{
    private const int AtOnce = 16;
    private const int LanesAtOnce = 2;

    /// <summary>Of one call to WhatsApp; well below <see cref="Lease"/>, so that nobody takes over a call that is still under way.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    /// <returns>Lanes that got work, this one included if it has more to send.</returns>
    public Task<LaneWork> HandleAsync(Nudge nudge, CancellationToken ct)
        => share.TakeTurnAsync(nudge, Lanes.SendStage, LanesAtOnce, () => SendDueAsync(nudge, ct));

    private async Task<LaneWork> SendDueAsync(Nudge nudge, CancellationToken ct)
    {
        var db = dbs.For(nudge.Tenant);
        await SendSql.TakeUpAsync(dbs.LazilyFor(nudge.Tenant), nudge.Lane, time.GetUtcNow(), ct);
        if (await settings.FindAsync(nudge.Tenant, ct) is not { WritesToDrivers: true, PhoneNumberId: not null, WhatsAppAccessToken: not null } found) return new();

        var round = new Round(found, await keys.GetAsync(nudge.Tenant, ct), nudge);
        // A slow call holds back its own driver, and nobody else.
        var isLeft = await Refill.RunAsync(AtOnce, AtOnce / 2, async room =>
        {
            if (round.HasOldToken && !await TryRenewAsync(round, ct)) return ([], false);
            var tenant = round.Tenant;
            var (holds, isAnyDue) = await SendSql.LookAsync(db, round.Key, tenant, nudge.Lane, time.GetUtcNow(), ct);
            var now = time.GetUtcNow();
            if (holds.HaveOldToken)
            {
                await SendingHoldSql.EndForOldTokensAsync(db, round.Key, tenant, now, ct);
                (holds, isAnyDue) = await SendSql.LookAsync(db, round.Key, tenant, nudge.Lane, now, ct);
            }
            round.ClosedUntil = await FindClosedUntilAsync(tenant, holds, now, ct);
            if (round.ClosedUntil is not null || !isAnyDue) return ([], false);
            var isFull = await messageRoom.IsFullAsync(tenant, ct);
            var (begun, endedSome) = await BeginAsync(round, holds, isFull, holds.IsProbing(now) ? 1 : room, ct);
            return ([.. begun.Select(b => SendAsync(round, b, ct))], endedSome && begun.Count == 0);
        });
        if (isLeft) round.AddSends([nudge]);
        else if (round.ClosedUntil is { } until) round.AddSends(await pauses.WaitAsync(nudge, until, ct));
        return new([], [.. round.Send]) { Call = [.. round.Call], Orchestrate = [.. round.Orchestrate] };
    }

    /// <returns>False: the company has nothing to send with any more.</returns>
    private async Task<bool> TryRenewAsync(Round round, CancellationToken ct)
    {
        if (await settings.ReadAsync(round.Nudge.Tenant, ct) is not { WritesToDrivers: true, PhoneNumberId: not null, WhatsAppAccessToken: not null } tenant) return false;
        (round.Tenant, round.HasOldToken) = (tenant, false);
        return true;
    }

    private async Task<DateTimeOffset?> FindClosedUntilAsync(TenantSettings tenant, SendingHolds holds, DateTimeOffset now, CancellationToken ct)
    {
        var own = holds.FindClosedUntil(now);
        if (await platformPauses.FindRunningAsync(tenant.PhoneNumberId, now, ct) is not { } pause) return own;
        var until = pause.Until ?? DateTimeOffset.MaxValue;
        return own > until ? own : until;
    }

    /// <summary>Decides on what is due, and commits an attempt for each message that goes out.</summary>
    /// <param name="isFull">The company has had its messages of the month.</param>
    private async Task<(IReadOnlyList<Begun> Begun, bool EndedSome)> BeginAsync(Round round, SendingHolds holds, bool isFull, int limit, CancellationToken ct)
    {
        var (tenant, key, now, token) = (round.Tenant, round.Key, time.GetUtcNow(), time.NewId());
        await using var db = await dbs.BeginAsync(tenant.Tenant, ct);
        var conversations = await SendSql.LockConversationsAsync(db, round.Nudge.Lane, now, limit, ct);
        if (conversations.Count == 0) return ([], false);

        var due = await SiteMessages.JudgeAsync(db, await SendSql.ListDueAsync(db, tenant.WhatsAppAccountId, tenant.MessageFooter, [.. conversations], now, ct), now, ct);
        var choice = await TemplateChoice.OfAsync(db, tenant, due, now, ct);
        var (wanted, unsent, held, unknown, resting) = (new List<Begun>(), new List<Unsent>(), new List<Guid>(), new List<(Guid Outbound, Reminders.Reminder Look)>(), new List<(Guid Outbound, DateTimeOffset Until)>());
        var (paced, unapproved) = (new List<(Guid Conversation, DateTimeOffset Until)>(), new List<HeldForTemplate>());
        foreach (var message in due)
        {
            if (SendPolicy.FindObjection(message.Facts with { IsOverLimit = isFull && !MessageRoom.IsCritical(message.Reason) }, now) is { } objection) unsent.Add(new(message, objection.Status, objection.Reason));
            else if (tenant.Samsara is not null && message.Facts.CrewToAsk is { } look) unknown.Add((message.OutboundId, look));
            else if (tenant.Samsara is not null && Wheel.Holds(message.Facts, now)) held.Add(message.OutboundId);
            else if (TryOpen(message, key, token, now) is not { } opened) unsent.Add(new(message, DeliveryStatus.Failed, "unreadable"));
            else if (choice.Choose(message, opened, now) is not { } begun) unapproved.Add(TemplateChoice.HoldOf(message));
            else if (holds.FindRest(begun.Conversation, begun.Template, now) is { } until) resting.Add((begun.OutboundId, until));
            else if (PairPace.FindRest(begun.PacedUntil, now) is { } pace) paced.Add((begun.Conversation, pace));
            else wanted.Add(begun);
        }

        var (mayReach, portfolio) = await KeepLimitAsync(db, wanted, resting, now, ct);
        (wanted, var sentAt) = await KeepRateAsync(db, round, mayReach, now, ct);
        wanted = await ProbeAsync(db, holds, wanted, resting, now, ct);
        round.AddCalls(await HoldAsync(db, key, held, now, ct));
        Guid[] letGo = [.. due.Where(m => m.Facts.HeldAt is not null && wanted.Exists(w => w.OutboundId == m.OutboundId)).Select(m => m.MessageId)];
        if (letGo.Length > 0) await HoldSql.LetGoAsync(db, letGo, now, ct);
        foreach (var (outbound, look) in unknown.OrderBy(u => u.Look.Kind, StringComparer.Ordinal).ThenBy(u => u.Look.Subject, StringComparer.Ordinal)) await SendSql.AskForCrewAsync(db, time, outbound, look, ct);
        if (resting.Count > 0) await SendSql.RestAsync(db, resting, ct);
        if (paced.Count > 0) await SendSql.RestPacedAsync(db, paced, ct);
        if (unapproved.Count > 0) await TemplateHolds.HoldAsync(db, unapproved, now, ct);
        foreach (var changed in wanted.Where(w => w.IsInOtherLanguage)) await TemplateChoice.WriteAsync(db, key, changed, now, ct);
        if (portfolio is not null && wanted.Exists(w => w.Reaches)) await Portfolios.CountAsync(db, portfolio, [.. wanted.Where(w => w.Reaches).Select(w => w.ReachedAt)], sentAt, ct);
        // Who waits for the number waits for this: most often nothing is left to be done after it.
        var isAll = unsent.Count == 0 && !due.Any(m => m.Facts.IsInDoubt);
        var begunAttempts = await WriteAsync(db, wanted, unsent, token, sentAt, isAll, ct);
        if (isAll) return (wanted.FindAll(w => begunAttempts.Contains(w.Attempt)), held.Count + unknown.Count + resting.Count + paced.Count + unapproved.Count > 0);
        await TellOfUnsentAsync(db, tenant.Tenant, unsent, ct);
        foreach (var retried in unsent.FindAll(u => u.Message.Retries > 0)) await WakeAsync(db, round, retried.Message.OutboundId, ct);
        var resent = due.Where(m => m.Facts.IsInDoubt && wanted.Exists(w => w.OutboundId == m.OutboundId && begunAttempts.Contains(w.Attempt))).ToList();
        foreach (var message in resent) await NoteDoubtAsync(db, message, "resent", ct);
        if (resent.Count > 0) await Alerts.RaiseAsync(db, time, AlertCodes.MessageResent, Alerts.Info, "", ct);
        await db.CommitAsync(ct);
        return (wanted.FindAll(w => begunAttempts.Contains(w.Attempt)), unsent.Count + held.Count + unknown.Count + resting.Count + paced.Count + unapproved.Count > 0);
    }

    /// <returns>What may go as far as its portfolio's limit of people goes; the portfolio is null if it has none.</returns>
    private async Task<(List<Begun> MayReach, Portfolio? Portfolio)> KeepLimitAsync(
        TenantTransaction db, List<Begun> wanted, List<(Guid, DateTimeOffset)> resting, DateTimeOffset now, CancellationToken ct)
    {
        if (!wanted.Exists(w => w.Reaches) || await portfolios.FindLimitedAsync(db.Tenant, ct) is not { } portfolio) return (wanted, null);
        var (free, askAgainAt) = await portfolios.LockAsync(db, portfolio, now, ct);
        var mayReach = new List<Begun>();
        foreach (var message in wanted)
        {
            if (!message.Reaches || Portfolios.IsCounted(message.ReachedAt, now) || free-- > 0) mayReach.Add(message);
            else resting.Add((message.OutboundId, askAgainAt));
        }
        if (mayReach.Count < wanted.Count) await Alerts.RaiseAsync(db, time, AlertCodes.WhatsAppDailyLimit, Alerts.Warning, "", ct);
        else if (portfolio.DailyLimit is not null) await Alerts.CloseAsync(db, time, AlertCodes.WhatsAppDailyLimit, "", ct);
        return (mayReach, portfolio);
    }

    /// <returns>What may go as far as its number's rate goes, and when: the rest follows within a second.</returns>
    private async Task<(List<Begun> Wanted, DateTimeOffset At)> KeepRateAsync(TenantTransaction db, Round round, List<Begun> wanted, DateTimeOffset now, CancellationToken ct)
    {
        if (wanted.Count == 0) return (wanted, now);
        var (room, at) = await NumberRate.LockAsync(db, round.Tenant.PhoneNumberId!, time, ct);
        if (room.IsNew) round.AddCalls(await ReadLimits.BeginAsync(db, round.Key, round.Tenant.PhoneNumberId!, time, ct));
        if (wanted.Count <= room.Free) return (wanted, at);
        await SendingHoldSql.HoldAsync(db, new(HoldScope.Number, "", room.FullUntil, Probes: false, null), NumberRate.TooFast, at, ct);
        // Nothing may be under way here, and then nobody looks again.
        round.ClosedUntil = room.FullUntil;
        // What confirms a STOP and the like goes first.
        return ([.. wanted.OrderBy(w => w.Purpose is null).Take(room.Free)], at);
    }

    /// <summary>Where it is not known whether it works again, one message tries; the others wait for what comes of it.</summary>
    private static async Task<List<Begun>> ProbeAsync(TenantTransaction db, SendingHolds holds, List<Begun> wanted, List<(Guid, DateTimeOffset)> resting, DateTimeOffset now, CancellationToken ct)
    {
        if (wanted.Count > 0 && holds.IsProbing(now))
            return await SendingHoldSql.TryProbeAsync(db, null, now, ct) ? [wanted[0] with { ProbesAll = true }] : [];

        var sent = new List<Begun>();
        foreach (var message in wanted)
        {
            if (!holds.IsProbing(message.Template, now)) sent.Add(message);
            else if (await SendingHoldSql.TryProbeAsync(db, message.Template, now, ct)) sent.Add(message with { ProbesTemplate = true });
            else resting.Add((message.OutboundId, now + SendingHolds.Probing));
        }
        return sent;
    }

    /// <returns>Lanes of calls that got work.</returns>
    private async Task<IEnumerable<Nudge>> HoldAsync(TenantTransaction db, DataKey key, List<Guid> held, DateTimeOffset now, CancellationToken ct)
    {
        if (held.Count == 0) return [];
        // In the order in which the call's end takes them: its own row, holds, messages.
        await WatchWheel.AskAsync(db, key, time, ct);
        await HoldSql.HoldAsync(db, time, [.. held], now, ct);
        return await db.ListAsync(LaneSql.RaiseFlags, row => new Nudge(db.Tenant, row.GetInt16(0)), ct, P.Text(Lanes.CallStage), P.Smalls([CallLanes.Samsara]));
    }

    /// <param name="commits">In the same round trip.</param>
    private static async Task<HashSet<Guid>> WriteAsync(TenantDb db, List<Begun> wanted, List<Unsent> unsent, Guid token, DateTimeOffset now, bool commits, CancellationToken ct)
    {
        Guid[] messages = [.. wanted.Select(w => w.MessageId), .. unsent.Select(u => u.Message.MessageId)];
        await using var batch = db.Batch()
            .Add(SendSql.LockMessages, P.Uuids(messages))
            .Add(SendSql.Begin, P.Uuids([.. wanted.Select(w => w.OutboundId)]), P.Uuids([.. wanted.Select(w => w.Attempt)]), P.Uuid(token), P.Span(Lease), P.Time(now),
                P.Times([.. wanted.Select(w => (DateTimeOffset?)PairPace.After(w.PacedUntil, now))]), P.Bools([.. wanted.Select(w => w.Reaches)]))
            .Add(SendSql.EndUnsent, P.Uuids([.. unsent.Select(u => u.Message.OutboundId)]), P.Texts([.. unsent.Select(u => u.Status)]),
                P.Smalls([.. unsent.Select(u => DeliveryStatus.Rank(u.Status))]), P.Texts([.. unsent.Select(u => u.Reason)]), P.Texts([.. unsent.Select(u => u.Message.Reason)]), P.Time(now));
        if (commits) batch.AddCommit();
        await using var reader = await batch.ReadAsync(ct);
        await reader.ListAsync(row => row.GetInt32(0), ct);
        HashSet<Guid> begun = [.. await reader.ListAsync(row => row.GetGuid(0), ct)];
        HashSet<Guid> ended = [.. await reader.ListAsync(row => row.GetGuid(0), ct)];
        unsent.RemoveAll(u => !ended.Contains(u.Message.MessageId));
        return begun;
    }

    // A dispatcher has to know that his message did not go, and that nobody knows whether a doubtful one did.
    private async Task TellOfUnsentAsync(TenantTransaction db, TenantId tenant, List<Unsent> unsent, CancellationToken ct)
    {
        foreach (var (message, _, reason) in unsent)
        {
            Log.NotSent(logger, tenant, message.MessageId, reason);
            // Who is in the truck now has not been told.
            if (reason == "driver_changed" && message.Site is { } site) await Reminders.Reminders.SetIfSoonerAsync(db, time, site.Look, time.GetUtcNow(), ct);
            if (reason is "delivery_unknown" or "unreadable")
                await Alerts.RaiseAsync(db, time, reason == "unreadable" ? AlertCodes.MessageUnreadable : AlertCodes.MessageUnknown, Alerts.Critical, message.MessageId.ToString(), ct);
            // Ended by another reason it may have come all the same.
            if (message.Facts.IsInDoubt) await NoteDoubtAsync(db, message, reason == "delivery_unknown" ? "handed_over" : reason, ct);
            if (reason == "delivery_unknown")
            {
                await MessageSql.AddEntryAsync(db, time, message.Conversation, message.MessageId, null, DispatcherReasons.DeliveryUnknown, time.GetUtcNow(), ct);
            }
            else if (message.Reason.StartsWith(SendDispatcherMessage.Reason, StringComparison.Ordinal))
                await MessageSql.AddEntryAsync(db, time, message.Conversation, message.MessageId, null, DispatcherReasons.NotSent, time.GetUtcNow(), ct);
        }
    }

    // The platform's own count of what nobody knew: of each message that was sent again, given to people, or ended otherwise.
    private Task NoteDoubtAsync(TenantTransaction db, DueMessage message, string outcome, CancellationToken ct)
        => Decisions.NoteAsync(db, time, new(DecisionKind.Doubt, message.Reason, outcome) { Message = message.MessageId }, ct);

    /// <returns>Null if it does not open: it ends alone, and the lane goes on.</returns>
    private Begun? TryOpen(DueMessage message, DataKey key, Guid token, DateTimeOffset now)
    {
        try
        {
            return new(message.OutboundId, message.MessageId, message.Conversation, message.Attempts + 1, time.NewId(), token, message.IdentityKind,
                key.Decrypt(EncryptedColumns.ConversationIdentity, message.Conversation, message.Identity), MessageContent.Open(key, message.MessageId, message.Content))
            {
                Retries = message.Retries,
                Reason = message.Reason,
                ValidUntil = message.Facts.ValidUntil,
                Purpose = message.Facts.Purpose,
                PacedUntil = message.PacedUntil,
                Reaches = message.Facts.IsTemplate && !SendPolicy.IsWindowOpen(message.Facts.LastInboundAt, now),
                ReachedAt = message.ReachedAt,
            };
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return null;
        }
    }

    private async Task SendAsync(Round round, Begun begun, CancellationToken ct)
    {
        try
        {
            await CallAsync(round, begun, ct);
        }
        catch (Exception exception)
        {
            // The lease ends it: from then on the attempt is in doubt, which is what it is. The other calls go on.
            Log.Unrecorded(logger, exception, round.Tenant.Tenant, begun.MessageId);
        }
    }

    private async Task CallAsync(Round round, Begun begun, CancellationToken ct)
    {
        var tenant = round.Tenant;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(CallTimeout);
        try
        {
            var accepted = await whatsApp.SendAsync(
                new(tenant.PhoneNumberId!, tenant.WhatsAppAccessToken!, begun.IdentityKind == ChatIdentity.Phone, begun.Identity, begun.MessageId, AttemptReference.Write(begun.Attempt, begun.MessageId), TemplateChoice.AtMeta(begun)), limit.Token);
            await Recording.ExecuteAsync(() => AcceptAsync(round, begun, accepted));
            await JoinAsync(tenant.Tenant, begun, accepted);
        }
        catch (WhatsAppException exception)
        {
            await Recording.ExecuteAsync(() => RecordFailureAsync(round, tenant, begun, exception));
        }
        catch (OperationCanceledException exception)
        {
            await Recording.ExecuteAsync(() => RecordFailureAsync(round, tenant, begun, new(WhatsAppFailure.Unknown, 0, null, null, exception)));
        }
    }

    // What WhatsApp answered is written down even while the host is stopping: hence no cancellation from here on.
    private async Task AcceptAsync(Round round, Begun begun, WhatsAppAcceptance accepted)
    {
        await using var db = await dbs.BeginAsync(round.Tenant.Tenant, CancellationToken.None);
        var now = time.GetUtcNow();
        var endsSomething = begun.ProbesAll || begun.ProbesTemplate || begun.Retries > 0;
        await SendSql.AcceptAsync(db, round.Key, begun, accepted.Wamid, BillingPeriod.Of(now, round.Tenant.TimeZone), now, commits: !endsSomething, CancellationToken.None);
        if (endsSomething)
        {
            if (begun.ProbesAll || begun.ProbesTemplate) await SendingHoldSql.EndAsync(db, begun.Template, begun.ProbesAll, CancellationToken.None);
            await FailedSends.WorksAgainAsync(db, time, begun, CancellationToken.None);
            if (begun.Retries > 0) await WakeAsync(db, round, begun.OutboundId, CancellationToken.None);
            await db.CommitAsync(CancellationToken.None);
        }
        FleetMetrics.CountCall("accepted", 0);
        Log.Accepted(logger, round.Tenant.Tenant, begun.MessageId);
    }

    // WhatsApp writes some countries' numbers differently than people do, and will answer under its own.
    private async Task JoinAsync(TenantId tenant, Begun begun, WhatsAppAcceptance accepted)
    {
        if (PhoneNumber.FromWhatsApp(accepted.UserPhone) is not { } number || number.E164 == begun.Identity) return;
        var key = await keys.GetAsync(tenant, CancellationToken.None);
        await using var db = await dbs.BeginAsync(tenant, CancellationToken.None);
        await Conversations.AddIdentityAsync(db, key, begun.Conversation, ChatIdentity.Of(number), time, CancellationToken.None);
        await db.CommitAsync(CancellationToken.None);
    }

    /// <param name="tenant">With which it was called.</param>
    private async Task RecordFailureAsync(Round round, TenantSettings tenant, Begun begun, WhatsAppException failure)
    {
        var now = time.GetUtcNow();
        FleetMetrics.CountCall(ResultOf(failure.Failure), failure.Code);
        Log.Failed(logger, tenant.Tenant, begun.MessageId, failure.Failure, failure.Code, failure.TraceId);
        await using var db = await dbs.BeginAsync(tenant.Tenant, CancellationToken.None);
        // Before holds and alerts, as the reports do.
        await db.ExecuteAsync(SendSql.LockMessages, CancellationToken.None, P.Uuids([begun.MessageId]));
        if (failure.Failure == WhatsAppFailure.Unknown)
        {
            await SendSql.DoubtAsync(db, begun, now + SendPolicy.DoubtWindow, CancellationToken.None);
        }
        else
        {
            var failed = new FailedSend(failure.Class, failure.Code, failure.RetryAfter, begun.Attempts, begun.Conversation, begun.Template);
            var isOfOldToken = await FailedSends.IsOfOldTokenAsync(db, round.Key, tenant, failed, CancellationToken.None);
            if (isOfOldToken) round.HasOldToken = true;
            var dueAt = isOfOldToken ? now : await FailedSends.FollowAsync(db, round.Key, tenant, time, failed, CancellationToken.None);
            await EndAsync(db, round, begun, failure, dueAt, now);
        }
        await db.CommitAsync(CancellationToken.None);
    }

    private static string ResultOf(WhatsAppFailure failure) => failure switch
    {
        WhatsAppFailure.Transient => "transient",
        WhatsAppFailure.Permanent => "refused",
        WhatsAppFailure.Blocked => "blocked",
        _ => "unknown",
    };

    /// <param name="dueAt">When it may be tried again; null: never.</param>
    private async Task EndAsync(TenantTransaction db, Round round, Begun begun, WhatsAppException failure, DateTimeOffset? dueAt, DateTimeOffset now)
    {
        var ct = CancellationToken.None;
        if (dueAt is { } again && failure.Failure != WhatsAppFailure.Transient)
        {
            // As long as it is true it waits for the end of what stops it.
            await SendSql.RestAsync(db, begun, failure, begun.ValidUntil < again ? begun.ValidUntil.Value.AddMilliseconds(1) : again, now, ct);
        }
        else if (dueAt is { } next && !(begun.ValidUntil < next))
        {
            if (await SendSql.RetryAsync(db, begun, failure, next, now, ct)) await BeginRetryAsync(db, round, begun.OutboundId, ct);
        }
        else if (await SendSql.FailAsync(db, begun, failure, isLate: dueAt is not null, now, ct))
        {
            if (dueAt is null) await Alerts.RaiseAsync(db, time, AlertCodes.MessageFailed, Alerts.Warning, FailedSends.Text(failure.Code), ct);
            else await Decisions.NoteAsync(db, time, new(DecisionKind.Unsent, begun.Reason, DeliveryStatus.Expired) { Message = begun.MessageId }, ct);
            if (failure.Class == MetaErrorClass.UseTemplate && await ClosedWindow.FollowAsync(db, round.Key, round.Tenant, time, begun.MessageId, now, ct))
                round.AddSends(await RaiseAsync(db, Lanes.SendStage, Outbox.LaneOf(begun.Conversation), ct));
            else if (failure.Class == MetaErrorClass.UseTemplate || begun.Reason.StartsWith(SendDispatcherMessage.Reason, StringComparison.Ordinal))
                await MessageSql.AddEntryAsync(db, time, begun.Conversation, begun.MessageId, null, DispatcherReasons.NotSent, now, ct);
            if (begun.Retries > 0) await WakeAsync(db, round, begun.OutboundId, ct);
        }
    }

    private async Task BeginRetryAsync(TenantTransaction db, Round round, Guid outbound, CancellationToken ct)
    {
        if (await FlowCommands.StartAsync(db, time, RetryMessage.Flow, outbound, ct) is { } lane) round.AddOrchestrations(await RaiseAsync(db, Lanes.OrchestrateStage, lane, ct));
        else await WakeAsync(db, round, outbound, ct);
    }

    private async Task WakeAsync(TenantTransaction db, Round round, Guid outbound, CancellationToken ct)
    {
        if (await FlowCommands.RaiseAsync(db, time, RetryMessage.Flow, outbound, Flow.Changed, ct) is { } lane) round.AddOrchestrations(await RaiseAsync(db, Lanes.OrchestrateStage, lane, ct));
    }

    private static Task<List<Nudge>> RaiseAsync(TenantTransaction db, string stage, short lane, CancellationToken ct)
        => db.ListAsync(LaneSql.RaiseFlags, row => new Nudge(db.Tenant, row.GetInt16(0)), ct, P.Text(stage), P.Smalls([lane]));

    /// <summary>One look at a lane, and the lanes that got work by it.</summary>
    private sealed class Round(TenantSettings tenant, DataKey key, Nudge nudge)
    {
        private readonly HashSet<Nudge> _call = [];
        private readonly HashSet<Nudge> _send = [];
        private readonly HashSet<Nudge> _orchestrate = [];

        public TenantSettings Tenant { get; set; } = tenant;

        /// <summary>The company has another access token than <see cref="Tenant"/> knows.</summary>
        public bool HasOldToken { get; set; }

        public DataKey Key => key;

        public Nudge Nudge => nudge;

        /// <summary>When there may be more to send; null: all that was due is under way.</summary>
        public DateTimeOffset? ClosedUntil { get; set; }

        public IReadOnlyCollection<Nudge> Call => _call;

        public IReadOnlyCollection<Nudge> Send => _send;

        public IReadOnlyCollection<Nudge> Orchestrate => _orchestrate;

        public void AddCalls(IEnumerable<Nudge> nudges) => Add(_call, nudges);

        public void AddSends(IEnumerable<Nudge> nudges) => Add(_send, nudges);

        public void AddOrchestrations(IEnumerable<Nudge> nudges) => Add(_orchestrate, nudges);

        // Calls end side by side.
        private static void Add(HashSet<Nudge> to, IEnumerable<Nudge> nudges)
        {
            lock (to) to.UnionWith(nudges);
        }
    }

    private sealed record Unsent(DueMessage Message, string Status, string Reason);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Message {MessageId} of {TenantId} accepted by WhatsApp")]
        public static partial void Accepted(ILogger logger, TenantId tenantId, Guid messageId);

        [LoggerMessage(Level = LogLevel.Information, Message = "Message {MessageId} of {TenantId} not sent: {Reason}")]
        public static partial void NotSent(ILogger logger, TenantId tenantId, Guid messageId, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Message {MessageId} of {TenantId} not accepted: {Failure}, code {Code}, trace {TraceId}")]
        public static partial void Failed(ILogger logger, TenantId tenantId, Guid messageId, WhatsAppFailure failure, int code, string? traceId);

        [LoggerMessage(Level = LogLevel.Error, Message = "Message {MessageId} of {TenantId}: what became of the attempt could not be recorded")]
        public static partial void Unrecorded(ILogger logger, Exception exception, TenantId tenantId, Guid messageId);
    }
}
