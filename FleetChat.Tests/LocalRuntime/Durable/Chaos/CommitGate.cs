using Npgsql;

namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

/// <summary>Holds transactions that write history, in the middle, until it is opened.</summary>
internal sealed class CommitGate : IAsyncDisposable
{
    private const string MakeSql = """
        create function wait_at_gate() returns trigger language plpgsql as $$
        begin
            perform pg_advisory_xact_lock_shared(4242);
            return new;
        end
        $$;
        create trigger gate before insert on localhost.history
            for each row execute function wait_at_gate()
        """;

    private readonly ChaosCluster _cluster;
    private readonly NpgsqlConnection _keeper;

    private CommitGate(ChaosCluster cluster, NpgsqlConnection keeper) => (_cluster, _keeper) = (cluster, keeper);

    public static async Task<CommitGate> CloseAsync(ChaosCluster cluster)
    {
        await cluster.ExecuteAsync(MakeSql);
        var keeper = await cluster.Admin.OpenConnectionAsync();
        await using var take = new NpgsqlCommand("select pg_advisory_lock(4242)", keeper);
        await take.ExecuteNonQueryAsync();
        return new(cluster, keeper);
    }

    public Task UntilSomebodyWaitsAsync()
        => Until.TrueAsync(() => _cluster.ScalarAsync<bool>("select exists (select from pg_stat_activity where wait_event = 'advisory')"), because: "a commit to come to the gate");

    public async Task OpenAsync()
    {
        await using var give = new NpgsqlCommand("select pg_advisory_unlock(4242)", _keeper);
        await give.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => _keeper.DisposeAsync();
}
