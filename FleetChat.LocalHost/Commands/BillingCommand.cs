using FleetChat.Core;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Documents;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Runs;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Hosting;
using FleetChat.LocalRuntime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

internal sealed record BillingRunOptions : ViewOptions
{
    /// <summary>The month's first day.</summary>
    public DateOnly? Period { get; init; }

    /// <summary>Null: all companies.</summary>
    public string? Tenant { get; init; }

    public bool DryRun { get; init; }

    /// <exception cref="FormatException">The month is missing.</exception>
    public BillingRunOptions Checked() => Period is null ? throw new FormatException("'billing run' needs --period: a month such as 2026-03.") : this;
}

internal enum MonthOutcome
{
    /// <summary>As the invoice would be if the month ended now.</summary>
    WouldBe,

    /// <summary>The month has not ended.</summary>
    Open,

    /// <summary>A month before it is not closed.</summary>
    Waiting,
    Draft,
    Final,

    /// <summary>Before anybody asked.</summary>
    WasFinal,

    /// <summary>Of a dry run, or closed without an invoice.</summary>
    Closed,
    NotInService,
    Blocked,
}

/// <summary>What became of a company's month, or would.</summary>
/// <param name="Invoice">Null: there is none.</param>
/// <param name="Code">Of what stands in its way; null: nothing that has one.</param>
internal sealed record CompanyMonth(TenantId TenantId, MonthOutcome Outcome, InvoiceView? Invoice, string? Code, string? Why);

/// <summary>A found installation's companies, and Core's use cases on its database at its business time.</summary>
internal sealed class BillingWork : IAsyncDisposable
{
    private readonly ServiceProvider _core;

    private BillingWork(FoundCompanies companies, ServiceProvider core) => (Companies, _core) = (companies, core);

    /// <summary>Their names and keys: the database is reached by the use cases alone.</summary>
    public FoundCompanies Companies { get; }

    /// <exception cref="StartRefusedException">The installation does not run, or a setting is not valid.</exception>
    public static async Task<BillingWork> OpenAsync(FoundInstallation found, BillingSettings settings, CancellationToken ct)
    {
        await using var views = found.Open();
        var companies = await Looking.AtAsync(() => FoundCompanies.InAsync(views, found.SecretsFolder, ct));
        var now = (await Looking.AtAsync(() => new RuntimeInspector(views.LocalRuntime).ReadClockAsync(ct))).Now;
        return new(companies, Checked(WorkServices.Create(found, now, settings.Values)));
    }

    // Before anything is done with them.
    private static ServiceProvider Checked(ServiceProvider core)
    {
        try
        {
            _ = core.GetRequiredService<IOptions<BillingOptions>>().Value;
            return core;
        }
        catch (Exception wrong) when (wrong is OptionsValidationException or InvalidOperationException)
        {
            core.Dispose();
            throw BillingSettings.Unusable(wrong);
        }
    }

    public T Get<T>()
        where T : notnull => _core.GetRequiredService<T>();

    /// <summary>Whether a month is to come, open or over where the company is: its sums alone do not say so.</summary>
    /// <returns>Null: there is no such company any more.</returns>
    public async Task<string?> DescribeAsync(TenantId tenant, DateOnly period, CancellationToken ct)
    {
        if (await Get<TenantSettingsCache>().FindAsync(tenant, ct) is not { } company) return null;
        var month = BillingPeriod.Write(period);
        return BillingPeriod.Of(Get<TimeProvider>().GetUtcNow(), company.TimeZone).CompareTo(period) switch
        {
            < 0 => $"{month} has not begun: nothing was used in it yet.",
            0 => $"{month} is open: the sums are as if it ended now.",
            _ => $"{month} is over.",
        };
    }

    public ValueTask DisposeAsync() => _core.DisposeAsync();
}

/// <summary>How far billing is, what a month's invoices would be, and what is due of them.</summary>
internal static class BillingCommand
{
    /// <exception cref="StartRefusedException">The installation does not run.</exception>
    public static async Task StatusAsync(ViewOptions options, IAnsiConsole console, CancellationToken ct)
        => await StatusAsync(options, await FoundInstallation.InAsync(options.Folder, ct), console, ct);

    internal static async Task StatusAsync(ViewOptions options, FoundInstallation found, IAnsiConsole console, CancellationToken ct)
    {
        await using var views = found.Open();
        var now = (await Looking.AtAsync(() => new RuntimeInspector(views.LocalRuntime).ReadClockAsync(ct))).Now;
        var runs = new BillingRuns(new SystemDb(views.System), Options.Create(BillingSettings.Read().ToOptions()), new StandingClock(now));
        var months = await Looking.AtAsync(() => runs.ProgressAsync(ct));
        if (options.Json) Output.WriteJson(console, months);
        else Show(months, console);
    }

    private static void Show(IReadOnlyList<BillingProgress> months, IAnsiConsole console)
    {
        var table = Output.Table("Month", "Open", "Ended", "Drafted", "Overdue", "Closed");
        foreach (var month in months) table.AddRow(month.BillingPeriod, $"{month.Open}", $"{month.Ended}", $"{month.Drafted}", $"{month.Overdue}", $"{month.Closed}");
        if (months.Count > 0) Output.Write(console, table);
        else console.WriteLine("No company has a month to be billed yet.");
    }

    /// <returns>Whether nothing was blocked, or would be.</returns>
    /// <exception cref="StartRefusedException">There is no such company, it is not said who sells, or the installation does not run.</exception>
    public static async Task<bool> RunAsync(BillingRunOptions options, IAnsiConsole console, CancellationToken ct)
        => await RunAsync(options, await FoundInstallation.InAsync(options.Folder, ct), BillingSettings.Read(), console, ct);

    internal static async Task<bool> RunAsync(BillingRunOptions options, FoundInstallation found, BillingSettings settings, IAnsiConsole console, CancellationToken ct)
    {
        if (!options.DryRun) settings.DemandSeller(found);
        await using var work = await BillingWork.OpenAsync(found, settings, ct);
        Output.Widen(console);
        var months = await Looking.AtAsync(() => options.DryRun ? PreviewAsync(work, options, ct) : BillAsync(work, options, console, ct));
        var blocked = months.Count(month => month.Outcome == MonthOutcome.Blocked);
        if (options.Json)
        {
            Output.WriteJson(console, months);
            return blocked == 0;
        }
        if (options.DryRun)
        {
            Show(months, console);
            foreach (var line in await Looking.AtAsync(() => DescribeAsync(work, months, options, ct))) console.WriteLine(line);
        }
        if (months.Count == 0) console.WriteLine($"No company was in service in {BillingPeriod.Write(options.Period!.Value)}.");
        console.WriteLine($"Companies: {months.Count}, blocked: {blocked}.{(options.DryRun ? " Nothing was kept." : "")}");
        return blocked == 0;
    }

    /// <summary>In one line, unless the month has begun or ended for some companies only: each has its own zone.</summary>
    private static async Task<IReadOnlyList<string>> DescribeAsync(BillingWork work, IReadOnlyList<CompanyMonth> months, BillingRunOptions options, CancellationToken ct)
    {
        List<string> lines = [];
        // Of one that is blocked the zone or the key may be what blocks it.
        foreach (var month in months.Where(month => month.Outcome != MonthOutcome.Blocked))
        {
            if (await work.DescribeAsync(month.TenantId, options.Period!.Value, ct) is { } line && !lines.Contains(line)) lines.Add(line);
        }
        return lines;
    }

    private static async Task<IReadOnlyList<CompanyMonth>> PreviewAsync(BillingWork work, BillingRunOptions options, CancellationToken ct)
    {
        List<CompanyMonth> months = [];
        foreach (var tenant in work.Companies.Named(options.Tenant))
        {
            var month = await OfAsync(work, tenant, () => PreviewAsync(work, tenant, options.Period!.Value, MonthOutcome.WouldBe, ct));
            if (IsShown(month, options)) months.Add(month);
        }
        return months;
    }

    private static async Task<CompanyMonth> PreviewAsync(BillingWork work, TenantId tenant, DateOnly period, MonthOutcome outcome, CancellationToken ct)
    {
        var preview = await work.Get<GetInvoice>().PreviewAsync(tenant, period, ct);
        return preview.IsOk ? new(tenant, outcome, preview.Value, null, null) : Refused(tenant, preview.Error);
    }

    private static async Task<IReadOnlyList<CompanyMonth>> BillAsync(BillingWork work, BillingRunOptions options, IAnsiConsole console, CancellationToken ct)
    {
        var period = options.Period!.Value;
        var due = await ListDueAsync(work, period, ct);
        // Also those that are due beyond the first thousand, which are all that a look finds.
        IReadOnlyList<TenantId> tenants = options.Tenant is null ? [.. due.Union(work.Companies.All).OrderBy(tenant => tenant.Value, StringComparer.Ordinal)] : work.Companies.Named(options.Tenant);
        List<CompanyMonth> months = [];
        foreach (var tenant in tenants)
        {
            var month = await OfAsync(work, tenant, () => BillAsync(work, tenant, period, due.Contains(tenant), ct));
            if (!IsShown(month, options)) continue;
            months.Add(month);
            if (!options.Json) console.WriteLine(Say(month));
        }
        return months;
    }

    private static async Task<HashSet<TenantId>> ListDueAsync(BillingWork work, DateOnly period, CancellationToken ct)
    {
        HashSet<TenantId> due = [];
        var wave = new BillingWave(BillingPeriod.Write(period), "", null);
        while (true)
        {
            var page = await work.Get<BillingRuns>().ListTenantsAsync(wave, ct);
            due.UnionWith(page.TenantIds.Select(TenantId.Parse));
            if (page.IsLast) return due;
            wave = wave with { After = page.TenantIds[^1] };
        }
    }

    private static async Task<CompanyMonth> BillAsync(BillingWork work, TenantId tenant, DateOnly period, bool isDue, CancellationToken ct)
    {
        var done = await work.Get<InvoiceMonth>().HandleAsync(tenant, period, ct);
        // The preview says the same in words.
        if (done.Problem is { } code) return await PreviewAsync(work, tenant, period, MonthOutcome.Blocked, ct) with { Outcome = MonthOutcome.Blocked, Code = code };
        if (done.Invoice is not { } id) return await PreviewAsync(work, tenant, period, MonthOutcome.Open, ct);
        var invoice = await work.Get<GetInvoice>().HandleAsync(tenant, id, ct);
        if (!invoice.IsOk) return await PreviewAsync(work, tenant, period, MonthOutcome.Waiting, ct);
        return new(tenant, !done.IsFinal ? MonthOutcome.Draft : isDue ? MonthOutcome.Final : MonthOutcome.WasFinal, invoice.Value, null, null);
    }

    // One company's trouble is nobody else's.
    private static async Task<CompanyMonth> OfAsync(BillingWork work, TenantId tenant, Func<Task<CompanyMonth>> ask)
    {
        try
        {
            return await work.Companies.OpenAsync(tenant, ask);
        }
        catch (StartRefusedException locked)
        {
            return new(tenant, MonthOutcome.Blocked, null, null, locked.Message);
        }
        catch (TimeZoneNotFoundException)
        {
            return Refused(tenant, BillingErrors.ZoneUnknown);
        }
    }

    private static CompanyMonth Refused(TenantId tenant, Error error) => new(
        tenant,
        error.Kind == ErrorKind.NotFound ? MonthOutcome.NotInService : error == BillingErrors.PeriodClosed ? MonthOutcome.Closed : MonthOutcome.Blocked,
        null, error.Code, error.Message);

    // Of all, those that were in service; of a named one, why it was not.
    private static bool IsShown(CompanyMonth month, BillingRunOptions options) => options.Tenant is not null || month.Outcome != MonthOutcome.NotInService;

    private static void Show(IReadOnlyList<CompanyMonth> months, IAnsiConsole console)
    {
        if (months.Count == 0) return;
        var table = Output.Table("Company", "Drivers", "Messages", "Total", "Why not");
        foreach (var (tenant, _, invoice, _, why) in months)
        {
            table.AddRow(
                tenant.Value, $"{invoice?.ActiveDrivers}", $"{invoice?.MessageVolume}", invoice is null ? "" : MoneyText.Write(invoice.TotalAmount, invoice.Currency), Markup.Escape(why ?? ""));
        }
        Output.Write(console, table);
    }

    private static string Say(CompanyMonth month)
    {
        var code = month is { Outcome: MonthOutcome.Blocked, Code: not null } ? $" ({month.Code})" : "";
        var sums = month.Invoice is { } invoice
            ? $": {(invoice.Number is null ? "" : $"{invoice.Number}, ")}{Output.Count(invoice.ActiveDrivers, "driver")}, {Output.Count(invoice.MessageVolume, "message")}, {MoneyText.Write(invoice.TotalAmount, invoice.Currency)}"
            : "";
        return $"{month.TenantId}: {Say(month.Outcome)}{code}{sums}{(month.Why is null ? "" : $": {month.Why}")}";
    }

    private static string Say(MonthOutcome outcome) => outcome switch
    {
        MonthOutcome.WouldBe => "would be",
        MonthOutcome.Open => "has not ended, nothing is kept; as it is now",
        MonthOutcome.Waiting => "a month before it is not closed, nothing is kept; as it is now",
        MonthOutcome.Draft => "draft",
        MonthOutcome.Final => "final",
        MonthOutcome.WasFinal => "was closed already",
        MonthOutcome.Closed => "closed",
        MonthOutcome.NotInService => "nothing to bill",
        MonthOutcome.Blocked => "blocked",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "an outcome without words"),
    };
}
