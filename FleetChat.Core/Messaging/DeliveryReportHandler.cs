using System.Globalization;
using System.Text.Json;
using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging;

/// <summary>
/// WhatsApp reports what became of a message. A report also settles an attempt whose answer was lost: it brings back the
/// attempt's id as <c>biz_opaque_callback_data</c>.
/// </summary>
public sealed class DeliveryReportHandler(StatusOrder order) : IInboxHandler
{
    /// <summary>A report may overtake the answer to the very call that it is about; after this it is about no message of ours.</summary>
    private static readonly TimeSpan AnswerMayBeUnderWay = 2 * SendLane.CallTimeout;

    public bool Handles(string source, string kind) => source == InboxSource.WhatsApp && kind == WhatsAppDelivery.Status;

    public Concerns ConcernsOf(InboxRow row) => Concerns.Nobody;

    public async Task<string> HandleAsync(InboxRow row, Processing processing, CancellationToken ct)
    {
        var status = row.Payload.Member("status");
        var (wamid, reported) = (status.Text("id"), status.Text("status"));
        if (wamid is null || !DeliveryStatus.IsReported(reported)) return "ignored: not a status that we know";
        var at = status.UnixSeconds("timestamp")?.NoLaterThan(row.ReceivedAt) ?? row.ReceivedAt;
        var report = new DeliveryReport(wamid, reported!, at, ErrorCodeOf(status), Pricing.Of(status));

        var message = await SettleAsync(processing, status.Text("biz_opaque_callback_data"), report, ct)
            ?? await DeliveryReportSql.LockByWamidAsync(processing.Db, processing.Key, wamid, ct);
        if (message is null)
            return processing.Time.GetUtcNow() - row.ReceivedAt < AnswerMayBeUnderWay ? $"{IInboxHandler.Later} no message of ours yet" : "ignored: no message of ours";

        var advances = order.Advances(message.Status, report.Status);
        if (advances && report.Status == DeliveryStatus.Failed && await FailAsync(processing, message, report, ct) is { } outcome)
        {
            await DeliveryReportSql.ReportAsync(processing.Db, processing.Key, message.Id, report, message.Status, ct);
            return outcome;
        }
        await DeliveryReportSql.ReportAsync(processing.Db, processing.Key, message.Id, report, advances ? report.Status : message.Status, ct);
        // Read says delivered once more; what WhatsApp counts as failed first and delivered then is told as both.
        if (advances && report.Status == DeliveryStatus.Failed) FleetMetrics.CountReport("failed", report.ErrorCode ?? 0);
        else if (advances && report.ProvesDelivery && DeliveryStatus.Rank(message.Status) < DeliveryStatus.Rank(DeliveryStatus.Delivered)) FleetMetrics.CountReport("delivered", 0);
        if (report.ProvesDelivery && message.OutboundStatus is "waiting" or "retrying" or "doubt") await EndRetryAsync(processing, message.OutboundId!.Value, ct);
        return advances ? $"status: {report.Status}" : $"noted: {report.Status} after {message.Status}";
    }

    /// <returns>Null: it has failed for good. Else what is noted, and the message's status stays as it is.</returns>
    private static async Task<string?> FailAsync(Processing processing, ReportedMessage message, DeliveryReport report, CancellationToken ct)
    {
        var (db, now) = (processing.Db, processing.Time.GetUtcNow());
        if (await DeliveryReportSql.FindTryAsync(db, processing.Key, message.Id, report.Wamid, ct) is not { } tried)
            return await FollowForGoodAsync(processing, message, report, ct);
        // Of one that was taken up already, or that a newer one replaced: what becomes of the message is the newer one's to say.
        if (!tried.IsNewest || tried.Outcome == DeliveryReportSql.FailedAttempt) return $"noted: {report.Status} of an earlier attempt";
        if (message.IsRestored) return await FollowRestoredAsync(processing, message, report, ct);

        var code = report.ErrorCode ?? 0;
        var errorClass = MetaErrors.Classify(report.ErrorCode ?? int.MaxValue, isTransient: false);
        var content = new RowOpener(processing.Key).Open(key => MessageContent.Open(key, message.Id, tried.Content));
        var failed = new FailedSend(errorClass, code, null, tried.Attempts, tried.Conversation, content is null ? null : SendingHolds.SubjectOf(content));
        var dueAt = await FailedSends.IsOfOldTokenAsync(db, processing.Key, processing.Settings, failed, ct)
            ? now
            : await FailedSends.FollowAsync(db, processing.Key, processing.Settings, processing.Time, failed, ct);
        if (dueAt is not { } next || tried.ValidUntil < next || message.OutboundId is not { } outbound || message.OutboundStatus != "done")
            return await FollowForGoodAsync(processing, message, report, ct);

        await DeliveryReportSql.TryAgainAsync(db, outbound, tried.Attempt, code, next, ct);
        await processing.StartAsync(RetryMessage.Flow, outbound, ct);
        await processing.WakeAsync(RetryMessage.Flow, outbound, ct);
        return string.Create(CultureInfo.InvariantCulture, $"retry: {code}");
    }

    private static async Task<string?> FollowForGoodAsync(Processing processing, ReportedMessage message, DeliveryReport report, CancellationToken ct)
    {
        var (db, now) = (processing.Db, processing.Time.GetUtcNow());
        await Alerts.RaiseAsync(db, processing.Time, AlertCodes.MessageFailed, Alerts.Warning, report.ErrorCode is { } code ? FailedSends.Text(code) : "", ct);
        // As where WhatsApp refuses it at once: see SendLane.
        var isWindowClosed = report.ErrorCode is { } known && MetaErrors.Find(known)?.Class == MetaErrorClass.UseTemplate;
        if (isWindowClosed && await ClosedWindow.FollowAsync(db, processing.Key, processing.Settings, processing.Time, message.Id, report.At, ct)) processing.SendLaneOf(message.Conversation);
        else if (isWindowClosed || message.Reason.StartsWith(SendDispatcherMessage.Reason, StringComparison.Ordinal))
            await MessageSql.AddEntryAsync(db, processing.Time, message.Conversation, message.Id, null, DispatcherReasons.NotSent, now, ct);
        return null;
    }

    // It may have been tried again in the time that the database lost.
    private static async Task<string?> FollowRestoredAsync(Processing processing, ReportedMessage message, DeliveryReport report, CancellationToken ct)
    {
        await Alerts.RaiseAsync(processing.Db, processing.Time, AlertCodes.MessageFailed, Alerts.Warning, report.ErrorCode is { } code ? FailedSends.Text(code) : "", ct);
        await MessageSql.AddEntryAsync(processing.Db, processing.Time, message.Conversation, message.Id, null, DispatcherReasons.NotSent, processing.Time.GetUtcNow(), ct);
        return null;
    }

    /// <summary>He has it after all: it is not sent again.</summary>
    private static async Task EndRetryAsync(Processing processing, Guid outbound, CancellationToken ct)
    {
        await DeliveryReportSql.FinishAsync(processing.Db, outbound, ct);
        await processing.WakeAsync(RetryMessage.Flow, outbound, ct);
    }

    private static async Task<ReportedMessage?> SettleAsync(Processing processing, string? opaque, DeliveryReport report, CancellationToken ct)
        => AttemptReference.TryRead(opaque, out var attempt)
            ? await DeliveryReportSql.SettleAsync(processing.Db, processing.Key, attempt, report, processing.Settings.TimeZone, processing.Time.GetUtcNow(), ct)
            : null;

    private static int? ErrorCodeOf(JsonElement? status)
        => status.Items("errors").Select(error => ((JsonElement?)error).Number("code")).FirstOrDefault() is { } code and > int.MinValue and < int.MaxValue ? (int)code : null;
}

/// <param name="At">When it happened, by WhatsApp's clock.</param>
/// <param name="Pricing">What it costs; only some reports say so.</param>
internal sealed record DeliveryReport(string Wamid, string Status, DateTimeOffset At, int? ErrorCode, Pricing? Pricing)
{
    /// <summary>Whether the driver has it.</summary>
    public bool ProvesDelivery => Status is DeliveryStatus.Delivered or DeliveryStatus.Read or DeliveryStatus.Played;
}

/// <param name="Category">WhatsApp's word, such as <c>utility</c>.</param>
internal sealed record Pricing(string Category, bool? IsBillable)
{
    private const int LongestCategory = 64;

    public static Pricing? Of(JsonElement? status)
        => status.Member("pricing") is { ValueKind: JsonValueKind.Object } pricing && ((JsonElement?)pricing).Text("category") is { Length: > 0 and <= LongestCategory } category
            ? new(category, ((JsonElement?)pricing).Member("billable")?.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null })
            : null;
}

/// <summary>The message that a report is about.</summary>
/// <param name="OutboundId">Of the sender's row; null once that is forgotten.</param>
/// <param name="IsRestored">It was doubtful when the database was restored: it is not sent again by itself.</param>
/// <param name="Reason">Why it was sent, as a code.</param>
internal sealed record ReportedMessage(Guid Id, string Status, Guid Conversation, Guid? OutboundId, string? OutboundStatus, bool IsRestored, string Reason);

/// <summary>The attempt that a report is about.</summary>
/// <param name="Attempts">Of the message, all together.</param>
internal sealed record ReportedTry(Guid Attempt, string? Outcome, bool IsNewest, int Attempts, DateTimeOffset? ValidUntil, Guid Conversation, byte[] Content);

internal static class DeliveryReportSql
{
    /// <summary>Of an attempt that was accepted, reported as failed, and followed by another one.</summary>
    public const string FailedAttempt = "failed";

    private const string LockByWamid = """
        select m.id, m.status, m.conversation_id, o.id, o.status, o.restore_id is not null, m.reason
        from fleet.message_logs m
        left join fleet.outbound o on o.tenant_id = $1 and o.message_id = m.id
        where m.tenant_id = $1
          and m.direction = 'outbound'
          and (m.wamid_index = $2
               or m.id = (select a.message_id from fleet.attempts a where a.tenant_id = $1 and a.wamid_index = $2))
        for no key update of m
        """;

    public static Task<ReportedMessage?> LockByWamidAsync(TenantDb db, DataKey key, string wamid, CancellationToken ct)
        => db.FindAsync(LockByWamid, Read, ct, P.Bytes(key.WamidIndex(wamid)));

    private const string LockByAttempt = """
        select a.started_at
        from fleet.message_logs m
        join fleet.attempts a on a.tenant_id = m.tenant_id and a.message_id = m.id
        where m.tenant_id = $1
          and a.id = $2
        for no key update of m
        """;

    // The attempt's own HTTP answer may still be under way, or lost for good: whoever comes first closes it.
    private const string CloseAttempt = $"""
        with closed as (
            update fleet.attempts
            set closed_at = $3, outcome = 'accepted', wamid_index = coalesce(wamid_index, $4)
            where tenant_id = $1
              and id = $2
              and (closed_at is null or outcome in ('unknown', 'transient'))
            returning message_id, $5 as period, $6 as at
        )
        {UsageFacts.AddSent}
        """;

    // What was to be sent again, because this attempt failed, is not ended by a late word of the same attempt. That an earlier one
    // failed says nothing about the newest.
    private const string FinishOutbound = """
        update fleet.outbound o
        set status = 'done', lease_token = null, lease_until = null
        from fleet.attempts a
        where o.tenant_id = $1
          and a.tenant_id = $1
          and a.id = $2
          and a.outcome <> 'failed'
          and ($3 <> 'failed' or not exists (
              select
              from fleet.attempts n
              where n.tenant_id = $1
                and n.outbound_id = a.outbound_id
                and (n.started_at, n.id) > (a.started_at, a.id)))
          and o.id = a.outbound_id
          and o.status <> 'done'
        """;

    private const string FindByAttempt = """
        select m.id, m.status, m.conversation_id, o.id, o.status, o.restore_id is not null, m.reason
        from fleet.attempts a
        join fleet.message_logs m on m.tenant_id = $1 and m.id = a.message_id
        left join fleet.outbound o on o.tenant_id = $1 and o.message_id = m.id
        where a.tenant_id = $1
          and a.id = $2
        """;

    // Begun in the time that a restored database lost: what WhatsApp tells of it is all that is known.
    private const string AddLostAttempt = """
        insert into fleet.attempts (tenant_id, id, outbound_id, message_id, started_at)
        select $1, $2, o.id, o.message_id, $4
        from fleet.outbound o
        where o.tenant_id = $1
          and o.message_id = $3
          and o.restore_id is not null
        on conflict (tenant_id, id) do nothing
        """;

    public static async Task<ReportedMessage?> SettleAsync(TenantDb db, DataKey key, AttemptReference reference, DeliveryReport report, TimeZoneInfo zone, DateTimeOffset now, CancellationToken ct)
    {
        var attempt = reference.Attempt;
        var usedAt = await FindStartAsync(db, attempt, ct);
        if (usedAt is null && reference.Message is { } message && await db.ExecuteAsync(AddLostAttempt, ct, P.Uuid(attempt), P.Uuid(message), P.Time(report.At)) > 0) usedAt = await FindStartAsync(db, attempt, ct);
        if (usedAt is not { } at) return null;
        await using var batch = db.Batch()
            .Add(CloseAttempt, P.Uuid(attempt), P.Time(now), P.Bytes(key.WamidIndex(report.Wamid)), P.Day(BillingPeriod.Of(at, zone)), P.Time(at))
            .Add(FinishOutbound, P.Uuid(attempt), P.Text(report.Status))
            .Add(FindByAttempt, P.Uuid(attempt));
        await using var reader = await batch.ReadAsync(ct);
        return (await reader.ListAsync(Read, ct))[0];
    }

    private static Task<DateTimeOffset?> FindStartAsync(TenantDb db, Guid attempt, CancellationToken ct) => db.FindAsync<DateTimeOffset?>(LockByAttempt, row => row.Time(0), ct, P.Uuid(attempt));

    private const string FindTry = """
        select a.id, a.outcome,
               not exists (
                   select
                   from fleet.attempts n
                   where n.tenant_id = $1
                     and n.message_id = $2
                     and (n.started_at, n.id) > (a.started_at, a.id)),
               o.attempts, o.valid_until, m.conversation_id, m.content
        from fleet.attempts a
        join fleet.outbound o on o.tenant_id = $1 and o.id = a.outbound_id
        join fleet.message_logs m on m.tenant_id = $1 and m.id = a.message_id
        where a.tenant_id = $1
          and a.message_id = $2
          and a.wamid_index = $3
        """;

    /// <summary>The attempt that WhatsApp calls so. Null: it is forgotten.</summary>
    public static Task<ReportedTry?> FindTryAsync(TenantDb db, DataKey key, Guid message, string wamid, CancellationToken ct)
        => db.FindAsync(FindTry, row => new ReportedTry(row.GetGuid(0), row.TextOrNull(1), row.GetBoolean(2), row.GetInt32(3), row.TimeOrNull(4), row.GetGuid(5), row.Bytes(6)), ct,
            P.Uuid(message), P.Bytes(key.WamidIndex(wamid)));

    private const string FailAttempt = """
        update fleet.attempts
        set outcome = 'failed', error_code = $3
        where tenant_id = $1
          and id = $2
        """;

    private const string Retry = """
        update fleet.outbound
        set status = 'retrying', due_at = $3, retries = retries + 1
        where tenant_id = $1
          and id = $2
          and status = 'done'
        """;

    public static async Task TryAgainAsync(TenantDb db, Guid outbound, Guid attempt, int code, DateTimeOffset dueAt, CancellationToken ct)
    {
        await using var batch = db.Batch()
            .Add(FailAttempt, P.Uuid(attempt), P.Number((int?)code))
            .Add(Retry, P.Uuid(outbound), P.Time(dueAt));
        await batch.ExecuteAsync(ct);
    }

    private const string Finish = """
        update fleet.outbound
        set status = 'done'
        where tenant_id = $1
          and id = $2
          and status in ('waiting', 'retrying', 'doubt')
        """;

    public static Task FinishAsync(TenantDb db, Guid outbound, CancellationToken ct) => db.ExecuteAsync(Finish, ct, P.Uuid(outbound));

    // Each report fills its own time, also when it comes late; a report of a second attempt keeps the first one's wamid. A code
    // of a failure that a delivery disproved goes with it. What it costs is told once or twice, and kept once.
    private const string Report = """
        update fleet.message_logs
        set status = $5, status_rank = $6, wamid = coalesce(wamid, $3), wamid_index = coalesce(wamid_index, $4),
            sent_at = case when $7 = 'sent' then least(sent_at, $8) else sent_at end,
            delivered_at = case when $7 = 'delivered' then least(delivered_at, $8) else delivered_at end,
            read_at = case when $7 in ('read', 'played') then least(read_at, $8) else read_at end,
            failed_at = case when $7 = 'failed' then least(failed_at, $8) else failed_at end,
            error_code = case when $5 = 'failed' then coalesce($9, error_code) when $6 > 3 then null else error_code end,
            pricing_category = coalesce(pricing_category, $10),
            billable = case when pricing_category is null then $11 else billable end
        where tenant_id = $1
          and id = $2
        """;

    /// <param name="status">The one that the message has from now on.</param>
    public static Task ReportAsync(TenantDb db, DataKey key, Guid message, DeliveryReport report, string status, CancellationToken ct)
        => db.ExecuteAsync(Report, ct,
            P.Uuid(message), P.Bytes(key.Encrypt(EncryptedColumns.MessageWamid, message, report.Wamid)), P.Bytes(key.WamidIndex(report.Wamid)),
            P.Text(status), P.Small(DeliveryStatus.Rank(status)), P.Text(report.Status), P.Time(report.At), P.Number(report.ErrorCode),
            P.Text(report.Pricing?.Category), P.Bool(report.Pricing?.IsBillable));

    private static ReportedMessage Read(Npgsql.NpgsqlDataReader row)
        => new(row.GetGuid(0), row.GetString(1), row.GetGuid(2), row.GuidOrNull(3), row.TextOrNull(4), row.GetBoolean(5), row.GetString(6));
}
