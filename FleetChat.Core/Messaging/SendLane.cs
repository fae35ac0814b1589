using System.Diagnostics;
using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
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
    private static readonly TimeSpan WorkingTime = TimeSpan.FromSeconds(15);

    /// <returns>Lanes that have more to send.</returns>
    public async Task<IReadOnlyList<Nudge>> HandleAsync(Nudge nudge, CancellationToken ct)
    {
        var db = dbs.For(nudge.Tenant);
        await LaneSql.LowerFlagAsync(db, Lanes.SendStage, nudge.Lane, ct);
        await SendSql.DoubtLostAsync(db, nudge.Lane, ct);
        if (await settings.FindAsync(nudge.Tenant, ct) is not { PhoneNumberId: not null, WhatsAppAccessToken: not null } tenant) return [];

        var watch = Stopwatch.StartNew();
        while (await BeginAsync(nudge, ct) is { Count: > 0 } begun)
        {
            await Task.WhenAll(begun.Where(b => b.Attempt is not null).Select(b => SendAsync(tenant, b.Message, b.Attempt!.Value, b.Token, ct)));
            if (watch.Elapsed > WorkingTime) return [nudge];
        }
        return [];
    }

    /// <summary>Decides on what is due, and commits an attempt for each message that goes out.</summary>
    private async Task<List<Begun>> BeginAsync(Nudge nudge, CancellationToken ct)
    {
        var (key, now, token) = (await keys.GetAsync(nudge.Tenant, ct), time.GetUtcNow(), time.NewId());
        await using var db = await dbs.BeginAsync(nudge.Tenant, ct);
        var conversations = await SendSql.LockConversationsAsync(db, nudge.Lane, now, AtOnce, ct);
        if (conversations.Count == 0) return [];

        var due = await SendSql.ListDueAsync(db, key, [.. conversations], now, ct);
        var begun = due.ConvertAll(message => new Begun(message, token, SendPolicy.FindObjection(message.Facts, now) is null ? time.NewId() : null));
        await using var batch = db.Batch();
        foreach (var (message, _, attempt) in begun)
        {
            if (message.IsResend)
                batch.Add(SendSql.CloseEarlier, P.Uuid(message.OutboundId), P.Time(now))
                    .Add(Alerts.Raise, Alerts.Parameters(time, "message.resent", Alerts.Info, ""));
            if (attempt is { } id) batch.Add(SendSql.LockMessage, P.Uuid(message.MessageId)).Add(SendSql.Begin, P.Uuid(message.OutboundId), P.Uuid(id), P.Uuid(token), P.Span(Lease), P.Time(now));
            else EndUnsent(batch, nudge.Tenant, message, now);
        }
        await batch.ExecuteAsync(ct);
        await db.CommitAsync(ct);
        return begun;
    }

    private void EndUnsent(TenantBatch batch, TenantId tenant, DueMessage message, DateTimeOffset now)
    {
        var (status, reason) = SendPolicy.FindObjection(message.Facts, now)!.Value;
        batch.Add(SendSql.EndUnsent, P.Uuid(message.OutboundId), P.Text(status), P.Small(DeliveryStatus.Rank(status)), P.Text(reason));
        Log.NotSent(logger, tenant, message.MessageId, reason);
    }

    private async Task SendAsync(TenantSettings tenant, DueMessage message, Guid attempt, Guid token, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(CallTimeout);
        try
        {
            var accepted = await whatsApp.SendAsync(
                new(tenant.PhoneNumberId!, tenant.WhatsAppAccessToken!, message.IdentityKind == ChatIdentity.Phone, message.Identity, message.MessageId, attempt.ToString("N"), message.Content), limit.Token);
            await AcceptAsync(tenant.Tenant, message, attempt, accepted);
        }
        catch (WhatsAppException exception)
        {
            await RecordFailureAsync(tenant.Tenant, message, attempt, token, exception);
        }
        catch (OperationCanceledException exception)
        {
            await RecordFailureAsync(tenant.Tenant, message, attempt, token, new(WhatsAppFailure.Unknown, 0, null, null, exception));
        }
    }

    // What WhatsApp answered is written down even while the host is stopping: hence no cancellation from here on.
    private async Task AcceptAsync(TenantId tenant, DueMessage message, Guid attempt, WhatsAppAcceptance accepted)
    {
        await using var db = await dbs.BeginAsync(tenant, CancellationToken.None);
        await SendSql.AcceptAsync(db, attempt, message, accepted.Wamid, time.GetUtcNow(), CancellationToken.None);
        if (PhoneNumber.FromWhatsApp(accepted.UserPhone) is { } number && number.E164 != message.Identity)
            await Conversations.AddIdentityAsync(db, await keys.GetAsync(tenant, CancellationToken.None), message.Conversation, ChatIdentity.Of(number), time, CancellationToken.None);
        await db.CommitAsync(CancellationToken.None);
        Log.Accepted(logger, tenant, message.MessageId);
    }

    private async Task RecordFailureAsync(TenantId tenant, DueMessage message, Guid attempt, Guid token, WhatsAppException failure)
    {
        var now = time.GetUtcNow();
        Log.Failed(logger, tenant, message.MessageId, failure.Failure, failure.Code, failure.TraceId);
        await using var db = await dbs.BeginAsync(tenant, CancellationToken.None);
        if (failure.Failure == WhatsAppFailure.Unknown)
        {
            await SendSql.PostponeAsync(db, attempt, message, token, "doubt", now + SendPolicy.DoubtWindow, "unknown", 0, null, now, CancellationToken.None);
        }
        else if (failure.Failure == WhatsAppFailure.Transient && SendPolicy.NextTry(message.Attempts + 1, failure.RetryAfter, now) is { } next)
        {
            await SendSql.PostponeAsync(db, attempt, message, token, "waiting", next, "transient", failure.Code, failure.TraceId, now, CancellationToken.None);
        }
        else
        {
            await SendSql.FailAsync(db, attempt, message, token, "refused", failure.Code, failure.TraceId, now, CancellationToken.None);
            await Alerts.RaiseAsync(db, time, "message.failed", Alerts.Warning, failure.Code.ToString(CultureInfo.InvariantCulture), CancellationToken.None);
        }
        await db.CommitAsync(CancellationToken.None);
    }

    /// <param name="Attempt">Null: it was decided that the message must not go out.</param>
    private sealed record Begun(DueMessage Message, Guid Token, Guid? Attempt);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Message {MessageId} of {TenantId} accepted by WhatsApp")]
        public static partial void Accepted(ILogger logger, TenantId tenantId, Guid messageId);

        [LoggerMessage(Level = LogLevel.Information, Message = "Message {MessageId} of {TenantId} not sent: {Reason}")]
        public static partial void NotSent(ILogger logger, TenantId tenantId, Guid messageId, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Message {MessageId} of {TenantId} not accepted: {Failure}, code {Code}, trace {TraceId}")]
        public static partial void Failed(ILogger logger, TenantId tenantId, Guid messageId, WhatsAppFailure failure, int code, string? traceId);
    }
}
