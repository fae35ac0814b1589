using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.Demo;

/// <summary>A place in the host's work at which it can be made to stand still: a statement that waits while the gate is closed.</summary>
internal enum Gate
{
    /// <summary>An orchestration is begun.</summary>
    Begin = 1,

    /// <summary>A turn of an orchestration is written down.</summary>
    Turn,

    /// <summary>A request for consent is reminded of, answered, or runs out.</summary>
    Request,

    /// <summary>A message is about to be sent.</summary>
    Attempt,

    /// <summary>Usage is summed, and nothing of it is committed.</summary>
    Sum,

    /// <summary>It is written down how a step of onboarding stands.</summary>
    NumberStep,
    DisplayNameStep,
    TemplatesStep,
    SamsaraStep,
    ActivationStep,
}

/// <summary>Gates in a test's database, so that a host is killed where it stands, and not where chance has it.</summary>
internal sealed class Gates : IAsyncDisposable
{
    private const string Build = """
        create function public.pass_gate() returns trigger language plpgsql as $$
        begin
            perform pg_advisory_xact_lock_shared(tg_argv[0]::bigint);
            return null;
        end $$;
        create trigger gate before insert on localhost.instances for each statement execute function public.pass_gate(1);
        create trigger gate before insert on localhost.history for each statement execute function public.pass_gate(2);
        create trigger gate before update on fleet.consent_requests for each statement execute function public.pass_gate(3);
        create trigger gate before insert on fleet.attempts for each statement execute function public.pass_gate(4);
        create trigger gate after insert on fleet.usage_counters for each statement execute function public.pass_gate(5);
        create function public.pass_step_gate() returns trigger language plpgsql as $$
        begin
            perform pg_advisory_xact_lock_shared(5 + array_position(array['number', 'display_name', 'templates', 'samsara', 'activation'], new.step));
            return new;
        end $$;
        create trigger gate before update on fleet.onboarding_steps for each row execute function public.pass_step_gate()
        """;

    private readonly NpgsqlConnection _keeper;

    private Gates(NpgsqlConnection keeper) => _keeper = keeper;

    public static async Task<Gates> BuildAsync(TestDatabase database)
    {
        await database.ExecuteAsAdminAsync(Build);
        var keeper = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.Admin) { Pooling = false }.ConnectionString);
        await keeper.OpenAsync();
        return new(keeper);
    }

    public Task CloseAsync(Gate gate) => RunAsync("select pg_advisory_lock($1)::text", gate);

    public async Task CloseAsync(IEnumerable<Gate> gates)
    {
        foreach (var gate in gates) await CloseAsync(gate);
    }

    public Task OpenAsync(Gate gate) => RunAsync("select pg_advisory_unlock($1)::text", gate);

    private const string CountWaiting = """
        select count(*)::text
        from pg_locks
        where locktype = 'advisory'
          and database = (select oid from pg_database where datname = current_database())
          and classid = 0
          and objid = $1
          and objsubid = 1
          and not granted
        """;

    /// <param name="count">So many at the least stand there.</param>
    public Task AwaitAsync(Gate gate, int count = 1) => Until.TrueAsync(async () => await CountWaitingAsync(gate) >= count, because: $"{count} at the gate {gate}");

    public async Task<int> CountWaitingAsync(Gate gate) => int.Parse(await RunAsync(CountWaiting, gate), CultureInfo.InvariantCulture);

    private const string TurnAway = """
        select count(pg_terminate_backend(pid))::text
        from pg_locks
        where locktype = 'advisory'
          and database = (select oid from pg_database where datname = current_database())
          and objsubid = 1
          and objid = $1
          and not granted
        """;

    /// <summary>After their host's death: what stood at a gate never passed it, and all are open again.</summary>
    public async Task TurnAwayAsync()
    {
        foreach (var gate in Enum.GetValues<Gate>()) await RunAsync(TurnAway, gate);
        await RunAsync("select pg_advisory_unlock_all()::text where $1 > 0", Gate.Begin);
    }

    public ValueTask DisposeAsync() => _keeper.DisposeAsync();

    private async Task<string> RunAsync(string sql, Gate gate)
    {
        await using var command = new NpgsqlCommand(sql, _keeper) { Parameters = { P.Big((long)gate) } };
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
