using System.Globalization;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Holds;
using FleetChat.Core.Monitoring;
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
    TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, IWhatsAppClient whatsApp, TimeProvider time, ILogger<SendLane> logger)
{
    private const int AtOnce = 16;

    /// <summary>Of one call to WhatsApp; well below <see cref="Lease"/>, so that nobody takes over a call that is still under way.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    /// <summary>How long a tenant's sending is held when WhatsApp refuses its number or account; after a spam limit the number has to be quiet for longer.</summary>
    private static readonly TimeSpan Hold = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan SpamHold = TimeSpan.FromHours(4);

    /// <returns>Lanes that got work, this one included if it has more to send.</returns>
    public async Task<LaneWork> HandleAsync(Nudge nudge, CancellationToken ct)
    {
        var db = dbs.For(nudge.Tenant);
        await LaneSql.LowerFlagAsync(db, Lanes.SendStage, nudge.Lane, ct);
        await SendSql.DoubtLostAsync(db, nudge.Lane, time.GetUtcNow() + SendPolicy.DoubtWindow, ct);
        if (await settings.FindAsync(nudge.Tenant, ct) is not { IsActive: true, PhoneNumberId: not null, WhatsAppAccessToken: not null } tenant) return new();

        var asked = new HashSet<Nudge>();
        // A slow call holds back its own driver, and nobody else.
        var isLeft = await Refill.RunAsync(AtOnce, AtOnce / 2, async room =>
        {
            if (await IsHeldAsync(db, ct)) return ([], false);
            var (begun, endedSome) = await BeginAsync(tenant, nudge, asked, room, ct);
            return ([.. begun.Select(b => SendAsync(tenant, b, ct))], endedSome && begun.Count == 0);
        });
        return new([], isLeft ? [nudge] : []) { Call = [.. asked] };
    }

    private async Task<bool> IsHeldAsync(TenantDb db, CancellationToken ct) => await SendSql.FindHoldAsync(db, ct) > time.GetUtcNow();

    /// <summary>Decides on what is due, and commits an attempt for each message that goes out.</summary>
    /// <param name="asked">Gets the lanes of calls that got work.</param>
    private async Task<(IReadOnlyList<Begun> Begun, bool EndedSome)> BeginAsync(TenantSettings tenant, Nudge nudge, HashSet<Nudge> asked, int limit, CancellationToken ct)
    {
        var (key, now, token) = (await keys.GetAsync(nudge.Tenant, ct), time.GetUtcNow(), time.NewId());
        await using var db = await dbs.BeginAsync(nudge.Tenant, ct);
        var conversations = await SendSql.LockConversationsAsync(db, nudge.Lane, now, limit, ct);
        if (conversations.Count == 0) return ([], false);

        var due = await SiteMessages.JudgeAsync(db, await SendSql.ListDueAsync(db, [.. conversations], now, ct), now, ct);
        var (wanted, unsent, held, unknown) = (new List<Begun>(), new List<Unsent>(), new List<Guid>(), new List<(Guid Outbound, Reminders.Reminder Look)>());
        foreach (var message in due)
        {
            if (SendPolicy.FindObjection(message.Facts, now) is { } objection) unsent.Add(new(message, objection.Status, objection.Reason));
            else if (tenant.Samsara is not null && message.Facts.CrewToAsk is { } look) unknown.Add((message.OutboundId, look));
            else if (tenant.Samsara is not null && Wheel.Holds(message.Facts, now)) held.Add(message.OutboundId);
            else if (TryOpen(message, key, token) is { } begun) wanted.Add(begun);
            else unsent.Add(new(message, DeliveryStatus.Failed, "unreadable"));
        }

        asked.UnionWith(await HoldAsync(db, key, held, now, ct));
        Guid[] letGo = [.. due.Where(m => m.Facts.HeldAt is not null && wanted.Exists(w => w.OutboundId == m.OutboundId)).Select(m => m.MessageId)];
        if (letGo.Length > 0) await HoldSql.LetGoAsync(db, letGo, now, ct);
        foreach (var (outbound, look) in unknown.OrderBy(u => u.Look.Kind, StringComparer.Ordinal).ThenBy(u => u.Look.Subject, StringComparer.Ordinal)) await SendSql.AskForCrewAsync(db, time, outbound, look, ct);
        var begunAttempts = await WriteAsync(db, wanted, unsent, token, now, ct);
        await TellOfUnsentAsync(db, nudge.Tenant, unsent, ct);
        var resends = due.Count(m => m.Facts.IsInDoubt && wanted.Exists(w => w.OutboundId == m.OutboundId && begunAttempts.Contains(w.Attempt)));
        if (resends > 0) await Alerts.RaiseAsync(db, time, AlertCodes.MessageResent, Alerts.Info, "", ct);
        await db.CommitAsync(ct);
        return (wanted.FindAll(w => begunAttempts.Contains(w.Attempt)), unsent.Count + held.Count + unknown.Count > 0);
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

    private static async Task<HashSet<Guid>> WriteAsync(TenantDb db, List<Begun> wanted, List<Unsent> unsent, Guid token, DateTimeOffset now, CancellationToken ct)
    {
        Guid[] messages = [.. wanted.Select(w => w.MessageId), .. unsent.Select(u => u.Message.MessageId)];
        await using var batch = db.Batch()
            .Add(SendSql.LockMessages, P.Uuids(messages))
            .Add(SendSql.Begin, P.Uuids([.. wanted.Select(w => w.OutboundId)]), P.Uuids([.. wanted.Select(w => w.Attempt)]), P.Uuid(token), P.Span(Lease), P.Time(now))
            .Add(SendSql.EndUnsent, P.Uuids([.. unsent.Select(u => u.Message.OutboundId)]), P.Texts([.. unsent.Select(u => u.Status)]),
                P.Smalls([.. unsent.Select(u => DeliveryStatus.Rank(u.Status))]), P.Texts([.. unsent.Select(u => u.Reason)]), P.Texts([.. unsent.Select(u => u.Message.Reason)]), P.Time(now));
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
            if (reason == "delivery_unknown")
                await MessageSql.AddEntryAsync(db, time, message.Conversation, message.MessageId, null, DispatcherReasons.DeliveryUnknown, time.GetUtcNow(), ct);
            else if (message.Reason.StartsWith(SendDispatcherMessage.Reason, StringComparison.Ordinal))
                await MessageSql.AddEntryAsync(db, time, message.Conversation, message.MessageId, null, DispatcherReasons.NotSent, time.GetUtcNow(), ct);
        }
    }

    /// <returns>Null if it does not open: it ends alone, and the lane goes on.</returns>
    private Begun? TryOpen(DueMessage message, DataKey key, Guid token)
    {
        try
        {
            return new(message.OutboundId, message.MessageId, message.Conversation, message.Attempts + 1, time.NewId(), token, message.IdentityKind,
                key.Decrypt(EncryptedColumns.ConversationIdentity, message.Conversation, message.Identity), MessageContent.Open(key, message.MessageId, message.Content));
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return null;
        }
    }

    private async Task SendAsync(TenantSettings tenant, Begun begun, CancellationToken ct)
    {
        try
        {
            await CallAsync(tenant, begun, ct);
        }
        catch (Exception exception)
        {
            // The lease ends it: from then on the attempt is in doubt, which is what it is. The other calls go on.
            Log.Unrecorded(logger, exception, tenant.Tenant, begun.MessageId);
        }
    }

    private async Task CallAsync(TenantSettings tenant, Begun begun, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(CallTimeout);
        try
        {
            var accepted = await whatsApp.SendAsync(
                new(tenant.PhoneNumberId!, tenant.WhatsAppAccessToken!, begun.IdentityKind == ChatIdentity.Phone, begun.Identity, begun.MessageId, begun.Attempt.ToString("N"), begun.Content), limit.Token);
            await Recording.ExecuteAsync(() => AcceptAsync(tenant.Tenant, begun, accepted));
            await JoinAsync(tenant.Tenant, begun, accepted);
        }
        catch (WhatsAppException exception)
        {
            await Recording.ExecuteAsync(() => RecordFailureAsync(tenant.Tenant, begun, exception));
        }
        catch (OperationCanceledException exception)
        {
            await Recording.ExecuteAsync(() => RecordFailureAsync(tenant.Tenant, begun, new(WhatsAppFailure.Unknown, 0, null, null, exception)));
        }
    }

    // What WhatsApp answered is written down even while the host is stopping: hence no cancellation from here on.
    private async Task AcceptAsync(TenantId tenant, Begun begun, WhatsAppAcceptance accepted)
    {
        var key = await keys.GetAsync(tenant, CancellationToken.None);
        await using var db = await dbs.BeginAsync(tenant, CancellationToken.None);
        await SendSql.AcceptAsync(db, key, begun, accepted.Wamid, time.GetUtcNow(), CancellationToken.None);
        await db.CommitAsync(CancellationToken.None);
        Log.Accepted(logger, tenant, begun.MessageId);
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

    private async Task RecordFailureAsync(TenantId tenant, Begun begun, WhatsAppException failure)
    {
        var now = time.GetUtcNow();
        Log.Failed(logger, tenant, begun.MessageId, failure.Failure, failure.Code, failure.TraceId);
        await using var db = await dbs.BeginAsync(tenant, CancellationToken.None);
        switch (failure.Failure)
        {
            case WhatsAppFailure.Unknown:
                await SendSql.DoubtAsync(db, begun, now + SendPolicy.DoubtWindow, CancellationToken.None);
                break;
            case WhatsAppFailure.Blocked:
                var until = now + (failure.Class == MetaErrorClass.StopNumber ? SpamHold : Hold);
                await SendSql.RetryAsync(db, begun, failure, until, counts: false, now, CancellationToken.None);
                await SendSql.HoldAsync(db, until, CancellationToken.None);
                await Alerts.RaiseAsync(db, time, AlertCodes.WhatsAppBlocked, Alerts.Critical, Code(failure), CancellationToken.None);
                break;
            case WhatsAppFailure.Transient when SendPolicy.NextTry(begun.Attempts, failure.RetryAfter, now) is { } next:
                await SendSql.RetryAsync(db, begun, failure, next, counts: true, now, CancellationToken.None);
                break;
            default:
                if (await SendSql.FailAsync(db, begun, failure, now, CancellationToken.None))
                    await Alerts.RaiseAsync(db, time, AlertCodes.MessageFailed, Alerts.Warning, Code(failure), CancellationToken.None);
                break;
        }
        await db.CommitAsync(CancellationToken.None);
    }

    private static string Code(WhatsAppException failure) => failure.Code.ToString(CultureInfo.InvariantCulture);

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
