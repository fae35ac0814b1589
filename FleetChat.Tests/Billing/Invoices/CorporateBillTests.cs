using System.Text.RegularExpressions;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Billing.Runs;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.Billing.Invoices;

/// <summary>One bill for a parent: the sum of its children's, each month on one of the two and never on both.</summary>
public sealed class CorporateBillTests : IAsyncLifetime
{
    /// <summary>In Chicago.</summary>
    private static readonly DateTimeOffset s_endOfMarch = new(2026, 4, 1, 5, 0, 0, TimeSpan.Zero);

    private static readonly DateTimeOffset s_final = s_endOfMarch + BillingDay.Grace;
    private TestDatabase _database = null!;
    private CorporateDay _day = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.BorrowAsync();
        _day = new(await TestFleet.StartAsync(_database));
    }

    public async Task DisposeAsync()
    {
        await _day.Fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData("USD", "240.06")]
    [InlineData("JPY", "24,006")]
    [InlineData("KWD", "24.006")]
    public async Task The_bill_is_the_sum_of_its_companies_to_the_minor_unit(string currency, string printed)
    {
        await _day.AddAsync("group", currency: currency, tax: 5);
        await _day.AddAsync("north", currency: currency, tax: 8.25m);
        await _day.AddAsync("south", currency: currency, tax: 7.5m);
        await LinkAsync("north", "south");
        await _day.UseAsync("group", 2, 0);
        await _day.UseAsync("north", 12, 150);
        await _day.UseAsync("south", 1, 101);

        await _day.WavesAsync(s_endOfMarch);
        await _day.WavesAsync(s_final);

        // Alone: 30.00 and 1.50 tax; 177.75 and 14.66 (of 14.664375); 15.02 (a message of 1.5 cents is 2) and 1.13 (of 1.1265).
        var (bill, north, south) = (await InvoiceAsync("group"), await InvoiceAsync("north"), await InvoiceAsync("south"));
        Assert.Equal((17_775 + 1_466, 1_502 + 113), (north.TotalAmount, south.TotalAmount));
        Assert.Equal((15, 251, 22_500, 300, 77, 0, 1_729, 24_006), (bill.ActiveDrivers, bill.MessageVolume, bill.BaseCost, bill.VolumeDiscount, bill.MessageCharge, bill.AdjustmentAmount, bill.TaxAmount, bill.TotalAmount));
        Assert.Equal([new InvoiceTax(5, false, null, 3_000, 150), new InvoiceTax(8.25m, false, null, 17_775, 1_466), new InvoiceTax(7.5m, false, null, 1_502, 113)], bill.Taxes.Select(tax => tax with { Percent = tax.Percent / 1.000m }));
        Assert.Equal((InvoiceKind.Invoice, InvoiceState.Final, 24_006, new DateOnly(2026, 4, 2), new DateOnly(2026, 4, 16)), (bill.Kind, bill.Status, bill.DueAmount, bill.IssuedOn, bill.DueOn));
        Assert.Equal([(Id("group"), 3_000), (Id("north"), 17_775), (Id("south"), 1_502)], bill.Lines.GroupBy(line => line.Company!.Value).Select(lines => (lines.Key, lines.Sum(line => line.Amount))));
        // The child's own lines, word for word.
        Assert.Equal(north.Lines.Select(line => line with { No = 0 }), bill.Lines.Where(line => line.Company == Id("north")).Select(line => line with { No = 0, Company = null, CompanyName = null }));
        Assert.Equal(["group trucking", "north trucking", "south trucking"], bill.Lines.Select(line => line.CompanyName).Distinct());
        Assert.Contains(printed, BillingDay.Value(await _day.Fleet.Get<PrintInvoice>().PageAsync(Id("group"), bill.Id, default)), StringComparison.Ordinal);
        await AssertBilledOnceAsync();
    }

    [Fact]
    public async Task A_statement_is_no_invoice_and_nothing_is_owed_for_it()
    {
        await SmallGroupAsync();
        await _day.WavesAsync(s_endOfMarch);
        var draft = await InvoiceAsync("north");
        await _day.WavesAsync(s_final);
        var statement = await InvoiceAsync("north");
        var debt = _day.Fleet.Get<ChangeDebt>();

        Assert.Equal((InvoiceKind.Statement, InvoiceState.Draft), (draft.Kind, draft.Status));
        Assert.Equal((InvoiceKind.Statement, InvoiceState.Final, null, 0, Id("group"), 3_000), (statement.Kind, statement.Status, statement.Number, statement.DueAmount, statement.PaidBy, statement.TotalAmount));
        Assert.Equal((new DateOnly(2026, 4, 2), null), (statement.IssuedOn, statement.DueOn));
        Assert.Equal("billing.statement_not_owed", (await debt.CreditAsync(new(Id("north"), statement.Id, 1, "Too much", BillingDay.Operator, null), default)).Error?.Code);
        Assert.Equal("billing.statement_not_owed", (await debt.PayAsync(new(Id("north"), statement.Id, 1, "bank-1", BillingDay.Operator), default)).Error?.Code);
        Assert.Equal("billing.statement_not_owed", (await debt.VoidAsync(Id("north"), statement.Id, "A slip", BillingDay.Operator, default)).Error?.Code);
        Assert.Equal(0, await _day.CountAsync($"fleet.receivables where tenant_id = '{Id("north")}'"));
        Assert.Equal((0, 1), (await MailsAsync("north"), await MailsAsync("group")));
        Assert.Equal("INV-US-000001", (await InvoiceAsync("group")).Number);
        Assert.Contains($"on the invoice of {Id("group")}", BillingDay.Value(await _day.Fleet.Get<PrintInvoice>().PageAsync(Id("north"), statement.Id, default)), StringComparison.Ordinal);
        foreach (var act in new[] { "update fleet.invoices set state = 'void', reason = 'x' where tenant_id = $1 and id = $2", "update fleet.invoices set kind = 'invoice', paid_by = null where tenant_id = $1 and id = $2" })
            Assert.Equal("23001", (await Assert.ThrowsAsync<PostgresException>(() => _day.Fleet.Db(_day["north"].Company).ExecuteAsync(act, default, P.Uuid(statement.Id)))).SqlState);
    }

    [Fact]
    public async Task Who_is_the_parent_when_the_month_ends_pays_for_all_of_it()
    {
        await _day.AddAsync("group");
        foreach (var name in new[] { "joined", "left", "left_later", "joined_later" })
        {
            await _day.AddAsync(name);
            await _day.UseAsync(name, 1, 0);
        }
        foreach (var name in new[] { "left", "left_later" }) BillingDay.Value(await _day.LinkAsync(name, "group"));
        _day.Fleet.Clock.SetUtcNow(new(2026, 3, 20, 12, 0, 0, TimeSpan.Zero));
        BillingDay.Value(await _day.LinkAsync("joined", "group"));
        BillingDay.Value(await _day.UnlinkAsync("left"));
        // The month has ended, and its grace goes on.
        _day.Fleet.Clock.SetUtcNow(s_endOfMarch.AddHours(1));
        BillingDay.Value(await _day.UnlinkAsync("left_later"));
        BillingDay.Value(await _day.LinkAsync("joined_later", "group"));
        await _day.WavesAsync(s_final);

        Assert.Equal([Id("group"), Id("joined"), Id("left_later")], (await InvoiceAsync("group")).Lines.Select(line => line.Company!.Value).Distinct());
        Assert.Equal(3_000, (await InvoiceAsync("group")).TotalAmount);
        foreach (var (name, kind, due) in new[] { ("joined", InvoiceKind.Statement, 0), ("left_later", InvoiceKind.Statement, 0), ("left", InvoiceKind.Invoice, 1_500), ("joined_later", InvoiceKind.Invoice, 1_500) })
            Assert.Equal((name, kind, due), (name, (await InvoiceAsync(name)).Kind, (await InvoiceAsync(name)).DueAmount));

        await _day.WavesAsync(new DateTimeOffset(2026, 5, 1, 5, 0, 0, TimeSpan.Zero) + BillingDay.Grace);
        Assert.Equal([Id("group"), Id("joined"), Id("joined_later")], (await InvoiceAsync("group", BillingDay.April)).Lines.Select(line => line.Company!.Value).Distinct());
        Assert.Equal(InvoiceKind.Invoice, (await InvoiceAsync("left_later", BillingDay.April)).Kind);
        await AssertBilledOnceAsync();
    }

    [Fact]
    public async Task A_parent_waits_for_a_child_on_the_other_side_of_the_earth_and_shows_what_there_is()
    {
        await _day.AddAsync("group", zone: "Pacific/Auckland");
        await _day.AddAsync("north", zone: "Pacific/Honolulu");
        BillingDay.Value(await _day.LinkAsync("north", "group"));
        await _day.UseAsync("group", 1, 0);
        await _day.UseAsync("north", 2, 0);

        // Auckland's grace is over; Honolulu's month ended an hour ago.
        await _day.WavesAsync(new(2026, 4, 1, 11, 0, 0, TimeSpan.Zero));
        var waiting = await InvoiceAsync("group");
        await _day.WavesAsync(new(2026, 4, 2, 9, 45, 0, TimeSpan.Zero));
        Assert.Equal(InvoiceState.Draft, (await InvoiceAsync("group")).Status);
        await _day.WavesAsync(new(2026, 4, 2, 10, 0, 0, TimeSpan.Zero));

        Assert.Equal((InvoiceState.Draft, 4_500), (waiting.Status, waiting.TotalAmount));
        // 11 in the evening of 2 April in Auckland.
        Assert.Equal((InvoiceState.Final, 4_500, new DateOnly(2026, 4, 2)), ((await InvoiceAsync("group")).Status, (await InvoiceAsync("group")).TotalAmount, (await InvoiceAsync("group")).IssuedOn));
        Assert.Equal(0, await _day.AlertsAsync("group"));
        await AssertBilledOnceAsync();
    }

    [Fact]
    public async Task A_child_that_is_blocked_stops_its_parent_and_nobody_else()
    {
        await SmallGroupAsync();
        var adjustments = _day.Fleet.Get<Adjustments>();
        var slip = BillingDay.Value(await adjustments.AddAsync(new(Id("north"), BillingDay.March, "A slip", -5_000, BillingDay.Operator, null), default));

        await _day.WavesAsync(s_final);
        Assert.Equal((1, 0, 0), (await _day.AlertsAsync("north"), await _day.AlertsAsync("group"), await _day.AlertsAsync("south")));
        await _day.WavesAsync(s_final.AddHours(1));
        Assert.Equal((1, 1, 0), (await _day.AlertsAsync("north"), await _day.AlertsAsync("group"), await _day.AlertsAsync("south")));
        Assert.Equal("billing.child_awaited", (await _day["group"].BillAsync()).Problem);
        Assert.Equal((InvoiceState.Draft, InvoiceState.Final), ((await InvoiceAsync("group")).Status, (await InvoiceAsync("south")).Status));
        BillingDay.Value(await adjustments.TakeBackAsync(Id("north"), BillingDay.March, slip.Id, BillingDay.Operator, default));
        await _day.WavesAsync(s_final.AddHours(2));

        Assert.Equal((0, 0), (await _day.AlertsAsync("north"), await _day.AlertsAsync("group")));
        Assert.Equal((InvoiceState.Final, 6_000, new DateOnly(2026, 4, 2)), ((await InvoiceAsync("group")).Status, (await InvoiceAsync("group")).TotalAmount, (await InvoiceAsync("group")).IssuedOn));
        await AssertBilledOnceAsync();
    }

    [Fact]
    public async Task A_child_that_is_closed_for_good_is_waited_for_no_longer_and_its_parents_alert_ends()
    {
        await SmallGroupAsync();
        BillingDay.Value(await _day.Fleet.Get<Adjustments>().AddAsync(new(Id("north"), BillingDay.March, "A slip", -5_000, BillingDay.Operator, null), default));
        await _day.WavesAsync(s_final.AddHours(1));
        Assert.Equal((InvoiceState.Draft, 1), ((await InvoiceAsync("group")).Status, await _day.AlertsAsync("group")));

        await CloseAsync("north");
        await _day.WavesAsync(s_final.AddHours(2));

        Assert.Equal((InvoiceState.Final, 3_000, 0), ((await InvoiceAsync("group")).Status, (await InvoiceAsync("group")).TotalAmount, await _day.AlertsAsync("group")));
    }

    [Fact]
    public async Task Statements_of_a_parent_that_is_closed_for_good_keep_nobody_busy()
    {
        await SmallGroupAsync();
        _day.Fleet.Clock.SetUtcNow(s_final);
        foreach (var name in new[] { "north", "south" }) await _day[name].BillAsync();
        Assert.Single(await _day.Fleet.Get<BillingRuns>().ListDueAsync(isByHand: true, default));

        await CloseAsync("group");
        await _day.Fleet.Database.ExecuteAsAdminAsync("delete from fleet.service_terms where tenant_id = $1", P.Text(Id("group").Value));
        await _day["group"].KeepBooksAsync();

        Assert.Empty(await _day.Fleet.Get<BillingRuns>().ListDueAsync(isByHand: true, default));
    }

    // Past all that stands against it.
    private async Task CloseAsync(string name)
    {
        foreach (var table in new[] { "fleet.tenants", "directory.tenants" }) await _day.Fleet.Database.ExecuteAsAdminAsync($"update {table} set status = 'terminated' where tenant_id = $1", P.Text(Id(name).Value));
        await _day.Fleet.Get<DataKeys>().DestroyAsync(Id(name), default);
    }

    [Fact]
    public async Task What_is_left_in_the_books_stands_against_closing_a_company()
    {
        await SmallGroupAsync();
        Assert.Equal("corporate.has_children", await ObstacleAsync());
        await _day.WavesAsync(s_endOfMarch);
        foreach (var child in new[] { "north", "south" }) BillingDay.Value(await _day.UnlinkAsync(child));
        await _day.Fleet.Db(_day["group"].Company).ExecuteAsync(ServiceTerms.Note, default, P.Day(BillingDay.April), P.Text("enterprise"), P.Bool(false));
        Assert.Equal("billing.months_open", await ObstacleAsync());

        _day.Fleet.Clock.SetUtcNow(s_final);
        await _day["group"].BillAsync();
        Assert.Equal("billing.months_open", await ObstacleAsync());
        await _day.WavesAsync(s_final);
        Assert.Equal("billing.invoices_open", await ObstacleAsync());
        var bill = await InvoiceAsync("group");
        BillingDay.Value(await _day.Fleet.Get<ChangeDebt>().PayAsync(new(Id("group"), bill.Id, bill.TotalAmount, "bank-1", BillingDay.Operator), default));
        Assert.Null((await _day.Fleet.Get<CollectInvoice>().HandleAsync(new(Id("group").Value, bill.Id), default)).NextAt);

        Assert.Null(await ObstacleAsync());
    }

    private async Task<string?> ObstacleAsync()
    {
        await using var db = await _day.Fleet.Get<TenantDbs>().BeginAsync(Id("group"), default);
        return (await _day.Fleet.Get<ClosingBooks>().FindObstacleAsync(db, default))?.Code;
    }

    [Fact]
    public async Task The_last_childs_statement_names_whose_bill_can_be_made_now()
    {
        await SmallGroupAsync();
        _day.Fleet.Clock.SetUtcNow(s_final);

        Assert.False((await _day["group"].BillAsync()).IsFinal);
        Assert.Equal(Id("group").Value, (await _day["north"].BillAsync()).PaidBy);
        Assert.False((await _day["group"].BillAsync()).IsFinal);
        Assert.Equal(Id("group").Value, (await _day["south"].BillAsync()).PaidBy);
        Assert.True((await _day["group"].BillAsync()).IsFinal);

        Assert.Equal(6_000, (await InvoiceAsync("group")).TotalAmount);
    }

    [Fact]
    public async Task A_parent_that_is_not_in_service_gets_the_bill_of_its_children_and_no_month_of_its_own()
    {
        await _day.AddAsync("group", isInService: false, tax: 5);
        await _day.AddAsync("north", tax: 10);
        BillingDay.Value(await _day.LinkAsync("north", "group"));
        await _day.UseAsync("group", 7, 700);
        await _day.UseAsync("north", 2, 0);

        await _day.WavesAsync(s_endOfMarch);
        var draft = await InvoiceAsync("group");
        await _day.WavesAsync(s_final);

        var bill = await InvoiceAsync("group");
        Assert.Equal((InvoiceState.Draft, 3_300), (draft.Status, draft.TotalAmount));
        Assert.Equal((InvoiceState.Final, 3_300, 2, 0, 3_300), (bill.Status, bill.TotalAmount, bill.ActiveDrivers, bill.MessageVolume, bill.DueAmount));
        Assert.Equal([Id("north")], bill.Lines.Select(line => line.Company!.Value).Distinct());
        Assert.Null((await Books.FindAsync(_day.Fleet.Db(_day["group"].Company), default))!.NextPeriod);
        await AssertBilledOnceAsync();
    }

    [Fact]
    public async Task A_parent_that_is_closed_pays_for_nobody()
    {
        await SmallGroupAsync();
        await _day.Fleet.Database.ExecuteAsAdminAsync($"""
            update fleet.tenants set status = 'terminated' where tenant_id = '{Id("group")}';
            delete from fleet.service_terms where tenant_id = '{Id("group")}';
            """);
        await _day["group"].KeepBooksAsync();

        await _day.WavesAsync(s_final);

        foreach (var name in new[] { "north", "south" }) Assert.Equal((InvoiceKind.Invoice, 3_000, 3_000), ((await InvoiceAsync(name)).Kind, (await InvoiceAsync(name)).TotalAmount, (await InvoiceAsync(name)).DueAmount));
        Assert.Equal(0, await _day.CountAsync($"fleet.invoices where tenant_id = '{Id("group")}'"));
    }

    [Fact]
    public async Task A_child_that_comes_when_the_parents_month_is_closed_pays_for_itself()
    {
        await _day.AddAsync("group", zone: "Pacific/Kiritimati");
        await _day.AddAsync("north", zone: "Pacific/Pago_Pago");
        await _day.UseAsync("group", 1, 0);
        await _day.UseAsync("north", 1, 0);
        await _day.WavesAsync(new(2026, 4, 1, 10, 0, 0, TimeSpan.Zero));
        Assert.Equal(InvoiceState.Final, (await InvoiceAsync("group")).Status);

        // Half an hour before its own month ends.
        _day.Fleet.Clock.SetUtcNow(new(2026, 4, 1, 10, 30, 0, TimeSpan.Zero));
        BillingDay.Value(await _day.LinkAsync("north", "group"));
        await _day.WavesAsync(new(2026, 4, 2, 11, 0, 0, TimeSpan.Zero));

        Assert.Equal((InvoiceKind.Invoice, 1_500), ((await InvoiceAsync("north")).Kind, (await InvoiceAsync("north")).DueAmount));
    }

    [Fact]
    public async Task A_child_of_another_currency_is_refused_and_none_is_changed_inside()
    {
        await SmallGroupAsync();
        await _day.AddAsync("euro", currency: "EUR");

        Assert.Equal("corporate.currency_differs", (await _day.LinkAsync("euro", "group")).Error?.Code);
        foreach (var name in new[] { "north", "group" })
            Assert.Equal("corporate.currency_differs", (await _day.Fleet.Get<ChangeTenant>().HandleAsync(new(Id(name), new(Currency: "EUR"), BillingDay.Operator) { IsOperator = true }, default)).Error?.Code);
        // Somebody who came past both.
        await _day.Fleet.Database.ExecuteAsAdminAsync($"update fleet.tenants set currency = 'EUR' where tenant_id = '{Id("north")}'");
        await _day.WavesAsync(s_final);

        Assert.Equal("billing.family_currency", (await _day["north"].BillAsync()).Problem);
        Assert.Equal((1, 0), (await _day.AlertsAsync("north"), await _day.AlertsAsync("south")));
        Assert.Equal(0, await _day.CountAsync($"fleet.invoices where tenant_id in ('{Id("north")}', '{Id("group")}') and state = 'final'"));
        BillingDay.Value(await _day.Fleet.Get<ChangeTenant>().HandleAsync(new(Id("north"), new(Currency: "USD"), BillingDay.Operator) { IsOperator = true }, default));
        await _day.WavesAsync(s_final.AddHours(1));
        Assert.Equal((6_000, 0), ((await InvoiceAsync("group")).TotalAmount, await _day.AlertsAsync("group")));
    }

    [Fact]
    public async Task An_outage_of_weeks_and_waves_at_once_end_in_the_same_books()
    {
        var inTime = await ThreeMonthsAsync("in_time", async day =>
        {
            foreach (var end in new[] { (4, 1), (5, 1), (6, 1) })
            {
                for (var hours = 0; hours <= 48; hours += 6) await day.WavesAsync(new DateTimeOffset(2026, end.Item1, end.Item2, 0, 0, 0, TimeSpan.Zero).AddHours(hours), 1);
            }
            await day.WavesAsync(new(2026, 6, 20, 0, 0, 0, TimeSpan.Zero));
        });
        var late = await ThreeMonthsAsync("late", async day =>
        {
            day.Fleet.Clock.SetUtcNow(new(2026, 6, 20, 0, 0, 0, TimeSpan.Zero));
            for (var n = 0; n < 8; n++) await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(day.WaveAsync)));
        });

        Assert.Equal(inTime, late);
        // North: 45.02, 60.02 and 75.02 with 15 percent; south, which paid for itself in April: 177.75 with 8.25; from May on the group's own 30.00 with 19.
        Assert.Equal(["24418", "6902", "31438"], Regex.Matches(inTime.Split('\n')[0], "\"total_amount\":([0-9]+)").Select(match => match.Groups[1].Value));
    }

    [Fact]
    public async Task A_parent_whose_books_begin_later_goes_back_to_the_months_of_its_children()
    {
        await _day.AddAsync("group", isInService: false);
        await _day.AddAsync("north");
        await _day.Fleet.Db(_day["group"].Company).ExecuteAsync(ServiceTerms.Note, default, P.Day(BillingDay.April), P.Text("enterprise"), P.Bool(true));
        await _day["group"].KeepBooksAsync();
        await LinkAsync("north");
        await _day.UseAsync("north", 1, 0);
        await _day.UseAsync("group", 1, 0, new(2026, 4, 10, 12, 0, 0, TimeSpan.Zero));
        _day.Fleet.Clock.SetUtcNow(new(2026, 5, 20, 0, 0, 0, TimeSpan.Zero));

        // March of north is open, so April of the group waits; then it is on no bill yet, so April waits for March's.
        Assert.Equal("billing.child_awaited", (await _day["group"].BillAsync(BillingDay.April)).Problem);
        foreach (var period in new[] { BillingDay.March, BillingDay.April }) Assert.True((await _day["north"].BillAsync(period)).IsFinal);
        Assert.False((await _day["group"].BillAsync(BillingDay.April)).IsFinal);
        Assert.Equal(BillingDay.March, (await Books.FindAsync(_day.Fleet.Db(_day["group"].Company), default))!.NextPeriod);
        foreach (var period in new[] { BillingDay.March, BillingDay.April }) Assert.True((await _day["group"].BillAsync(period)).IsFinal);

        Assert.Equal((1_500, 1_500), ((await InvoiceAsync("group")).TotalAmount, (await InvoiceAsync("group", BillingDay.April)).TotalAmount));
        Assert.Equal(0, await _day.AlertsAsync("group"));
        await AssertBilledOnceAsync();
    }

    [Fact]
    public async Task Companies_of_a_group_that_are_billed_at_once_make_one_bill()
    {
        await SmallGroupAsync();
        _day.Fleet.Clock.SetUtcNow(s_final);

        for (var n = 0; n < 3; n++)
            await Task.WhenAll(new[] { "group", "north", "south", "group", "south", "north" }.Select(name => Task.Run(() => _day[name].BillAsync())));

        Assert.Equal((InvoiceState.Final, 6_000), ((await InvoiceAsync("group")).Status, (await InvoiceAsync("group")).TotalAmount));
        Assert.Equal(6_000, await _day.Fleet.Database.ScalarAsAdminAsync<long>("select sum(amount)::bigint from fleet.receivables"));
        await AssertBilledOnceAsync();
    }

    [Fact]
    public async Task Previews_say_who_pays_for_what()
    {
        await SmallGroupAsync();

        var (parent, child) = (await _day.PreviewAsync("group"), await _day.PreviewAsync("north"));

        Assert.Equal((InvoiceKind.Invoice, InvoiceState.Draft, 6_000), (parent.Kind, parent.Status, parent.TotalAmount));
        Assert.Equal([Id("group"), Id("north"), Id("south")], parent.Lines.Select(line => line.Company!.Value).Distinct());
        Assert.Equal((InvoiceKind.Statement, Id("group"), 3_000), (child.Kind, child.PaidBy, child.TotalAmount));
        Assert.All(child.Lines, line => Assert.Null(line.Company));
        Assert.Equal(0, await _day.CountAsync("fleet.invoices"));
    }

    [Fact]
    public async Task A_parents_forecast_is_the_sum_of_its_childrens_each_at_its_own_pace()
    {
        await SmallGroupAsync();
        await _day.UseAsync("north", 0, 300);
        // In Chicago 239 hours of March are over, and 504 are left.
        _day.Fleet.Clock.SetUtcNow(new(2026, 3, 11, 5, 0, 0, TimeSpan.Zero));

        var (parent, north, south) = ((await _day.PreviewAsync("group")).Forecast!, (await _day.PreviewAsync("north")).Forecast!, (await _day.PreviewAsync("south")).Forecast!);

        // 300 × 743 / 239 = 933 messages, of which 100 are included, at 1.5 cents: 12.495 is 12.50.
        Assert.Equal((2, 933, 3_000 + 1_250), (north.ActiveDrivers, north.MessageVolume, north.TotalAmount));
        Assert.Equal(3_000, south.TotalAmount);
        Assert.Equal((4, 933, 7_250), (parent.ActiveDrivers, parent.MessageVolume, parent.TotalAmount));
        Assert.Equal([(Id("group"), 0), (Id("north"), north.TotalAmount), (Id("south"), 3_000)], parent.Basis.Select(one => (one.TenantId, one.TotalAmount)));
        Assert.Equal([Id("north")], north.Basis.Select(one => one.TenantId));
    }

    [Fact]
    public async Task A_child_sees_neither_the_parents_bill_nor_a_siblings_statement()
    {
        await SmallGroupAsync();
        await _day.AddAsync("stranger");
        await _day.UseAsync("stranger", 5, 0);
        await _day.WavesAsync(s_final);
        var (bill, south, get) = (await InvoiceAsync("group"), await InvoiceAsync("south"), _day.Fleet.Get<GetInvoice>());

        foreach (var foreign in new[] { bill.Id, south.Id })
            Assert.Equal("billing.invoice_not_found", (await get.HandleAsync(Id("north"), foreign, default)).Error?.Code);
        Assert.Equal("billing.invoice_not_found", (await get.HandleAsync(Id("group"), south.Id, default)).Error?.Code);
        foreach (var name in new[] { "group", "north", "south", "stranger" }) Assert.Equal([Id(name)], (await _day.ListAsync(name)).Select(invoice => invoice.TenantId));
        Assert.DoesNotContain(Id("stranger"), bill.Lines.Select(line => line.Company!.Value));
        Assert.All((await InvoiceAsync("stranger")).Lines, line => Assert.Null(line.Company));
        foreach (var table in new[] { "invoices", "invoice_lines", "invoice_statements", "payer_terms" })
            Assert.Equal(0, await _day.Fleet.Db(_day["stranger"].Company).FindAsync($"select count(*) from fleet.{table} where tenant_id <> $1", row => row.GetInt64(0), default));
    }

    [Fact]
    public async Task A_credit_on_the_parents_bill_is_spread_over_the_taxes_of_all()
    {
        await _day.AddAsync("group");
        await _day.AddAsync("north", tax: 10);
        BillingDay.Value(await _day.LinkAsync("north", "group"));
        await _day.UseAsync("group", 1, 0);
        await _day.UseAsync("north", 1, 0);
        await _day.WavesAsync(s_final);
        var bill = await InvoiceAsync("group");

        var credit = BillingDay.Value(await _day.Fleet.Get<ChangeDebt>().CreditAsync(new(Id("group"), bill.Id, null, "All of it", BillingDay.Operator, null), default));

        Assert.Equal((3_150, 150), (bill.TotalAmount, bill.TaxAmount));
        Assert.Equal((3_150, 150), (credit.TotalAmount, credit.TaxAmount));
        Assert.Equal(0, (await InvoiceAsync("group")).DueAmount);
    }

    /// <summary>A parent that uses nothing, and two children with two drivers each.</summary>
    private async Task SmallGroupAsync()
    {
        foreach (var name in new[] { "group", "north", "south" }) await _day.AddAsync(name);
        await LinkAsync("north", "south");
        foreach (var name in new[] { "north", "south" }) await _day.UseAsync(name, 2, 0);
    }

    private async Task LinkAsync(params string[] children)
    {
        foreach (var child in children) BillingDay.Value(await _day.LinkAsync(child, "group"));
    }

    /// <summary>A holding that comes into service itself in May, and children that join and leave, each in a zone of its own.</summary>
    private static async Task<string> ThreeMonthsAsync(string name, Func<CorporateDay, Task> billAsync)
    {
        await using var database = await TestDatabase.BorrowAsync();
        await using var fleet = await TestFleet.StartAsync(database);
        var day = new CorporateDay(fleet);
        await day.AddAsync("group", zone: "Europe/Berlin", isInService: false, tax: 19);
        await day.AddAsync("north", zone: "Pacific/Auckland", tax: 15);
        await day.AddAsync("south", zone: "America/Los_Angeles", tax: 8.25m);
        await fleet.Db(day["group"].Company).ExecuteAsync(ServiceTerms.Note, default, P.Day(new(2026, 5, 1)), P.Text("enterprise"), P.Bool(true));
        await day["group"].KeepBooksAsync("Europe/Berlin");
        await day.UseAsync("group", 2, 0, new(2026, 5, 10, 12, 0, 0, TimeSpan.Zero));
        foreach (var month in new[] { 3, 4, 5 })
        {
            await day.UseAsync("north", month, 101, new(2026, month, 10, 12, 0, 0, TimeSpan.Zero));
            await day.UseAsync("south", 12, 150, new(2026, month, 10, 12, 0, 0, TimeSpan.Zero));
        }
        BillingDay.Value(await day.LinkAsync("north", "group"));
        BillingDay.Value(await day.LinkAsync("south", "group"));
        await fleet.Database.ExecuteAsAdminAsync($"insert into fleet.payer_terms (tenant_id, from_at, parent) values ('{day["south"].Company.Id}', '2026-04-20T12:00:00Z', null), ('{day["south"].Company.Id}', '2026-05-20T12:00:00Z', '{day["group"].Company.Id}')");
        await billAsync(day);
        return await day.BooksAsync();
    }

    private TenantId Id(string name) => _day[name].Company.Id;

    private Task<InvoiceView> InvoiceAsync(string name, DateOnly? period = null) => _day[name].InvoiceAsync(period);

    private Task<long> MailsAsync(string name) => _day.CountAsync($"fleet.calls where tenant_id = '{Id(name)}' and kind = 'invoice_mail'");

    /// <summary>Each final statement is in one final invoice of its payer's, and no company has an invoice of the month beside it.</summary>
    private async Task AssertBilledOnceAsync()
    {
        Assert.Equal(0, await _day.CountAsync("""
            fleet.invoices s
            where s.kind = 'statement'
              and (s.state <> 'final'
                   or (select count(*)
                       from fleet.invoice_statements c
                       join fleet.invoices i on i.tenant_id = c.tenant_id and i.id = c.invoice_id
                       where c.statement_id = s.id and c.child = s.tenant_id and c.tenant_id = s.paid_by and i.period = s.period and i.state = 'final') <> 1)
            """));
        Assert.Equal(0, await _day.CountAsync("(select from fleet.invoices where kind <> 'credit_note' group by tenant_id, period having count(*) > 1) twice"));
        Assert.Equal(0, await _day.CountAsync("""
            fleet.invoice_statements c
            join fleet.invoices s on s.tenant_id = c.child and s.id = c.statement_id
            where s.total_amount - s.tax_amount <> (select sum(l.amount) from fleet.invoice_lines l where l.tenant_id = c.tenant_id and l.invoice_id = c.invoice_id and l.company = c.child)
            """));
    }
}
