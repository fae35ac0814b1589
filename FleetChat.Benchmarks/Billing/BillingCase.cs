using System.Diagnostics;
using System.Text.Json;
using FleetChat.Benchmarks.Durable;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Runs;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using FleetChat.Functions.Billing;
using FleetChat.LocalHost.Hosting;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Benchmarks.Billing;

/// <summary>A month of all companies that are due, in a process of its own, so that no other's memory is counted.</summary>
internal static class BillingCase
{
    /// <summary>The command under which a process does one; the settings' file is its standard input.</summary>
    public const string Command = "billing-case";

    /// <summary>By the orchestrators of <see cref="BillingFlow"/> on LocalRuntime's engine.</summary>
    public const string Orchestrated = "orchestrated";

    /// <summary>By as many workers as a run has at once, first rated alone and rolled back.</summary>
    public const string Bare = "bare";

    /// <summary>For a process that is told what to do: <paramref name="arguments"/> are the way and the month.</summary>
    public static async Task RunAsync(string[] arguments, TextReader input, TextWriter output, CancellationToken ct)
    {
        var settings = await LocalHostSettings.ReadAsync((await input.ReadLineAsync(ct))!, ct);
        await using var core = SetUpServices.Create(settings, TimeProvider.System);
        await using var memory = new ManagedMemory();
        var wave = new BillingWave(arguments[1], "1", null);
        var (rating, seconds) = arguments[0] == Bare ? await DoAsync(core, wave, ct) : (0, await OrchestrateAsync(core, settings.Database.LocalRuntime, wave, ct));
        await output.WriteLineAsync(JsonSerializer.Serialize(new Figures(rating, seconds, ProcessFigures.PeakMegabytes(), memory.PeakMegabytes)));
    }

    public static async Task<Figures> MeasureAsync(BilledCompanies companies, string mode, CancellationToken ct)
    {
        var file = Path.Combine(companies.Settings.SecretsFolder, $"billing-{mode}.json");
        await companies.Settings.WriteAsync(file, ct);
        using var process = new ChildProcess(Command, mode, BillingPeriod.Write(companies.Period));
        await process.TellAsync(file, ct);
        return JsonSerializer.Deserialize<Figures>(await process.HearAsync(ct))!;
    }

    private static async Task<double> OrchestrateAsync(ServiceProvider core, string database, BillingWave wave, CancellationToken ct)
    {
        var activities = new BillingActivities(core.GetRequiredService<BillingRuns>(), core.GetRequiredService<InvoiceMonth>());
        await using var host = await OrchestrationHost.StartAsync(database, tasks => tasks
            .AddOrchestratorFunc(BillingFlow.Run, BillingFlow.RunAsync)
            .AddOrchestratorFunc("TenantBilling", BillingFlow.BillAsync)
            .AddActivityFunc<BillingWave, DueTenants>("ListDueTenants", (_, due) => activities.ListAsync(due, ct))
            .AddActivityFunc<TenantMonth, MonthInvoiced>("InvoiceMonth", (_, month) => activities.InvoiceAsync(month, ct))
            .AddActivityFunc<TenantMonth>("ReportBillingTrouble", (_, month) => activities.ReportAsync(month, ct)), ct);
        var begun = Stopwatch.GetTimestamp();
        var instance = await host.Client.ScheduleNewOrchestrationInstanceAsync(BillingFlow.Run, wave, ct);
        var done = await host.Client.WaitForInstanceCompletionAsync(instance, ct);
        return done.RuntimeStatus == OrchestrationRuntimeStatus.Completed ? Stopwatch.GetElapsedTime(begun).TotalSeconds : throw new NotMeasuredException($"The run ended {done.RuntimeStatus}.");
    }

    private static async Task<(double RatingSeconds, double Seconds)> DoAsync(ServiceProvider core, BillingWave wave, CancellationToken ct)
    {
        var (period, invoice) = (BillingPeriod.Parse(wave.Period), core.GetRequiredService<InvoiceMonth>());
        var tenants = await ListAsync(core.GetRequiredService<BillingRuns>(), wave, ct);
        // What is slow once, connections and code, is in neither.
        await ForEachAsync(tenants[..Math.Min(BillingRuns.PageSize, tenants.Count)], (tenant, end) => RateAsync(core, tenant, period, end), ct);
        var rating = await ForEachAsync(tenants, (tenant, end) => RateAsync(core, tenant, period, end), ct);
        return (rating, await ForEachAsync(tenants, (tenant, end) => invoice.HandleAsync(tenant, period, end), ct));
    }

    private static async Task<List<TenantId>> ListAsync(BillingRuns runs, BillingWave wave, CancellationToken ct)
    {
        var tenants = new List<TenantId>();
        for (var (isLast, after) = (false, (string?)null); !isLast;)
        {
            var page = await runs.ListTenantsAsync(wave with { After = after }, ct);
            tenants.AddRange(page.TenantIds.Select(TenantId.Parse));
            (isLast, after) = (page.IsLast, page.TenantIds is [.., var last] ? last : null);
        }
        return tenants;
    }

    private static async Task<double> ForEachAsync(List<TenantId> tenants, Func<TenantId, CancellationToken, Task> work, CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        var options = new ParallelOptions { MaxDegreeOfParallelism = BillingRuns.PageSize, CancellationToken = ct };
        await Parallel.ForEachAsync(tenants, options, async (tenant, end) => await work(tenant, end));
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    // What InvoiceMonth does before it writes.
    private static async Task RateAsync(ServiceProvider core, TenantId tenant, DateOnly period, CancellationToken ct)
    {
        await using var db = await core.GetRequiredService<TenantDbs>().BeginAsync(tenant, ct);
        await Books.LockAsync(db, ct);
        await UsageSql.FoldAsync(db, ct);
        var priced = await core.GetRequiredService<RateMonth>().HandleAsync(db, period, mayBeIdle: false, ct);
        if (!priced.IsOk) throw new NotMeasuredException(priced.Error.Message);
    }

    internal sealed record Figures(double RatingSeconds, double Seconds, double PeakMegabytes, double PeakManagedMegabytes);

    /// <summary>Looks now and then how much the collector's heap holds.</summary>
    private sealed class ManagedMemory : IAsyncDisposable
    {
        private static readonly TimeSpan s_often = TimeSpan.FromMilliseconds(50);
        private readonly PeriodicTimer _timer = new(s_often);
        private readonly Task _watching;
        private long _peak;

        public ManagedMemory() => _watching = WatchAsync();

        public double PeakMegabytes => Math.Max(Interlocked.Read(ref _peak), GC.GetTotalMemory(forceFullCollection: false)) / 1_000_000.0;

        public async ValueTask DisposeAsync()
        {
            _timer.Dispose();
            await _watching;
        }

        private async Task WatchAsync()
        {
            while (await _timer.WaitForNextTickAsync()) Interlocked.Exchange(ref _peak, Math.Max(_peak, GC.GetTotalMemory(forceFullCollection: false)));
        }
    }
}
