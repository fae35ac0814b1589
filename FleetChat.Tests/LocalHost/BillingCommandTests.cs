using System.Text.Json;
using System.Text.RegularExpressions;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Prices;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Commands;
using FleetChat.LocalHost.Hosting;
using FleetChat.Tests.Billing.Invoices;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace FleetChat.Tests.LocalHost;

/// <summary>Billing of a running host from its administrator's command line. The host bills by itself too, so what is due may be done before the command comes to it.</summary>
public sealed partial class BillingCommandTests : IAsyncLifetime
{
    private static readonly TimeZoneInfo s_zone = TimeZoneInfo.FindSystemTimeZoneById("America/Chicago");

    /// <summary>As the host has them.</summary>
    private static readonly Dictionary<string, string?> s_seller = new() { ["FleetChat:Billing:SupplierName"] = "FleetChat", ["FleetChat:Billing:InvoiceSeries"] = "INV" };

    private TestDatabase _database = null!;
    private HostWithCompany _host = null!;

    private string Tenant => _host.Company.Tenant;

    private static DateOnly ThisMonth => BillingPeriod.Of(TimeProvider.System.GetUtcNow(), s_zone);

    /// <summary>Ended, and its grace is over.</summary>
    private static DateOnly LongAgo => ThisMonth.AddMonths(-2);

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync("billingcommand");
        _host = await HostWithCompany.StartAsync(_database);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Status_says_how_far_each_month_is()
    {
        await UseAsync(ThisMonth);

        Assert.Contains(BillingPeriod.Write(ThisMonth), await StatusAsync(), StringComparison.Ordinal);
        using var told = JsonDocument.Parse(await StatusAsync("--json"));
        var month = Assert.Single(told.RootElement.EnumerateArray());
        Assert.Equal((BillingPeriod.Write(ThisMonth), 1, 0),
            (month.GetProperty("billing_period").GetString(), month.GetProperty("open").GetInt32(), month.GetProperty("closed").GetInt32()));
    }

    [Fact]
    public async Task Dry_run_says_what_the_invoices_would_be_and_keeps_nothing()
    {
        await EnterPricesAsync();
        await UseAsync(ThisMonth);

        var (isFine, said) = await RunAsync(ThisMonth, "--dry-run");
        using var told = JsonDocument.Parse((await RunAsync(ThisMonth, "--dry-run", "--json")).Said);

        Assert.True(isFine, said);
        // 12 drivers at 9.00.
        Assert.Matches($@"{Tenant}\s+12\s+0\s+108\.00 USD", said);
        Assert.Contains($"{BillingPeriod.Write(ThisMonth)} is open: ", said, StringComparison.Ordinal);
        var month = Assert.Single(told.RootElement.EnumerateArray());
        Assert.Equal((Tenant, "would_be", 10_800),
            (month.GetProperty("tenant_id").GetString(), month.GetProperty("outcome").GetString(), month.GetProperty("invoice").GetProperty("total_amount").GetInt64()));
        Assert.Equal(0, await CountInvoicesAsync());
    }

    [Fact]
    public async Task Month_that_has_not_ended_is_only_previewed()
    {
        await EnterPricesAsync();
        await UseAsync(ThisMonth);

        var (isFine, said) = await RunAsync(ThisMonth);

        Assert.True(isFine, said);
        Assert.Contains("has not ended, nothing is kept; as it is now: 12 drivers, 0 messages, 108.00 USD", said, StringComparison.Ordinal);
        Assert.Equal(0, await CountInvoicesAsync());
    }

    [Fact]
    public async Task Month_after_one_that_is_not_closed_waits()
    {
        await EnterPricesAsync();
        await UseAsync(LongAgo);

        using var told = JsonDocument.Parse((await RunAsync(ThisMonth, "--json")).Said);

        // Two months come before it, of which the host closes one in a quarter of an hour.
        Assert.Equal("waiting", Assert.Single(told.RootElement.EnumerateArray()).GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task Run_closes_a_month_once_and_its_invoice_is_listed_shown_and_printed()
    {
        await EnterPricesAsync();
        await UseAsync(LongAgo);

        var (isFine, said) = await RunAsync(LongAgo);
        Assert.True(isFine, said);
        Assert.Matches("(final|was closed already): INV-US-[0-9]{6}, 12 drivers, 0 messages, 108.00 USD", said);
        var number = Number().Match(said).Value;
        var again = (await RunAsync(LongAgo)).Said;
        Assert.Contains($"was closed already: {number}", again, StringComparison.Ordinal);

        Assert.Contains(number, await InvoiceAsync(InvoiceCommand.ListAsync, CommandOptions.ReadInvoiceList(["--tenant", Tenant])), StringComparison.Ordinal);
        var shown = await InvoiceAsync(InvoiceCommand.ShowAsync, CommandOptions.ReadInvoiceShow([number, "--tenant", Tenant]));
        Assert.Contains($"Invoice {number} of {Tenant}", shown, StringComparison.Ordinal);
        Assert.Contains("Total 108.00 USD", shown, StringComparison.Ordinal);
        using var told = JsonDocument.Parse(await InvoiceAsync(InvoiceCommand.ShowAsync, CommandOptions.ReadInvoiceShow([number, "--tenant", Tenant, "--json"])));
        var id = told.RootElement.GetProperty("id").GetString()!;
        Assert.Equal(shown, await InvoiceAsync(InvoiceCommand.ShowAsync, CommandOptions.ReadInvoiceShow([id, "--tenant", Tenant])));
        Assert.Equal(12, DriverRow().Count(await InvoiceAsync(InvoiceCommand.ExplainAsync, CommandOptions.ReadInvoiceExplain([number, "--line", "1", "--tenant", Tenant]))));
        using var behind = JsonDocument.Parse(await InvoiceAsync(InvoiceCommand.ExplainAsync, CommandOptions.ReadInvoiceExplain([id, "--line", "1", "--tenant", Tenant, "--json"])));
        Assert.Equal(12, behind.RootElement.GetArrayLength());
        var second = CommandOptions.ReadInvoiceExplain([number, "--line", "2", "--tenant", Tenant]);
        Assert.Contains($"no such line: 'invoice show {number} --tenant {Tenant}'", (await Assert.ThrowsAsync<StartRefusedException>(() => InvoiceAsync(InvoiceCommand.ExplainAsync, second))).Message, StringComparison.Ordinal);
        await AssertPrintedAsync(number);
        await AssertRefusedToAnotherCompanyAsync(number, id);
    }

    [Fact]
    public async Task Nothing_real_is_billed_in_the_name_of_a_default()
    {
        await EnterPricesAsync();
        await UseAsync(ThisMonth.AddMonths(-1));
        var nameless = s_seller.Where(setting => setting.Key.EndsWith("Series", StringComparison.Ordinal)).ToDictionary();

        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => RunAsync(_host.Found, nameless, LongAgo));
        var (wouldBeFine, _) = await RunAsync(_host.Found, nameless, LongAgo, "--dry-run");
        // What `up` makes by itself sells as FleetChat.
        var (isFine, _) = await RunAsync(_host.Found with { IsPrivate = true }, [], LongAgo);

        Assert.Contains("FleetChat__Billing__SupplierName is not set here", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("FleetChat__Billing__InvoiceSeries", refused.Message, StringComparison.Ordinal);
        Assert.True(wouldBeFine);
        Assert.True(isFine);
    }

    [Fact]
    public async Task Who_sells_by_the_settings_stands_on_the_preview()
    {
        await EnterPricesAsync();
        await UseAsync(ThisMonth);
        var settings = new Dictionary<string, string?>(s_seller) { ["FleetChat:Billing:SupplierName"] = "Fleet Sellers Inc." };

        using var told = JsonDocument.Parse((await RunAsync(_host.Found, settings, ThisMonth, "--dry-run", "--json")).Said);

        Assert.Equal("Fleet Sellers Inc.", Assert.Single(told.RootElement.EnumerateArray()).GetProperty("invoice").GetProperty("supplier").GetProperty("name").GetString());
    }

    [Fact]
    public async Task What_is_blocked_says_why_and_is_no_success()
    {
        await UseAsync(LongAgo);

        var (isFine, said) = await RunAsync(LongAgo);
        var (wouldBeFine, would) = await RunAsync(LongAgo, "--dry-run");

        Assert.False(isFine);
        Assert.Contains($"{Tenant}: blocked (billing.rate_card_missing): No rate card", said, StringComparison.Ordinal);
        Assert.False(wouldBeFine);
        Assert.Contains("No rate card", would, StringComparison.Ordinal);
        Assert.Equal(0, await CountInvoicesAsync());
    }

    [Fact]
    public async Task Company_that_was_not_in_service_is_left_out_unless_it_is_named()
    {
        await EnterPricesAsync();

        var (_, nobody) = await RunAsync(LongAgo, "--dry-run");
        Assert.Contains($"No company was in service in {BillingPeriod.Write(LongAgo)}.", nobody, StringComparison.Ordinal);
        Assert.Contains("Companies: 0,", nobody, StringComparison.Ordinal);
        var (isFine, said) = await RunAsync(LongAgo, "--dry-run", "--tenant", Tenant);

        Assert.True(isFine, said);
        Assert.Contains("was not in service", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sums_of_a_month_that_has_not_begun_say_so()
    {
        await EnterPricesAsync();
        await UseAsync(ThisMonth);
        var next = BillingPeriod.Write(ThisMonth.AddMonths(1));

        Assert.Contains($"{next} has not begun", (await RunAsync(ThisMonth.AddMonths(1), "--dry-run")).Said, StringComparison.Ordinal);
        var preview = CommandOptions.ReadInvoicePreview(["--tenant", Tenant, "--period", next]);
        Assert.Contains($"{next} has not begun", await InvoiceAsync(InvoiceCommand.PreviewAsync, preview), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Preview_is_of_the_month_that_is_billed_next()
    {
        await EnterPricesAsync();
        await UseAsync(ThisMonth);

        var said = await InvoiceAsync(InvoiceCommand.PreviewAsync, CommandOptions.ReadInvoicePreview(["--tenant", Tenant]));

        Assert.Contains($"for {BillingPeriod.Write(ThisMonth)}: draft", said, StringComparison.Ordinal);
        Assert.Contains("Total 108.00 USD", said, StringComparison.Ordinal);
        Assert.Contains($"{BillingPeriod.Write(ThisMonth)} is open: ", said, StringComparison.Ordinal);
        Assert.Contains("Forecast of the month's end, an estimate and no invoice: ", said, StringComparison.Ordinal);
        Assert.Matches($@"  {Tenant}: [^:]+: \d+ drivers, 0 messages, ", said);
        Assert.Equal(0, await CountInvoicesAsync());
    }

    [Fact]
    public async Task Stopped_installation_says_how_to_start_it()
        => Assert.Contains("-- up", (await Assert.ThrowsAsync<StartRefusedException>(
            () => CommandConsole.RunAsync(console => BillingCommand.StatusAsync(new(), _host.Stopped, console, default)))).Message, StringComparison.Ordinal);

    [Fact]
    public void What_is_missing_is_not_guessed()
    {
        Assert.Throws<FormatException>(() => CommandOptions.ReadBillingRun(["--dry-run"]));
        Assert.Throws<FormatException>(() => CommandOptions.ReadBillingRun(["--period", "March"]));
        Assert.Throws<FormatException>(() => CommandOptions.ReadInvoicePreview([]));
        Assert.Throws<FormatException>(() => CommandOptions.ReadInvoiceShow(["--tenant", "a_001"]));
        Assert.Throws<FormatException>(() => CommandOptions.ReadInvoiceShow(["INV-US-000001"]));
        Assert.Throws<FormatException>(() => CommandOptions.ReadInvoicePdf(["INV-US-000001", "--tenant", "a_001"]));
        Assert.Throws<FormatException>(() => CommandOptions.ReadInvoiceList(["--tenant", "a_001", "--out", "x.pdf"]));
        Assert.Throws<FormatException>(() => CommandOptions.ReadInvoiceExplain(["INV-US-000001", "--tenant", "a_001"]));
        Assert.Throws<FormatException>(() => CommandOptions.ReadInvoiceExplain(["INV-US-000001", "--tenant", "a_001", "--line", "0"]));
    }

    private async Task AssertPrintedAsync(string number)
    {
        var folder = Directory.CreateTempSubdirectory("fleetchat-pdf-");
        try
        {
            var file = Path.Combine(folder.FullName, "invoice.pdf");
            await InvoiceAsync(InvoiceCommand.PdfAsync, CommandOptions.ReadInvoicePdf([number, "--tenant", Tenant, "--out", file]));
            Assert.True((await File.ReadAllBytesAsync(file)).AsSpan().StartsWith("%PDF"u8));
            var nowhere = CommandOptions.ReadInvoicePdf([number, "--tenant", Tenant, "--out", Path.Combine(file, "no", "folder.pdf")]);
            await Assert.ThrowsAsync<StartRefusedException>(() => InvoiceAsync(InvoiceCommand.PdfAsync, nowhere));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task AssertRefusedToAnotherCompanyAsync(params string[] names)
    {
        var other = (await _host.AddCompanyAsync()).Tenant;
        foreach (var name in names)
        {
            var options = CommandOptions.ReadInvoiceShow([name, "--tenant", other]);
            Assert.Contains("has no invoice", (await Assert.ThrowsAsync<StartRefusedException>(() => InvoiceAsync(InvoiceCommand.ShowAsync, options))).Message, StringComparison.Ordinal);
        }
        Assert.Contains("There is no invoice yet.", await InvoiceAsync(InvoiceCommand.ListAsync, CommandOptions.ReadInvoiceList(["--tenant", other])), StringComparison.Ordinal);
    }

    private async Task EnterPricesAsync()
    {
        await using var core = WorkServices.Create(_host.Found, TimeProvider.System.GetUtcNow());
        var tiers = new Dictionary<string, TierPrice> { ["starter"] = new(900, 100, 1.5m, []) };
        BillingDay.Value(await core.GetRequiredService<RateCards>().EnterAsync(new("USD", "2020-01", tiers, "test"), default));
    }

    /// <summary>In service since that month, with twelve drivers in it.</summary>
    private async Task UseAsync(DateOnly period)
    {
        var db = new TenantDbs(_database.AppSource).For(TenantId.Parse(Tenant));
        await _database.ExecuteAsAdminAsync("delete from fleet.service_terms where tenant_id = $1", P.Text(Tenant));
        await db.ExecuteAsync(ServiceTerms.Note, default, P.Day(period), P.Text("starter"), P.Bool(true));
        await db.ExecuteAsync("""
            insert into fleet.usage_facts (tenant_id, kind, source_id, part, period, at, amount)
            select $1, 'driver_active', gen_random_uuid(), $2::text, $2, $3, 1
            from generate_series(1, 12)
            """, default, P.Day(period), P.Time(BillingPeriod.StartOf(period, s_zone)));
        await UsageSql.FoldAsync(db, default);
        await Books.KeepAsync(db, s_zone, default);
    }

    private Task<long> CountInvoicesAsync() => _database.ScalarAsAdminAsync<long>("select count(*) from fleet.invoices where tenant_id = $1", P.Text(Tenant));

    private Task<string> StatusAsync(params string[] words)
        => CommandConsole.RunAsync(console => BillingCommand.StatusAsync(CommandOptions.ReadView("billing status", words), _host.Found, console, default));

    private Task<(bool IsFine, string Said)> RunAsync(DateOnly period, params string[] words) => RunAsync(_host.Found, s_seller, period, words);

    private static async Task<(bool IsFine, string Said)> RunAsync(FoundInstallation found, Dictionary<string, string?> settings, DateOnly period, params string[] words)
    {
        var isFine = false;
        var options = CommandOptions.ReadBillingRun(["--period", BillingPeriod.Write(period), .. words]);
        var billing = BillingSettings.Of(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        var said = await CommandConsole.RunAsync(async console => isFine = await BillingCommand.RunAsync(options, found, billing, console, default));
        return (isFine, said);
    }

    private Task<string> InvoiceAsync(Func<InvoiceCommandOptions, FoundInstallation, IAnsiConsole, CancellationToken, Task> command, InvoiceCommandOptions options)
        => CommandConsole.RunAsync(console => command(options, _host.Found, console, default));

    [GeneratedRegex("driver +[0-9a-f-]{36}")]
    private static partial Regex DriverRow();

    [GeneratedRegex("INV-US-[0-9]{6}")]
    private static partial Regex Number();
}
