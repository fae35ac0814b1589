using FleetChat.LocalHost.Hosting;
using Npgsql;

namespace FleetChat.LocalHost.Doctor;

/// <summary>How far one gets with an installation's database.</summary>
/// <param name="Failure">What the server said instead of answering.</param>
internal sealed record Reach(bool Server, bool Database, bool Fleet, bool Runtime, int LivingHosts, string? Failure = null)
{
    public static readonly Reach None = new(Server: false, Database: false, Fleet: false, Runtime: false, LivingHosts: 0);

    public static async Task<Reach> OfAsync(DatabaseViews views, CancellationToken ct)
    {
        try
        {
            await views.Server.FindAsync(Answer, row => row.GetInt32(0), ct);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException)
        {
            return None with { Failure = failure.Message };
        }
        return await InsideAsync(views, ct);
    }

    public bool Has(Need need) => need switch
    {
        Need.Server => Server,
        Need.Database => Database,
        Need.Fleet => Fleet,
        Need.Runtime => Runtime,
        _ => true,
    };

    private static async Task<Reach> InsideAsync(DatabaseViews views, CancellationToken ct)
    {
        var server = None with { Server = true };
        try
        {
            var (fleet, runtime) = await views.Admin.FindAsync(Tables, row => (row.GetBoolean(0), row.GetBoolean(1)), ct);
            var living = runtime ? await views.LocalRuntime.FindAsync(LivingHostsSql, row => row.GetInt32(0), ct) : 0;
            return server with { Database = true, Fleet = fleet, Runtime = runtime, LivingHosts = living };
        }
        catch (PostgresException refused)
        {
            return server with { Failure = refused.MessageText };
        }
    }

    private const string Answer = """
        select 1
        """;

    // By the catalog, which an administrator may read who may not enter the schemas.
    private const string Tables = """
        select coalesce(bool_or(n.nspname = 'fleet' and c.relname = 'tenants'), false),
            coalesce(bool_or(n.nspname = 'localhost' and c.relname = 'queue_messages'), false)
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('fleet', 'localhost')
        """;

    private const string LivingHostsSql = """
        select count(*)::int
        from localhost.living_hosts
        """;
}
