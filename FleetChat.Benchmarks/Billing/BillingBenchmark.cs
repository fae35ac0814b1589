namespace FleetChat.Benchmarks.Billing;

/// <summary>How long it takes to close a month of many companies, what of that is what, and whether many take more memory than few.</summary>
internal static class BillingBenchmark
{
    private static readonly Option Tenants = new("tenants", 10_000, "companies whose month is closed");
    private static readonly Option Drivers = new("drivers", 100, "active drivers of each");
    private static readonly Option Small = new("small", 1_000, "companies of the runs that it is compared with");

    public static Verb Verb { get; } = new(
        "billing",
        "A month of many companies, counted, rated and closed with final invoices by the product's orchestration, beside one plain\nSQL sum of the same facts; what of it is rating, writing and orchestration; and its memory beside that of few companies.",
        [Tenants, Drivers, Small],
        MeasureAsync);

    private static async Task MeasureAsync(Run run, CancellationToken ct)
    {
        await using var postgres = await BenchmarkPostgres.StartAsync(ct);
        await using var companies = await BilledCompanies.InstallAsync(postgres, ct);
        var drivers = run.Count(Drivers);
        var bare = await CloseAsync(BillingCase.Bare, run.Count(Small));
        var small = await CloseAsync(BillingCase.Orchestrated, run.Count(Small));
        await companies.EnterAsync(run.Count(Tenants), drivers, ct);
        var ceiling = await companies.SumAsync(ct);
        var cpu = new CpuWatch(postgres);
        var large = await BillingCase.MeasureAsync(companies, BillingCase.Orchestrated, ct);
        await companies.CheckAsync((2 * run.Count(Small)) + run.Count(Tenants), drivers, ct);
        cpu.ReportOthers(run);
        run.Report("run_seconds", large.Seconds, "s");
        run.Report("months_per_second", run.Count(Tenants) / large.Seconds, "companies' months/s");
        run.Report("ratio_to_sum", large.Seconds / ceiling, "times one plain SQL sum");
        run.Report("memory_growth_ratio", large.PeakMegabytes / small.PeakMegabytes, "of the peak with few companies");
        run.Report("managed_growth_ratio", large.PeakManagedMegabytes / small.PeakManagedMegabytes, "of the peak with few companies");
        run.Report("memory_mb", large.PeakMegabytes, "MB at the most");
        ReportParts(run, bare, small);

        async Task<BillingCase.Figures> CloseAsync(string mode, int count)
        {
            await companies.EnterAsync(count, drivers, ct);
            var figures = await BillingCase.MeasureAsync(companies, mode, ct);
            run.Say($"{count:#,##0} companies, {mode}: {figures.Seconds:0.0} s, {figures.PeakMegabytes:0} MB");
            return figures;
        }
    }

    /// <summary>Of the same number of companies: rated and rolled back, closed by bare workers, closed by the orchestration.</summary>
    private static void ReportParts(Run run, BillingCase.Figures bare, BillingCase.Figures orchestrated)
    {
        run.Report("rating_percent", 100 * bare.RatingSeconds / orchestrated.Seconds, "% of a run");
        run.Report("writing_percent", 100 * (bare.Seconds - bare.RatingSeconds) / orchestrated.Seconds, "% of a run");
        run.Report("orchestration_percent", 100 * (orchestrated.Seconds - bare.Seconds) / orchestrated.Seconds, "% of a run");
    }
}
