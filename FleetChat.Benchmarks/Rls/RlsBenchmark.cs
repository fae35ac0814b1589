using System.Diagnostics;
using FleetChat.Benchmarks.Fleet;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FleetChat.Benchmarks.Rls;

/// <summary>What row-level security costs: the same statements on the same rows by two logins, one of whom no policy holds for.</summary>
internal static class RlsBenchmark
{
    private static readonly Option Samples = new("samples", 300, "how often each login runs each statement, by turns");
    private static readonly Option Tenants = new("tenants", 10, "companies");
    private static readonly Option Drivers = new("drivers", 100, "drivers of each, with a route and a message that waits");
    private static readonly Option Prepare = new("prepare", 1, "0: statements that are planned each time, as behind a pooler of transactions");
    private const int AtOnce = 4;

    public static Verb Verb { get; } = new(
        "rls",
        "The statements that every event runs, under the policies that keep companies apart and as a\nlogin that no policy holds for.",
        [Samples, Tenants, Drivers, Prepare],
        MeasureAsync);

    private static async Task MeasureAsync(Run run, CancellationToken ct)
    {
        await using var postgres = await BenchmarkPostgres.StartAsync(ct);
        await using var fleet = await BenchmarkFleet.InstallAsync(postgres, "fleetchat", run.Count(Tenants), run.Count(Drivers), graph: null, ct);
        await using var core = fleet.OpenCore();
        var drivers = await FillAsync(run, fleet, core, ct);
        run.Say($"{drivers.Count:#,##0} drivers with a route, a message that waits and an event that is not looked at yet");
        var cpu = new CpuWatch(postgres);
        await using var under = Open(run, fleet.Settings.Database.App);
        await using var free = Open(run, await CreateFreeLoginAsync(fleet, ct));
        var costs = await CompareAsync(run.Count(Samples), drivers, new(under), new(free), ct);
        Report(run, costs);
        cpu.ReportOthers(run);
    }

    private const string CreateFreeLogin = "create role rls_free_login login password 'free' bypassrls in role fleetchat_app";
    private const string LetIn = "grant connect on database fleetchat to rls_free_login";

    private static async Task<string> CreateFreeLoginAsync(BenchmarkFleet fleet, CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create(fleet.Admin);
        await using var batch = source.CreateBatch();
        foreach (var statement in new[] { CreateFreeLogin, LetIn }) batch.BatchCommands.Add(new(statement));
        await batch.ExecuteNonQueryAsync(ct);
        return new NpgsqlConnectionStringBuilder(fleet.Settings.Database.App) { Username = "rls_free_login", Password = "free" }.ConnectionString;
    }

    // As the product opens its own.
    private static NpgsqlDataSource Open(Run run, string connectionString)
        => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = run.Count(Prepare) > 0 ? 200 : 0, AutoPrepareMinUsages = 2, NoResetOnClose = true });

    private static async Task<IReadOnlyList<HotDriver>> FillAsync(Run run, BenchmarkFleet fleet, ServiceProvider core, CancellationToken ct)
    {
        var events = run.Count(Tenants) * run.Count(Drivers);
        var writer = new SamsaraEventWriter(fleet.Plan(LoadKind.Arrival, fleet.InTurn, 1, 0, 1, 1, run.Count(Drivers), first: 1));
        var nudges = await StoreAsync(fleet, core, writer, 0, events, ct);
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct };
        await Parallel.ForEachAsync(nudges, options, async (nudge, end) => await ProcessAsync(core, nudge, end));
        await StoreAsync(fleet, core, writer, events, events, ct);
        return await ReadAsync(fleet, core, ct);
    }

    private static async Task<IReadOnlyCollection<Nudge>> StoreAsync(BenchmarkFleet fleet, ServiceProvider core, SamsaraEventWriter writer, int first, int count, CancellationToken ct)
    {
        var (store, nudges) = (core.GetRequiredService<StoreItems>(), new HashSet<Nudge>());
        await Parallel.ForAsync(first, first + count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (number, end) =>
        {
            var body = writer.Body(number, TimeProvider.System.GetUtcNow());
            var tenant = TenantId.Parse(fleet.Companies[number % fleet.Companies.Count].Tenant);
            var stored = await store.HandleAsync(tenant, [SamsaraDelivery.TryParse(body)!.ToItem(body)], end);
            lock (nudges) nudges.UnionWith(stored.Nudges);
        });
        return nudges;
    }

    // A lane gives itself back when it has something to send.
    private static async Task ProcessAsync(ServiceProvider core, Nudge nudge, CancellationToken ct)
    {
        while ((await core.GetRequiredService<ProcessLane>().HandleAsync(nudge, ct)).Process.Contains(nudge)) { }
    }

    private const string ListDrivers = """
        select d.tenant_id, d.id, d.samsara_driver_id, d.conversation_id, t.id
        from fleet.drivers d
        join fleet.transports t on t.tenant_id = d.tenant_id and t.driver_id = d.id
        order by d.samsara_driver_id
        """;

    private const string Analyze = "analyze";

    private static async Task<IReadOnlyList<HotDriver>> ReadAsync(BenchmarkFleet fleet, ServiceProvider core, CancellationToken ct)
    {
        var drivers = new List<HotDriver>();
        await using var source = NpgsqlDataSource.Create(fleet.Admin);
        await using (var analyze = source.CreateCommand(Analyze)) await analyze.ExecuteNonQueryAsync(ct);
        await using var command = source.CreateCommand(ListDrivers);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var tenant = TenantId.Parse(reader.GetString(0));
            drivers.Add(new(tenant, await core.GetRequiredService<DataKeys>().GetAsync(tenant, ct), reader.GetGuid(1), reader.GetString(2), reader.GetGuid(3), reader.GetGuid(4)));
        }
        return drivers;
    }

    private static async Task<Dictionary<HotQuery, (Window Under, Window Free)>> CompareAsync(
        int samples, IReadOnlyList<HotDriver> drivers, TenantDbs under, TenantDbs free, CancellationToken ct)
    {
        var windows = HotQuery.All.ToDictionary(query => query, _ => (Under: Opened(), Free: Opened()));
        // The first tenth warms up: plans, pages, code.
        for (var sample = -samples / 10; sample < samples; sample++)
        {
            foreach (var (query, (underWindow, freeWindow)) in windows)
            {
                var driver = drivers[(sample + samples) * 7 % drivers.Count];
                (TenantDbs, Window)[] turns = [(under, underWindow), (free, freeWindow)];
                // Who comes second finds the pages in memory: each is first every other time.
                if (sample % 2 != 0) Array.Reverse(turns);
                foreach (var (dbs, window) in turns)
                {
                    var took = await TimeAsync(query, dbs, driver, ct);
                    if (sample >= 0) window.Took(took);
                }
            }
        }
        return windows;
    }

    // Brings the tenant's setting with it.
    private const string Nothing = "select 1";

    // In a transaction that is rolled back: no commit is timed, and the next one finds what this one found.
    private static async Task<TimeSpan> TimeAsync(HotQuery query, TenantDbs dbs, HotDriver driver, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(driver.Tenant, ct);
        await db.ExecuteAsync(Nothing, ct);
        var begun = Stopwatch.GetTimestamp();
        await query.RunAsync(db, driver, ct);
        return Stopwatch.GetElapsedTime(begun);
    }

    private static Window Opened()
    {
        var window = new Window();
        window.Open();
        return window;
    }

    private static void Report(Run run, Dictionary<HotQuery, (Window Under, Window Free)> windows)
    {
        run.Report("cost_percent", Cost(windows.Values.Sum(w => Median(w.Under)), windows.Values.Sum(w => Median(w.Free))), "% more with policies");
        foreach (var (query, (under, free)) in windows)
        {
            run.Report($"{query.Name}_cost_percent", Cost(Median(under), Median(free)), "% more with policies");
            run.Report($"{query.Name}_ms", Median(under), "ms");
        }
    }

    private static double Median(Window window) => window.Milliseconds(50) ?? double.NaN;

    private static double Cost(double under, double free) => 100 * (under / free - 1);
}
