using FleetChat.LocalHost.Postgres;
using Npgsql;

namespace FleetChat.LocalHost.Doctor;

/// <summary>The Postgres server: whether it answers, and whether it keeps what it acknowledged.</summary>
internal static class ServerChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        Check.Of("postgres.reachable", Reachable),
        new("postgres.version", Need.Server, VersionAsync),
        Check.Of("postgres.transport", Transport),
        new("postgres.fsync", Need.Server, (examined, ct) => OnAsync(examined, "fsync", "A power failure can destroy the database.", ct)),
        new("postgres.full_page_writes", Need.Server, (examined, ct) => OnAsync(examined, "full_page_writes", "A power failure can leave half-written pages that nothing mends.", ct)),
        new("postgres.synchronous_commit", Need.Server, SynchronousCommitAsync),
        new("postgres.timezone", Need.Server, TimeZoneAsync),
        new("postgres.connections", Need.Server, ConnectionsAsync),
    ];

    private static Finding Reachable(Examined examined)
    {
        var installation = examined.Installation;
        if (examined.Reach.Server) return Finding.Fine(installation.IsPrivate ? $"the cluster in {installation.ClusterFolder}" : $"the server that {PostgresServer.Variable} names");
        return installation.Admin is null
            ? Finding.Problem(installation.WasMade ? "FleetChat is stopped" : $"there is no FleetChat in {installation.Folder} yet", "Nothing is received and nothing sent; what lies in the database was not looked at.", $"Start it: {installation.HowToStart}")
            : Finding.Problem($"the server does not answer: {examined.Reach.Failure}", "Nothing is received and nothing sent.", installation.IsPrivate ? $"See {Path.Combine(installation.ClusterFolder, "server", "log")}, and start again: {installation.HowToStart}" : $"Check the server, and the connection string in {PostgresServer.Variable}.");
    }

    private const string Version = """
        select current_setting('server_version_num')::int / 10000, current_setting('server_version')
        """;

    private static async Task<Finding> VersionAsync(Examined examined, CancellationToken ct)
    {
        var (major, text) = await examined.Views!.Server.FindAsync(Version, row => (row.GetInt32(0), row.GetString(1)), ct);
        return major >= examined.Limits.PostgresMajor
            ? Finding.Fine(text)
            : Finding.Problem($"PostgreSQL {text}", $"FleetChat's SQL needs {examined.Limits.PostgresMajor}.", "Move the database to a newer server: pg_dump, pg_restore.");
    }

    // Within the machine nobody listens in between.
    private static Finding Transport(Examined examined)
    {
        if (examined.Installation.Admin is not { } admin) return Finding.Skipped("no server is named");
        var connection = new NpgsqlConnectionStringBuilder(admin);
        if (connection.Host is null or "localhost" || connection.Host.StartsWith('/') || (System.Net.IPAddress.TryParse(connection.Host, out var ip) && System.Net.IPAddress.IsLoopback(ip))) return Finding.Fine("on this machine");
        return connection.SslMode == SslMode.VerifyFull
            ? Finding.Fine("encrypted, and the server's name is verified")
            : Finding.Warning($"{connection.Host} is reached with SSL Mode {connection.SslMode}", "Whoever sits between can read or pretend to be the server.", "Add 'SSL Mode=VerifyFull' and the server's 'Root Certificate' to the connection string.");
    }

    private const string Setting = """
        select current_setting($1)
        """;

    private static Task<string> SettingAsync(NpgsqlDataSource view, string name, CancellationToken ct)
        => view.FindAsync(Setting, row => row.GetString(0), ct, new NpgsqlParameter<string> { TypedValue = name });

    private static async Task<Finding> OnAsync(Examined examined, string setting, string means, CancellationToken ct)
    {
        var value = await SettingAsync(Inside(examined), setting, ct);
        return value == "on" ? Finding.Fine("on") : Finding.Problem($"{setting} is {value}", means, $"alter system set {setting} = on; select pg_reload_conf()");
    }

    // A login may bring a setting of its own.
    private const string CommitSettings = """
        select coalesce(r.rolname, 'every login'), c.setting
        from pg_catalog.pg_db_role_setting s
        left join pg_catalog.pg_roles r on r.oid = s.setrole
        left join pg_catalog.pg_database d on d.oid = s.setdatabase
        cross join lateral unnest(s.setconfig) as c (setting)
        where c.setting like 'synchronous_commit=%'
          and c.setting not in ('synchronous_commit=on', 'synchronous_commit=remote_apply', 'synchronous_commit=remote_write', 'synchronous_commit=local')
          and (d.datname is null or d.datname = $1)
        union all
        select 'the server', 'synchronous_commit=off'
        where current_setting('synchronous_commit') = 'off'
        """;

    private static async Task<Finding> SynchronousCommitAsync(Examined examined, CancellationToken ct)
    {
        var off = await Inside(examined).ListAsync(
            CommitSettings, row => row.GetString(0), ct, new NpgsqlParameter<string> { TypedValue = examined.Installation.Database });
        return off.Count == 0
            ? Finding.Fine("on")
            : Finding.Problem($"off for {string.Join(", ", off.Distinct())}", "An event that was acknowledged can be lost when the server crashes.", "Set it on again: alter system, alter database or alter role ... reset synchronous_commit.");
    }

    private static async Task<Finding> TimeZoneAsync(Examined examined, CancellationToken ct)
    {
        var zone = await SettingAsync(Inside(examined), "TimeZone", ct);
        return zone is "UTC" or "Etc/UTC" or "GMT" or "Etc/GMT" or "UCT" or "Etc/UCT" or "Universal" or "Zulu"
            ? Finding.Fine(zone)
            : Finding.Warning(zone, "The inbox's days begin and end at another hour in hand-written SQL than in the product, and logs are hard to compare.", $"alter database {examined.Installation.Database} set timezone = 'UTC'");
    }

    private const string Connections = """
        select least(
                current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                    - (select count(*) from pg_catalog.pg_stat_activity where backend_type = 'client backend'),
                coalesce((
                    select nullif(d.datconnlimit, -1) - (select count(*) from pg_catalog.pg_stat_activity a where a.datname = d.datname and a.backend_type = 'client backend')
                    from pg_catalog.pg_database d
                    where d.datname = $1), 1000000))::int,
            current_setting('max_connections')::int
        """;

    private static async Task<Finding> ConnectionsAsync(Examined examined, CancellationToken ct)
    {
        var (free, most) = await examined.Views!.Server.FindAsync(
            Connections, row => (row.GetInt32(0), row.GetInt32(1)), ct, new NpgsqlParameter<string> { TypedValue = examined.Installation.Database });
        return free >= examined.Limits.FreeConnections
            ? Finding.Fine($"{free} of {most} free")
            : Finding.Warning($"{free} of {most} connections are free", "A host that gets none answers webhooks with 5xx.", "End what holds them (pg_stat_activity), raise max_connections or the database's limit, or put PgBouncer between.");
    }

    // Settings may belong to the database.
    private static NpgsqlDataSource Inside(Examined examined) => examined.Reach.Database ? examined.Views!.Admin : examined.Views!.Server;
}
