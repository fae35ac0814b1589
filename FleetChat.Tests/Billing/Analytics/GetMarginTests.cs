using System.Text;
using FleetChat.Core.Billing.Analytics;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Data;
using FleetChat.Tests.Billing.Invoices;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.Billing.Analytics;

/// <summary>What a month brings and what its messages cost at Meta.</summary>
public sealed class GetMarginTests : IAsyncLifetime
{
    private static readonly DateTimeOffset s_march = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;
    private BillingDay _billing = null!;
    private MessageDay _messages = null!;

    // Each has a clock and rates of its own.
    public async Task InitializeAsync()
    {
        _database = await TestDatabase.BorrowAsync();
        _fleet = await TestFleet.StartAsync(_database);
        _billing = await BillingDay.StartAsync(_fleet);
        _messages = new(_fleet, _billing.Company);
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_month_so_far_is_its_preview_less_what_statuses_called_billable()
    {
        await _billing.UseAsync(drivers: 12, messages: 150, s_march);
        await EnterAsync("US", 0.34m);
        await EnterAsync("MX", 0.85m);
        var (us, mx) = (await _messages.AddDriverAsync("+12125550100"), await _messages.AddDriverAsync("+525512345678"));
        for (var n = 0; n < 3; n++) await SendAsync(us, s_march, billable: true);
        await SendAsync(us, s_march, billable: false);
        await SendAsync(us, s_march, billable: null, category: null);
        await SendAsync(mx, s_march, billable: true);

        var margin = await MarginAsync();

        // 177.75, as InvoiceMonthTests work it out; 3 x 0.34 + 0.85 = 1.87 cents.
        Assert.Equal((InvoiceState.Draft, "USD", 17_775, 4, 0, 0), (margin.InvoiceStatus, margin.Currency, margin.RevenueAmount, margin.BillableMessages, margin.MessagesWithoutRate, margin.UndeterminedMessages));
        Assert.Equal([new MetaCost("USD", 2)], margin.Costs);
        Assert.Equal(17_773L, margin.MarginAmount);
        Assert.Equal([("MX", 1L, 0.85m), ("US", 3L, 1.02m)], margin.Lines.Select(line => (line.Country, line.Messages, line.Amount!.Value)));
    }

    [Fact]
    public async Task As_CSV_it_says_what_comes_in_what_it_costs_and_what_is_left()
    {
        await _billing.UseAsync(drivers: 12, messages: 150, s_march);
        await EnterAsync("US", 0.34m);
        var driver = await _messages.AddDriverAsync("+12125550100");
        for (var n = 0; n < 3; n++) await SendAsync(driver, s_march, billable: true);

        Assert.Equal(["kind,country,category,messages,rate_country,rate_valid_from,currency,amount_per_message,amount", "revenue,,,,,,USD,,17775", "cost,US,utility,3,US,2026-01-01,USD,0.34,1.02", "margin,,,,,,USD,,17774"], await CsvAsync());
        // Nobody knows what that one costs, and so not what is left.
        await SendAsync(driver, s_march, billable: null);
        Assert.Equal(["undetermined,,,1,,,,,", "margin,,,,,,USD,,"], (await CsvAsync())[^2..]);

        async Task<string[]> CsvAsync() => Encoding.UTF8.GetString(BillingDay.Value(await _fleet.Get<GetMargin>().WriteCsvAsync(_billing.Company.Id, BillingDay.March, default)))
            .TrimStart('\uFEFF').Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public async Task Each_message_costs_what_held_on_its_day_in_the_companys_zone()
    {
        await EnterAsync("US", 10);
        await EnterAsync("US", 25, new(2026, 3, 16));
        var driver = await _messages.AddDriverAsync();
        // Midnight in Chicago is at 5 by then, at 6 on the first of the month, and at 5 at its end.
        foreach (var (day, hour, minute) in new[] { (1, 5, 59), (1, 6, 0), (16, 4, 59), (16, 5, 0), (31, 23, 0) }) await SendAsync(driver, new(2026, 3, day, hour, minute, 0, TimeSpan.Zero), billable: true);
        await SendAsync(driver, new(2026, 4, 1, 4, 59, 0, TimeSpan.Zero), billable: true);
        await SendAsync(driver, new(2026, 4, 1, 5, 0, 0, TimeSpan.Zero), billable: true);

        var margin = await MarginAsync();

        Assert.Equal([(2L, 10m), (3L, 25m)], margin.Lines.Select(line => (line.Messages, line.AmountPerMessage!.Value)));
        Assert.Equal([new MetaCost("USD", 95)], margin.Costs);
    }

    [Fact]
    public async Task A_message_is_of_the_month_in_which_it_was_sent_not_made()
    {
        await EnterAsync("US", 1);
        var sent = await SendAsync(await _messages.AddDriverAsync(), new(2026, 3, 1, 7, 0, 0, TimeSpan.Zero), billable: true);
        await _database.ExecuteAsAdminAsync("update fleet.message_logs set timestamp = '2026-02-20T12:00:00Z' where id = $1", P.Uuid(sent));

        Assert.Equal(1, (await MarginAsync()).BillableMessages);
    }

    [Fact]
    public async Task Where_no_rate_is_known_it_says_so_and_makes_no_difference_up()
    {
        await EnterAsync("US", 10);
        var (us, fr) = (await _messages.AddDriverAsync(), await _messages.AddDriverAsync("+33612345678"));
        await SendAsync(us, s_march, billable: true);
        await SendAsync(us, s_march, billable: true, category: "marketing");
        await SendAsync(fr, s_march, billable: true);

        var margin = await MarginAsync();

        Assert.Equal((3, 2, null), (margin.BillableMessages, margin.MessagesWithoutRate, margin.MarginAmount));
        Assert.Equal([new MetaCost("USD", 10)], margin.Costs);
        await EnterAsync("*", 20);
        await EnterAsync("*", 30, category: "marketing");
        Assert.Equal((0, -60), ((await MarginAsync()).MessagesWithoutRate, (await MarginAsync()).MarginAmount));
    }

    [Fact]
    public async Task What_statuses_left_open_is_counted_apart()
    {
        await EnterAsync("US", 10);
        await SendAsync(await _messages.AddDriverAsync(), s_march, billable: null);

        var margin = await MarginAsync();

        Assert.Equal((0, 1, null), (margin.BillableMessages, margin.UndeterminedMessages, margin.MarginAmount));
        Assert.Empty(margin.Costs);
    }

    [Fact]
    public async Task A_phone_that_is_forgotten_has_no_rate_of_any_country()
    {
        await EnterAsync("*", 10);
        await SendAsync(await _messages.AddDriverAsync(), s_march, billable: true);
        var key = await _fleet.Get<Core.Security.DataKeys>().GetAsync(_billing.Company.Id, default);
        var chat = await _fleet.Db(_billing.Company).FindAsync("select id from fleet.conversations where tenant_id = $1", row => row.GetGuid(0), default);
        await _fleet.Db(_billing.Company).ExecuteAsync("update fleet.conversations set identity = $2 where tenant_id = $1", default, P.Bytes(key.Encrypt(Core.Security.EncryptedColumns.ConversationIdentity, chat, "")));

        var margin = await MarginAsync();

        Assert.Equal((1, 1, null), (margin.BillableMessages, margin.MessagesWithoutRate, margin.MarginAmount));
    }

    [Fact]
    public async Task Currencies_that_differ_are_shown_and_not_converted()
    {
        await EnterAsync("US", 10, currency: "EUR");
        await SendAsync(await _messages.AddDriverAsync(), s_march, billable: true);

        var margin = await MarginAsync();

        Assert.Equal(("USD", null), (margin.Currency, margin.MarginAmount));
        Assert.Equal([new MetaCost("EUR", 10)], margin.Costs);
    }

    [Fact]
    public async Task A_final_invoice_brings_what_is_not_credited_and_a_void_one_nothing()
    {
        await EnterAsync("US", 10);
        await SendAsync(await _messages.AddDriverAsync(), s_march, billable: true);
        var other = await BillingDay.StartAsync(_fleet, "voided");
        await other.UseAsync(drivers: 12, messages: 150, s_march);
        var invoice = await _billing.FinalAsync();
        Assert.True((await other.BillAsync()).IsFinal);
        BillingDay.Value(await _fleet.Get<ChangeDebt>().CreditAsync(new(_billing.Company.Id, invoice.Id, 1_000, "Outage", BillingDay.Operator, null), default));
        BillingDay.Value(await _fleet.Get<ChangeDebt>().VoidAsync(other.Company.Id, (await other.InvoiceAsync()).Id, "Billed by mistake", BillingDay.Operator, default));

        var (margin, voided) = (await MarginAsync(), BillingDay.Value(await _fleet.Get<GetMargin>().HandleAsync(other.Company.Id, BillingDay.March, default)));

        Assert.Equal((16_775, 16_765), (margin.RevenueAmount, margin.MarginAmount));
        // Nor are the first one's messages in it.
        Assert.Equal((InvoiceState.Void, 0, 0, 0), (voided.InvoiceStatus, voided.RevenueAmount, voided.BillableMessages, voided.MarginAmount));
    }

    private async Task<MarginView> MarginAsync() => BillingDay.Value(await _fleet.Get<GetMargin>().HandleAsync(_billing.Company.Id, BillingDay.March, default));

    // Beside the ledger: what is billed is the billing day's.
    private Task<Guid> SendAsync(Guid driver, DateTimeOffset at, bool? billable, string? category = "utility") => _messages.SendAsync(driver, at, category: category, billable: billable, isCounted: false);

    private async Task EnterAsync(string country, decimal amount, DateOnly? validFrom = null, string category = "utility", string currency = "USD")
        => BillingDay.Value(await _fleet.Get<MetaRates>().EnterAsync(new(country, category, validFrom ?? new(2026, 1, 1), currency, amount, BillingDay.Operator), default));
}
