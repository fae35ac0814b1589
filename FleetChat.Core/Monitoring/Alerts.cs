using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Core.Monitoring;

/// <summary>Raises alerts. One that is open already about the same subject is counted, not repeated.</summary>
public static class Alerts
{
    public const string Info = "info";
    public const string Warning = "warning";
    public const string Critical = "critical";

    /// <summary>For a batch; parameters by <see cref="Parameters"/>.</summary>
    public const string Raise = """
        insert into fleet.alerts as a (tenant_id, id, code, severity, subject, opened_at, last_at)
        values ($1, $2, $3, $4, $5, $6, $6)
        on conflict (tenant_id, code, subject) where closed_at is null do update
        set count = a.count + 1, last_at = excluded.last_at
        """;

    /// <param name="subject">An id of what it is about; never a name, a number or a text that somebody wrote.</param>
    public static NpgsqlParameter[] Parameters(TimeProvider time, string code, string severity, string subject)
        => [P.Uuid(time.NewId()), P.Text(code), P.Text(severity), P.Text(subject), P.Time(time.GetUtcNow())];

    public static Task RaiseAsync(TenantDb db, TimeProvider time, string code, string severity, string subject, CancellationToken ct)
        => db.ExecuteAsync(Raise, ct, Parameters(time, code, severity, subject));

    private const string RaiseForPlatform = """
        insert into fleet.platform_alerts as a (id, code, severity, subject, opened_at, last_at)
        values ($1, $2, $3, $4, $5, $5)
        on conflict (code, subject) where closed_at is null do update
        set count = a.count + 1, last_at = excluded.last_at
        """;

    public static Task RaiseForPlatformAsync(SystemDb db, TimeProvider time, string code, string severity, string subject, CancellationToken ct)
        => db.ExecuteAsync(RaiseForPlatform, ct, Parameters(time, code, severity, subject));
}
