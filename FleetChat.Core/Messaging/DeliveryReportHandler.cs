using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging;

/// <summary>
/// WhatsApp reports what became of a message. A report also settles an attempt whose answer was lost: it brings back the
/// attempt's id as <c>biz_opaque_callback_data</c>.
/// </summary>
public sealed class DeliveryReportHandler(StatusOrder order) : IInboxHandler
{
    public bool Handles(string source, string kind) => source == InboxSource.WhatsApp && kind == WhatsAppDelivery.Status;

    public Concerns ConcernsOf(InboxRow row) => Concerns.Nobody;

    public async Task<string> HandleAsync(InboxRow row, Processing processing, CancellationToken ct)
    {
        var report = row.Payload.Member("status");
        var (wamid, status) = (report.Text("id"), report.Text("status"));
        if (wamid is null || !DeliveryStatus.IsReported(status)) return "ignored: not a status that we know";
        var db = processing.Db;
        var at = report.UnixSeconds("timestamp") ?? row.ReceivedAt;
        var errorCode = report.Items("errors").Select(e => ((System.Text.Json.JsonElement?)e).Number("code")).FirstOrDefault() is { } code ? (int?)(int)code : null;

        var message = await SettleAsync(db, report.Text("biz_opaque_callback_data"), wamid, processing.Time.GetUtcNow(), ct)
            ?? await DeliveryReportSql.LockByWamidAsync(db, wamid, ct);
        if (message is null) return "ignored: no message of ours";
        var advances = order.Advances(message.Status, status!);
        await DeliveryReportSql.ReportAsync(db, message.Id, wamid, advances ? status! : message.Status, status!, at, errorCode, ct);
        if (advances && status == DeliveryStatus.Failed)
            await Alerts.RaiseAsync(db, processing.Time, "message.failed", Alerts.Warning, errorCode?.ToString(CultureInfo.InvariantCulture) ?? "", ct);
        return advances ? $"status: {status}" : string.Create(CultureInfo.InvariantCulture, $"noted: {status} after {message.Status}");
    }

    private static async Task<ReportedMessage?> SettleAsync(TenantDb db, string? opaque, string wamid, DateTimeOffset now, CancellationToken ct)
        => Guid.TryParseExact(opaque, "N", out var attempt) ? await DeliveryReportSql.SettleAsync(db, attempt, wamid, now, ct) : null;
}

/// <summary>The message that a report is about.</summary>
internal sealed record ReportedMessage(Guid Id, string Status);

internal static class DeliveryReportSql
{
    private const string LockByWamid = """
        select id, status
        from fleet.message_logs
        where tenant_id = $1
          and wamid = $2
          and direction = 'outbound'
        for no key update
        """;

    public static Task<ReportedMessage?> LockByWamidAsync(TenantDb db, string wamid, CancellationToken ct)
        => db.FindAsync(LockByWamid, Read, ct, P.Text(wamid));

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
        set closed_at = $3, outcome = 'accepted'
        where tenant_id = $1
          and id = $2
          and (closed_at is null or outcome = 'unknown')
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

    public static async Task<ReportedMessage?> SettleAsync(TenantDb db, Guid attempt, string wamid, DateTimeOffset now, CancellationToken ct)
    {
        var message = await db.FindAsync(LockByAttempt, Read, ct, P.Uuid(attempt));
        if (message is null) return null;
        await using var batch = db.Batch()
            .Add(CloseAttempt, P.Uuid(attempt), P.Time(now))
            .Add(FinishOutbound, P.Uuid(attempt));
        await batch.ExecuteAsync(ct);
        return message;
    }

    // Each report fills its own time, also when it comes late; a report of a second attempt keeps the first one's wamid.
    private const string Report = """
        update fleet.message_logs
        set status = $4, status_rank = $5, wamid = coalesce(wamid, $3),
            sent_at = case when $6 = 'sent' then least(sent_at, $7) else sent_at end,
            delivered_at = case when $6 = 'delivered' then least(delivered_at, $7) else delivered_at end,
            read_at = case when $6 in ('read', 'played') then least(read_at, $7) else read_at end,
            failed_at = case when $6 = 'failed' then least(failed_at, $7) else failed_at end,
            error_code = coalesce($8, error_code)
        where tenant_id = $1
          and id = $2
        """;

    public static Task ReportAsync(
        TenantDb db, Guid message, string wamid, string status, string reported, DateTimeOffset at, int? errorCode, CancellationToken ct)
        => db.ExecuteAsync(Report, ct, P.Uuid(message), P.Text(wamid), P.Text(status), P.Small(DeliveryStatus.Rank(status)), P.Text(reported), P.Time(at), P.Number(errorCode));

    private static ReportedMessage Read(Npgsql.NpgsqlDataReader row) => new(row.GetGuid(0), row.GetString(1));
}
