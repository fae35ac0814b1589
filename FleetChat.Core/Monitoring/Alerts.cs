using FleetChat.Core.Data;
using FleetChat.Core.Webhooks;
using Npgsql;

namespace FleetChat.Core.Monitoring;

/// <summary>Raises alerts. One that is open already about the same subject is counted, not repeated.</summary>
public static class Alerts
{
    public const string Info = "info";
    public const string Warning = "warning";
    public const string Critical = "critical";

    /// <summary>For a batch; parameters by <see cref="Parameters"/>.</summary>
    public const string Raise = $"""
        with raised as (
            insert into fleet.alerts as a (tenant_id, id, code, severity, subject, opened_at, last_at)
            values ($1, $2, $3, $4, $5, $6, $6)
            on conflict (tenant_id, code, subject) where closed_at is null do update
            set count = a.count + 1, last_at = excluded.last_at
            returning id, count
        ), cause as (
            select id, '{WebhookEventTypes.AlertOpened}' as type, id as subject_id, '' as detail, $6 as at, $6 as now
            from raised
            where count = 1
        )
        {OutgoingWebhooks.Add}
        """;

    /// <param name="subject">An id of what it is about; never a name, a number or a text that somebody wrote.</param>
    public static NpgsqlParameter[] Parameters(TimeProvider time, string code, string severity, string subject)
        => [P.Uuid(time.NewId()), P.Text(code), P.Text(severity), P.Text(subject), P.Time(time.GetUtcNow())];

    public static Task RaiseAsync(TenantDb db, TimeProvider time, string code, string severity, string subject, CancellationToken ct)
        => db.ExecuteAsync(Raise, ct, Parameters(time, code, severity, subject));

    /// <summary>For a batch, with code, subject and the time: what it was about is over.</summary>
    public const string Close = """
        update fleet.alerts
        set closed_at = $4
        where tenant_id = $1
          and code = $2
          and subject = $3
          and closed_at is null
        """;

    public static Task CloseAsync(TenantDb db, TimeProvider time, string code, string subject, CancellationToken ct)
        => db.ExecuteAsync(Close, ct, P.Text(code), P.Text(subject), P.Time(time.GetUtcNow()));

    private const string RaiseForPlatform = """
        insert into fleet.platform_alerts as a (id, code, severity, subject, count, opened_at, last_at)
        select g.id, g.code, $1, g.subject, g.count, $2, $2
        from unnest($3, $4, $5, $6) as g (id, code, subject, count)
        order by g.code, g.subject
        on conflict (code, subject) where closed_at is null do update
        set count = a.count + excluded.count, last_at = excluded.last_at
        """;

    private const string CloseForPlatform = """
        update fleet.platform_alerts
        set closed_at = $2
        where code = $1
          and subject <> all($3)
          and closed_at is null
        """;

    private const string OpenForPlatform = """
        insert into fleet.platform_alerts (id, code, severity, subject, count, opened_at, last_at)
        select g.id, $1, $2, g.subject, 1, $3, $3
        from unnest($4, $5) as g (id, subject)
        on conflict (code, subject) where closed_at is null do nothing
        """;

    /// <summary>What it was about is over, but for these subjects.</summary>
    public static Task CloseForPlatformAsync(SystemDb db, TimeProvider time, string code, string[] subjects, CancellationToken ct)
        => db.ExecuteAsync(CloseForPlatform, ct, P.Text(code), P.Time(time.GetUtcNow()), P.Texts(subjects));

    /// <summary>What is looked at again and again: open are exactly those about these subjects, however often that is said.</summary>
    public static async Task SetForPlatformAsync(SystemDb db, TimeProvider time, string code, string severity, string[] subjects, CancellationToken ct)
    {
        await CloseForPlatformAsync(db, time, code, subjects, ct);
        var now = time.GetUtcNow();
        await db.ExecuteAsync(OpenForPlatform, ct, P.Text(code), P.Text(severity), P.Time(now), P.Uuids(Array.ConvertAll(subjects, _ => time.NewId())), P.Texts(subjects));
    }

    /// <summary>Each as often as it is given, in one statement.</summary>
    public static Task RaiseForPlatformAsync(SystemDb db, TimeProvider time, IReadOnlyCollection<(string Code, string Subject)> alerts, string severity, CancellationToken ct)
    {
        var counted = alerts.CountBy(a => a).ToArray();
        return db.ExecuteAsync(RaiseForPlatform, ct,
            P.Text(severity), P.Time(time.GetUtcNow()), P.Uuids(Array.ConvertAll(counted, _ => time.NewId())),
            P.Texts(Array.ConvertAll(counted, a => a.Key.Code)), P.Texts(Array.ConvertAll(counted, a => a.Key.Subject)), P.Numbers(Array.ConvertAll(counted, a => a.Value)));
    }
}
