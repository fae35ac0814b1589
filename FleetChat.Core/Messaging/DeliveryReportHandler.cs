using System.Globalization;
using System.Text.Json;
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
        var report = new DeliveryReport(wamid, reported!, at, ErrorCodeOf(status));

        var message = await SettleAsync(processing, status.Text("biz_opaque_callback_data"), wamid, ct)
            ?? await DeliveryReportSql.LockByWamidAsync(processing.Db, processing.Key, wamid, ct);
        if (message is null)
            return processing.Time.GetUtcNow() - row.ReceivedAt < AnswerMayBeUnderWay ? $"{IInboxHandler.Later} no message of ours yet" : "ignored: no message of ours";

        var advances = order.Advances(message.Status, report.Status);
        await DeliveryReportSql.ReportAsync(processing.Db, processing.Key, message.Id, report, advances ? report.Status : message.Status, ct);
        if (advances && report.Status == DeliveryStatus.Failed)
            await Alerts.RaiseAsync(processing.Db, processing.Time, AlertCodes.MessageFailed, Alerts.Warning, report.ErrorCode?.ToString(CultureInfo.InvariantCulture) ?? "", ct);
        return advances ? $"status: {report.Status}" : $"noted: {report.Status} after {message.Status}";
    }

    private static async Task<ReportedMessage?> SettleAsync(Processing processing, string? opaque, string wamid, CancellationToken ct)
        => Guid.TryParseExact(opaque, "N", out var attempt)
            ? await DeliveryReportSql.SettleAsync(processing.Db, processing.Key, attempt, wamid, processing.Time.GetUtcNow(), ct)
            : null;

    private static int? ErrorCodeOf(JsonElement? status)
        => status.Items("errors").Select(error => ((JsonElement?)error).Number("code")).FirstOrDefault() is { } code and > int.MinValue and < int.MaxValue ? (int)code : null;
}

/// <param name="At">When it happened, by WhatsApp's clock.</param>
internal sealed record DeliveryReport(string Wamid, string Status, DateTimeOffset At, int? ErrorCode);

/// <summary>The message that a report is about.</summary>
internal sealed record ReportedMessage(Guid Id, string Status);

internal static class DeliveryReportSql
{
    private const string LockByWamid = """
        select id, status
        from fleet.message_logs
        where tenant_id = $1
          and direction = 'outbound'
          and (wamid_index = $2
               or id = (select a.message_id from fleet.attempts a where a.tenant_id = $1 and a.wamid_index = $2))
        for no key update
        """;

    public static Task<ReportedMessage?> LockByWamidAsync(TenantDb db, DataKey key, string wamid, CancellationToken ct)
        => db.FindAsync(LockByWamid, Read, ct, P.Bytes(key.WamidIndex(wamid)));

    private const string LockByAttempt = """
        select m.id, m.status
        from fleet.message_logs m
        join fleet.attempts a on a.tenant_id = m.tenant_id and a.message_id = m.id
        where m.tenant_id = $1
          and a.id = $2
        for no key update of m
        """;

    // The attempt's own HTTP answer may still be under way, or lost for good: whoever comes first closes it.
    private const string CloseAttempt = """
        update fleet.attempts
        set closed_at = $3, outcome = 'accepted', wamid_index = coalesce(wamid_index, $4)
        where tenant_id = $1
          and id = $2
          and (closed_at is null or outcome in ('unknown', 'transient'))
        """;

    private const string FinishOutbound = """
        update fleet.outbound o
        set status = 'done', lease_token = null, lease_until = null
        from fleet.attempts a
        where o.tenant_id = $1
          and a.tenant_id = $1
          and a.id = $2
          and o.id = a.outbound_id
          and o.status <> 'done'
        """;

    public static async Task<ReportedMessage?> SettleAsync(TenantDb db, DataKey key, Guid attempt, string wamid, DateTimeOffset now, CancellationToken ct)
    {
        var message = await db.FindAsync(LockByAttempt, Read, ct, P.Uuid(attempt));
        if (message is null) return null;
        await using var batch = db.Batch()
            .Add(CloseAttempt, P.Uuid(attempt), P.Time(now), P.Bytes(key.WamidIndex(wamid)))
            .Add(FinishOutbound, P.Uuid(attempt));
        await batch.ExecuteAsync(ct);
        return message;
    }

    // Each report fills its own time, also when it comes late; a report of a second attempt keeps the first one's wamid. A code
    // of a failure that a delivery disproved goes with it.
    private const string Report = """
        update fleet.message_logs
        set status = $5, status_rank = $6, wamid = coalesce(wamid, $3), wamid_index = coalesce(wamid_index, $4),
            sent_at = case when $7 = 'sent' then least(sent_at, $8) else sent_at end,
            delivered_at = case when $7 = 'delivered' then least(delivered_at, $8) else delivered_at end,
            read_at = case when $7 in ('read', 'played') then least(read_at, $8) else read_at end,
            failed_at = case when $7 = 'failed' then least(failed_at, $8) else failed_at end,
            error_code = case when $5 = 'failed' then coalesce($9, error_code) when $6 > 3 then null else error_code end
        where tenant_id = $1
          and id = $2
        """;

    /// <param name="status">The one that the message has from now on.</param>
    public static Task ReportAsync(TenantDb db, DataKey key, Guid message, DeliveryReport report, string status, CancellationToken ct)
        => db.ExecuteAsync(Report, ct,
            P.Uuid(message), P.Bytes(key.Encrypt(EncryptedColumns.MessageWamid, message, report.Wamid)), P.Bytes(key.WamidIndex(report.Wamid)),
            P.Text(status), P.Small(DeliveryStatus.Rank(status)), P.Text(report.Status), P.Time(report.At), P.Number(report.ErrorCode));

    private static ReportedMessage Read(Npgsql.NpgsqlDataReader row) => new(row.GetGuid(0), row.GetString(1));
}
