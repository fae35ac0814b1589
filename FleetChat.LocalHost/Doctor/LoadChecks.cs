using System.Globalization;
using FleetChat.LocalHost.Commands;
using Npgsql;

namespace FleetChat.LocalHost.Doctor;

/// <summary>What slows a database that is otherwise in order.</summary>
internal static class LoadChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("postgres.long_transactions", Need.Database, LongTransactionsAsync),
        new("postgres.lock_waits", Need.Database, LockWaitsAsync),
        new("postgres.dead_rows", Need.Database, DeadRowsAsync),
        new("postgres.autovacuum", Need.Database, AutovacuumAsync),
        new("postgres.transaction_age", Need.Database, TransactionAgeAsync),
    ];

    private const string LongTransactions = """
        select pid, coalesce(usename::text, ''), coalesce(state, ''), now() - xact_start
        from pg_catalog.pg_stat_activity
        where datname = current_database()
          and pid <> pg_backend_pid()
          and backend_type = 'client backend'
          and application_name <> 'fleetchat looks'
          and clock_timestamp() - xact_start > $1
        order by xact_start
        """;

    private static async Task<Finding> LongTransactionsAsync(Examined examined, CancellationToken ct)
    {
        var open = await examined.Views!.Admin.ListAsync(LongTransactions, Describe, ct, Span(examined.Limits.Transaction));
        return open.Count == 0
            ? Finding.Fine("none")
            : Finding.Warning($"open: {string.Join("; ", open)}", "Rows that were deleted since cannot be cleared away, so the queues' tables grow and slow down.", "End the program that forgot it, or the session: select pg_terminate_backend(pid)");

        static string Describe(NpgsqlDataReader row) => string.Create(CultureInfo.InvariantCulture, $"process {row.GetInt32(0)} of {row.GetString(1)}, {row.GetString(2)}, for {Ages.Text(row.GetTimeSpan(3))}");
    }

    private const string LockWaits = """
        select a.pid, pg_blocking_pids(a.pid), clock_timestamp() - l.waitstart
        from pg_catalog.pg_locks l
        join pg_catalog.pg_stat_activity a on a.pid = l.pid
        where not l.granted
          and a.datname = current_database()
          and clock_timestamp() - l.waitstart > $1
        order by l.waitstart
        """;

    private static async Task<Finding> LockWaitsAsync(Examined examined, CancellationToken ct)
    {
        var waits = await examined.Views!.Admin.ListAsync(LockWaits, Describe, ct, Span(examined.Limits.LockWait));
        return waits.Count == 0
            ? Finding.Fine("none")
            : Finding.Warning($"waiting for locks: {string.Join("; ", waits)}", "Webhooks or workers stand in a queue behind one session.", "See what the blocking process does (pg_stat_activity), and end it: select pg_terminate_backend(pid)");

        static string Describe(NpgsqlDataReader row)
            => string.Create(CultureInfo.InvariantCulture, $"process {row.GetInt32(0)} behind {string.Join(", ", row.GetFieldValue<int[]>(1))} for {Ages.Text(row.GetTimeSpan(2))}");
    }

    private const string DeadRows = """
        select format('%I.%I', schemaname, relname), n_dead_tup, n_live_tup
        from pg_catalog.pg_stat_user_tables
        where n_dead_tup > $1
          and n_dead_tup > n_live_tup
        order by n_dead_tup desc
        """;

    private static async Task<Finding> DeadRowsAsync(Examined examined, CancellationToken ct)
    {
        var bloated = await examined.Views!.Admin.ListAsync(DeadRows, Describe, ct, new NpgsqlParameter<long> { TypedValue = examined.Limits.DeadRows });
        return bloated.Count == 0
            ? Finding.Fine("few")
            : Finding.Warning($"more dead rows than living ones: {string.Join("; ", bloated)}", "Each look reads them all; claims of messages get slower.", "Look for long transactions, then: vacuum (analyze) TABLE");

        static string Describe(NpgsqlDataReader row) => string.Create(CultureInfo.InvariantCulture, $"{row.GetString(0)} has {row.GetInt64(1)} dead and {row.GetInt64(2)} living");
    }

    private const string Autovacuum = """
        select 'the server'
        where current_setting('autovacuum') = 'off'
        union all
        select format('%I.%I', n.nspname, c.relname)
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('fleet', 'directory', 'localhost')
          and c.reloptions && array['autovacuum_enabled=false', 'autovacuum_enabled=off', 'autovacuum_enabled=0']
        """;

    private static async Task<Finding> AutovacuumAsync(Examined examined, CancellationToken ct)
    {
        var off = await examined.Views!.Admin.ListAsync(Autovacuum, row => row.GetString(0), ct);
        return off.Count == 0
            ? Finding.Fine("on")
            : Finding.Warning($"off for {string.Join(", ", off)}", "Dead rows stay for ever, and one day Postgres stops taking writes.", "alter system reset autovacuum, or alter table ... reset (autovacuum_enabled)");
    }

    private const string TransactionAge = """
        select age(datfrozenxid)::bigint
        from pg_catalog.pg_database
        where datname = current_database()
        """;

    private static async Task<Finding> TransactionAgeAsync(Examined examined, CancellationToken ct)
    {
        var age = await examined.Views!.Admin.FindAsync(TransactionAge, row => row.GetInt64(0), ct);
        return age <= examined.Limits.TransactionAge
            ? Finding.Fine($"{age}")
            : Finding.Warning($"{age} transactions since the oldest row was frozen", "At two thousand million Postgres stops taking writes.", "Look for long transactions and for autovacuum, then: vacuum (freeze)");
    }

    private static NpgsqlParameter Span(TimeSpan time) => new NpgsqlParameter<TimeSpan> { TypedValue = time };
}
