using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;

namespace FleetChat.Core.Samsara.Polling;

/// <summary>How polling stands, and the alert that goes with it: one for each kind of trouble, however many feeds have it, closed when none has it any more.</summary>
internal static class PollSql
{
    /// <summary>Of trouble that passes by itself: one slow answer is nobody's business.</summary>
    private const int FailuresToAlert = 3;

    public static string ProblemOf(SamsaraFailure failure) => failure switch
    {
        SamsaraFailure.Refused => AlertCodes.SamsaraRefused,
        SamsaraFailure.RateLimited => AlertCodes.SamsaraRateLimited,
        _ => AlertCodes.SamsaraUnreachable,
    };

    private const string FindConnection = """
        select connection
        from fleet.samsara_polls
        where tenant_id = $1
          and feed = $2
        """;

    /// <returns>Of the last whole look; null before the first.</returns>
    public static Task<byte[]?> FindConnectionAsync(TenantDb db, string feed, CancellationToken ct) => db.FindAsync(FindConnection, row => row.BytesOrNull(0), ct, P.Text(feed));

    private const string Succeed = """
        insert into fleet.samsara_polls (tenant_id, feed, connection, looked_at)
        values ($1, $2, $3, $4)
        on conflict (tenant_id, feed) do update
        set connection = excluded.connection, looked_at = excluded.looked_at, failures = 0, problem = null
        """;

    public static async Task SucceedAsync(Processing processing, string feed, byte[] connection, DateTimeOffset at, CancellationToken ct)
    {
        await using var batch = processing.Db.Batch()
            .Add(Succeed, P.Text(feed), P.Bytes(connection), P.Time(at))
            .Add(CloseOver, P.Time(processing.Time.GetUtcNow()));
        await batch.ExecuteAsync(ct);
    }

    private const string Fail = """
        insert into fleet.samsara_polls as p (tenant_id, feed, failures, problem)
        values ($1, $2, 1, $3)
        on conflict (tenant_id, feed) do update
        set failures = p.failures + 1, problem = excluded.problem
        returning p.failures
        """;

    public static async Task FailAsync(Processing processing, string feed, string problem, CancellationToken ct)
    {
        var (db, time) = (processing.Db, processing.Time);
        var failures = await db.FindAsync(Fail, row => row.GetInt32(0), ct, P.Text(feed), P.Text(problem));
        await db.ExecuteAsync(CloseOver, ct, P.Time(time.GetUtcNow()));
        var isRefused = problem == AlertCodes.SamsaraRefused;
        if (isRefused || failures >= FailuresToAlert) await Alerts.RaiseAsync(db, time, problem, isRefused ? Alerts.Critical : Alerts.Warning, "", ct);
    }

    private const string CloseOver = $"""
        update fleet.alerts a
        set closed_at = $2
        where a.tenant_id = $1
          and a.code in ('{AlertCodes.SamsaraRefused}', '{AlertCodes.SamsaraUnreachable}', '{AlertCodes.SamsaraRateLimited}')
          and a.subject = ''
          and a.closed_at is null
          and not exists (
              select
              from fleet.samsara_polls p
              where p.tenant_id = $1
                and p.problem = a.code)
        """;
}
