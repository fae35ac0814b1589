using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Prices;
using FleetChat.Core.Billing.Runs;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.Billing.Invoices;

/// <summary>A month on its way from use to a final invoice: in time, late, twice, at once, and with what stands in its way.</summary>
public sealed class InvoiceMonthTests : IAsyncLifetime
{
    private static readonly DateTimeOffset s_march = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;

    // Each has a clock of its own: none goes back.
    public async Task InitializeAsync()
    {
        _database = await TestDatabase.BorrowAsync();
        _fleet = await TestFleet.StartAsync(_database);
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_month_is_a_draft_at_its_end_and_final_after_its_grace()
    {
        var day = await BillingDay.StartAsync(_fleet);
        await day.UseAsync(drivers: 12, messages: 150, s_march);

        Assert.Null((await day.BillAsync()).Invoice);
        day.EndMarch();
        Assert.False((await day.BillAsync()).IsFinal);
        var draft = await day.InvoiceAsync();
        day.EndGrace();
        Assert.True((await day.BillAsync()).IsFinal);
        var final = await day.InvoiceAsync();

        Assert.Equal((InvoiceState.Draft, null), (draft.Status, draft.Number));
        // 12 drivers at 15.00, two of them at 10 percent less; 50 messages over the 100 at 1.5 cents.
        Assert.Equal((12, 150, 18_000, 300, 75, 0, 17_775), (final.ActiveDrivers, final.MessageVolume, final.BaseCost, final.VolumeDiscount, final.MessageCharge, final.TaxAmount, final.TotalAmount));
        Assert.Equal((InvoiceState.Final, 17_775, new DateOnly(2026, 4, 2), new DateOnly(2026, 4, 16)), (final.Status, final.DueAmount, final.IssuedOn, final.DueOn));
        Assert.Matches("^INV-US-[0-9]{6}$", final.Number);
        Assert.Equal(draft with { Status = final.Status, Number = final.Number, DueAmount = 17_775, IssuedOn = final.IssuedOn, DueOn = final.DueOn, Lines = final.Lines, Taxes = final.Taxes, Supplier = final.Supplier, Buyer = final.Buyer }, final);
        Assert.Equal(final.TotalAmount - final.TaxAmount, final.Lines.Sum(line => line.Amount));
    }

    [Fact]
    public async Task What_is_billed_again_is_billed_once()
    {
        var day = await BillingDay.StartAsync(_fleet);
        var final = await day.FinalAsync();
        var before = await day.Fleet.Database.ScalarAsAdminAsync<string>($"select string_agg(i::text, ' ') from fleet.invoices i where tenant_id = '{day.Company.Id}'");

        Assert.True((await day.BillAsync()).IsFinal);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => day.BillAsync())));

        Assert.Equal(before, await day.Fleet.Database.ScalarAsAdminAsync<string>($"select string_agg(i::text, ' ') from fleet.invoices i where tenant_id = '{day.Company.Id}'"));
        Assert.Equal(final.TotalAmount, await day.Fleet.Database.ScalarAsAdminAsync<long>($"select sum(amount)::bigint from fleet.receivables where tenant_id = '{day.Company.Id}'"));
    }

    [Fact]
    public async Task Companies_that_are_billed_at_once_by_many_get_numbers_without_gaps()
    {
        var days = new List<BillingDay>();
        for (var n = 0; n < 6; n++) days.Add(await BillingDay.StartAsync(_fleet, $"many{n}"));
        foreach (var day in days) await day.UseAsync(3, 10, s_march);
        days[0].EndGrace();

        await Task.WhenAll(days.Concat(days).Select(day => Task.Run(() => day.BillAsync())));

        var numbers = await _fleet.Database.ScalarAsAdminAsync<string[]>("select array_agg(number order by number) from fleet.invoices where kind = 'invoice' and number is not null");
        Assert.Equal(Enumerable.Range(1, numbers.Length).Select(n => $"INV-US-{n:000000}"), numbers);
        Assert.All(days, day => Assert.Equal(1, _fleet.Database.ScalarAsAdminAsync<long>($"select count(*) from fleet.invoices where tenant_id = '{day.Company.Id}'").Result));
    }

    [Fact]
    public async Task Whoever_is_about_to_close_keeps_no_other_company_from_its_number()
    {
        var (slow, quick) = (await BillingDay.StartAsync(_fleet, "slow"), await BillingDay.StartAsync(_fleet, "quick"));
        slow.EndMarch();
        var draft = (await slow.BillAsync()).Invoice.GetValueOrDefault();
        await using var db = await _fleet.Get<TenantDbs>().BeginAsync(slow.Company.Id, default);
        await using (var last = db.Batch())
        {
            InvoiceSql.Finalise(last, draft, "INV", "us", new(2026, 4, 2), new(2026, 4, 16), _fleet.Clock.GetUtcNow());
            await last.ExecuteAsync(default);
        }
        quick.EndGrace();

        Assert.True((await quick.BillAsync()).IsFinal);
        await db.CommitAsync(default);

        Assert.Equal(("INV-US-000001", "INV-US-000002"), ((await quick.InvoiceAsync()).Number, (await slow.InvoiceAsync()).Number));
    }

    [Fact]
    public async Task What_comes_after_the_close_is_billed_in_the_open_month_and_marked_late()
    {
        var day = await BillingDay.StartAsync(_fleet);
        var march = await day.FinalAsync(drivers: 2, messages: 10);
        var counted = await CountersAsync(day, BillingDay.March);

        await day.UseAsync(drivers: 1, messages: 5, s_march);
        await day.UseAsync(drivers: 2, messages: 7, new(2026, 4, 10, 12, 0, 0, TimeSpan.Zero));
        var live = BillingDay.Value(await _fleet.Get<GetUsage>().HandleAsync(day.Company.Id, default));
        await _fleet.Get<KeepUsage>().HandleAsync(default);
        _fleet.Clock.SetUtcNow(new DateTimeOffset(2026, 5, 1, 5, 0, 0, TimeSpan.Zero) + BillingDay.Grace);
        Assert.True((await day.BillAsync(BillingDay.April)).IsFinal);

        Assert.Equal(counted, await CountersAsync(day, BillingDay.March));
        Assert.Equal(march with { Status = InvoiceState.PastDue }, await day.InvoiceAsync() with { Lines = march.Lines, Taxes = march.Taxes, Supplier = march.Supplier, Buyer = march.Buyer });
        var april = await day.InvoiceAsync(BillingDay.April);
        Assert.Equal((3, 12), (april.ActiveDrivers, april.MessageVolume));
        Assert.Equal((3, 12), (live.CurrentMetrics.ActiveDrivers, live.CurrentMetrics.MonthlyMessages));
        Assert.Equal(6, await _fleet.Database.ScalarAsAdminAsync<long>($"select count(*) from fleet.usage_facts where tenant_id = '{day.Company.Id}' and billed_in = '2026-04-01' and period = '2026-03-01' and at = '2026-03-10T12:00:00Z'"));
    }

    [Fact]
    public async Task A_fact_that_is_counted_while_the_month_is_closed_is_in_this_month_or_in_the_next_and_in_one()
    {
        var day = await BillingDay.StartAsync(_fleet);
        await day.UseAsync(1, 10, s_march);
        day.EndGrace();

        await Task.WhenAll(
            Task.Run(() => day.BillAsync()),
            Task.Run(async () =>
            {
                for (var n = 0; n < 20; n++)
                {
                    await day.UseAsync(1, 1, s_march);
                    await UsageSql.FoldAsync(_fleet.Db(day.Company), default);
                }
            }));
        await UsageSql.FoldAsync(_fleet.Db(day.Company), default);

        var march = await day.InvoiceAsync();
        Assert.Equal($"{march.ActiveDrivers} {march.MessageVolume}", await SumAsync(day, "2026-03-01"));
        Assert.Equal("21 30", await SumAsync(day, "2026-03-01", "2026-04-01"));
    }

    [Fact]
    public async Task A_price_that_is_missing_stops_its_own_company_until_it_is_there()
    {
        var (other, poor) = (await BillingDay.StartAsync(_fleet, "rich"), await BillingDay.StartAsync(_fleet, "poor", hasPrices: false));
        await _fleet.Database.ExecuteAsAdminAsync($"update fleet.tenants set currency = 'KWD' where tenant_id = '{poor.Company.Id}'");
        await poor.UseAsync(1, 1, s_march);
        await other.UseAsync(1, 1, s_march);
        poor.EndGrace();

        Assert.Equal("billing.rate_card_missing", (await poor.BillAsync()).Problem);
        Assert.True((await other.BillAsync()).IsFinal);
        Assert.Equal(1, await AlertsAsync(poor));
        Assert.Equal(0, await AlertsAsync(other));
        await poor.EnterPricesAsync("KWD");

        Assert.True((await poor.BillAsync()).IsFinal);
        Assert.Equal(0, await AlertsAsync(poor));
        Assert.Equal(("KWD", 1_500), ((await poor.InvoiceAsync()).Currency, (await poor.InvoiceAsync()).TotalAmount));
    }

    [Fact]
    public async Task A_time_zone_that_nobody_knows_stops_its_own_company()
    {
        var day = await BillingDay.StartAsync(_fleet);
        await _fleet.Database.ExecuteAsAdminAsync($"update fleet.tenants set time_zone = 'Mars/Olympus' where tenant_id = '{day.Company.Id}'");
        day.EndGrace();

        Assert.Equal("billing.zone_unknown", (await day.BillAsync()).Problem);
        Assert.Equal(1, await AlertsAsync(day));
    }

    [Fact]
    public async Task A_final_invoice_is_kept_by_the_database()
    {
        var day = await BillingDay.StartAsync(_fleet);
        var final = await day.FinalAsync();

        foreach (var act in new[]
        {
            "update fleet.invoices set total_amount = total_amount + 1, adjustment_amount = adjustment_amount + 1 where tenant_id = $1 and id = $2",
            "update fleet.invoices set number = 'INV-US-999999' where tenant_id = $1 and id = $2",
            "update fleet.invoices set reason = 'another' where tenant_id = $1 and id = $2",
            "delete from fleet.invoice_lines where tenant_id = $1 and invoice_id = $2",
            "insert into fleet.invoice_lines (tenant_id, invoice_id, no, kind, text, from_day, until_day, quantity, unit_price, amount) values ($1, $2, 99, 'drivers', 'x', '2026-03-01', '2026-03-31', 1, 1, 1)",
        })
            Assert.Equal("23001", (await Assert.ThrowsAsync<PostgresException>(() => _fleet.Db(day.Company).ExecuteAsync(act, default, P.Uuid(final.Id)))).SqlState);
        foreach (var table in new[] { "receivables", "invoices" })
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege,
                (await Assert.ThrowsAsync<PostgresException>(() => _fleet.Db(day.Company).ExecuteAsync($"delete from fleet.{table} where tenant_id = $1", default))).SqlState);
    }

    [Fact]
    public async Task A_preview_is_as_the_invoice_would_be_and_leaves_nothing()
    {
        var day = await BillingDay.StartAsync(_fleet);
        await day.UseAsync(12, 150, s_march);

        var preview = BillingDay.Value(await _fleet.Get<GetInvoice>().PreviewAsync(day.Company.Id, null, default));

        Assert.Equal((InvoiceState.Draft, "2026-03", 17_775), (preview.Status, preview.BillingPeriod, preview.TotalAmount));
        Assert.Equal(3, preview.Lines.Count);
        Assert.Equal("billing.invoice_not_found", (await _fleet.Get<GetInvoice>().HandleAsync(day.Company.Id, preview.Id, default)).Error?.Code);
        await day.FinalAsync(0, 0);
        Assert.Equal("billing.period_closed", (await _fleet.Get<GetInvoice>().PreviewAsync(day.Company.Id, BillingDay.March, default)).Error?.Code);
    }

    [Fact]
    public async Task A_preview_forecasts_what_the_month_will_cost_at_its_pace()
    {
        var day = await BillingDay.StartAsync(_fleet);
        await day.UseAsync(12, 150, s_march);
        await EnrolAsync(day, 3);
        // In Chicago 239 hours of March are over, and 504 are left.
        _fleet.Clock.SetUtcNow(new(2026, 3, 11, 5, 0, 0, TimeSpan.Zero));

        var forecast = (await PreviewAsync(day)).Forecast!;

        // 15 × 15.00, of five of them 10 percent off; 150 + 150 × 504 / 239 = 466 messages, of which 100 are included, at 1.5 cents.
        Assert.Equal((15, 466, 22_500, 750, 549, 22_299), (forecast.ActiveDrivers, forecast.MessageVolume, forecast.BaseCost, forecast.VolumeDiscount, forecast.MessageCharge, forecast.TotalAmount));
        Assert.Equal([new(day.Company.Id, "acme trucking", ForecastPace.ThisMonth, 9.96m, 21, 15, 466, 22_299)], forecast.Basis);
        Assert.Null((await PreviewAsync(day, BillingDay.April)).Forecast);
        day.EndMarch();
        Assert.Null((await PreviewAsync(day)).Forecast);
        await day.FinalAsync(0, 0);
        Assert.Null((await day.InvoiceAsync()).Forecast);
    }

    [Fact]
    public async Task A_young_month_is_forecast_by_the_last_one_and_what_came_late_is_no_pace()
    {
        var day = await BillingDay.StartAsync(_fleet);
        await day.FinalAsync(12, 150);
        await EnrolAsync(day, 11);
        await day.UseAsync(1, 20, s_march);
        await day.UseAsync(2, 10, new(2026, 4, 1, 12, 0, 0, TimeSpan.Zero));

        // April has 720 hours and March had 743: 1 late + 12 × 720 / 743 drivers; 30 + 150 × 696 / 743 messages.
        var young = (await PreviewAsync(day)).Forecast!;
        Assert.Equal((ForecastPace.LastMonth, 13, 171), (young.Basis[0].Pace, young.ActiveDrivers, young.MessageVolume));

        // 10 of 30 days are over: 1 late + 2 × 3 drivers; 20 late + 10 × 3 messages.
        _fleet.Clock.SetUtcNow(new(2026, 4, 11, 5, 0, 0, TimeSpan.Zero));
        var steady = (await PreviewAsync(day)).Forecast!;
        Assert.Equal((ForecastPace.ThisMonth, 7, 50), (steady.Basis[0].Pace, steady.ActiveDrivers, steady.MessageVolume));
    }

    private async Task<InvoiceView> PreviewAsync(BillingDay day, DateOnly? period = null) => BillingDay.Value(await _fleet.Get<GetInvoice>().PreviewAsync(day.Company.Id, period, default));

    private async Task EnrolAsync(BillingDay day, int drivers)
    {
        for (var n = 0; n < drivers; n++) await _fleet.AddDriverAsync(day.Company, $"enrolled-{n}", $"+15552000{n:000}");
    }

    [Fact]
    public async Task Adjustments_count_until_the_month_is_closed()
    {
        var day = await BillingDay.StartAsync(_fleet);
        await day.UseAsync(1, 0, s_march);
        var adjustments = _fleet.Get<Adjustments>();
        var added = BillingDay.Value(await adjustments.AddAsync(new(day.Company.Id, BillingDay.March, "Outage", -500, BillingDay.Operator, "key-1"), default));
        Assert.Equal(added, BillingDay.Value(await adjustments.AddAsync(new(day.Company.Id, BillingDay.March, "Outage", -500, BillingDay.Operator, "key-1"), default)));
        var taken = BillingDay.Value(await adjustments.AddAsync(new(day.Company.Id, BillingDay.March, "Too much", -5_000, BillingDay.Operator, null), default));
        day.EndGrace();

        Assert.Equal("billing.below_zero", (await day.BillAsync()).Problem);
        BillingDay.Value(await adjustments.TakeBackAsync(day.Company.Id, BillingDay.March, taken.Id, BillingDay.Operator, default));
        Assert.True((await day.BillAsync()).IsFinal);

        Assert.Equal((1_500, -500, 1_000), ((await day.InvoiceAsync()).BaseCost, (await day.InvoiceAsync()).AdjustmentAmount, (await day.InvoiceAsync()).TotalAmount));
        Assert.Equal("billing.period_closed", (await adjustments.AddAsync(new(day.Company.Id, BillingDay.March, "Late", 1, BillingDay.Operator, null), default)).Error?.Code);
        Assert.Equal("billing.period_closed", (await adjustments.TakeBackAsync(day.Company.Id, BillingDay.March, added.Id, BillingDay.Operator, default)).Error?.Code);
    }

    [Fact]
    public async Task A_trial_is_free_with_its_messages_and_what_was_agreed_stands_on_the_invoice()
    {
        var day = await BillingDay.StartAsync(_fleet);
        BillingDay.Value(await _fleet.Get<Agreements>().EnterAsync(new(day.Company.Id, "2026-03", null,
            new(PricePerDriver: 3_100, IncludedMessages: 31, TrialUntil: new(2026, 3, 21), PurchaseOrder: "PO 7"), BillingDay.Operator), default));
        await day.UseAsync(1, 100, new(2026, 3, 21, 20, 0, 0, TimeSpan.Zero));
        await day.UseAsync(0, 20, new(2026, 3, 22, 20, 0, 0, TimeSpan.Zero));
        day.EndGrace();
        await day.BillAsync();

        var invoice = await day.InvoiceAsync();

        // Ten of 31 days of 31.00; ten messages are included, ten cost 1.5.
        Assert.Equal((1, 120, 1_000, 15, "PO 7", 1), (invoice.ActiveDrivers, invoice.MessageVolume, invoice.BaseCost, invoice.MessageCharge, invoice.PurchaseOrder, invoice.AgreementVersion));
    }

    [Fact]
    public async Task What_no_invoice_would_show_is_refused()
    {
        var day = await BillingDay.StartAsync(_fleet);
        var adjustments = _fleet.Get<Adjustments>();

        foreach (var period in new DateOnly[] { new(2026, 2, 1), new(2062, 3, 1) })
            Assert.Equal("billing.nothing_to_bill", (await adjustments.AddAsync(new(day.Company.Id, period, "A slip", 1, BillingDay.Operator, null), default)).Error?.Code);
        Assert.Equal("billing.price_invalid", (await _fleet.Get<Agreements>().EnterAsync(new(day.Company.Id, "2026-03", null, new(TrialUntil: new(9999, 12, 31)), BillingDay.Operator), default)).Error?.Code);
        Assert.Equal("tenants.operator_only", (await _fleet.Get<ChangeTenant>().HandleAsync(new(day.Company.Id, new(Currency: "HUF"), "user:admin"), default)).Error?.Code);
    }

    [Fact]
    public async Task A_company_that_moved_between_tiers_keeps_its_days_and_one_out_of_service_stays_out()
    {
        var (day, other) = (await BillingDay.StartAsync(_fleet), await BillingDay.StartAsync(_fleet, "idle"));
        await _fleet.Database.ExecuteAsAdminAsync($"delete from fleet.service_terms where tenant_id = '{other.Company.Id}'");
        foreach (var one in new[] { day, other }) await _fleet.Db(one.Company).ExecuteAsync(ServiceTerms.Continue, default, P.Day(new(2026, 3, 17)), P.Text("starter"));

        Assert.Equal([(1, 17, "enterprise"), (17, 1, "starter")], (await ServiceTerms.ListAsync(_fleet.Db(day.Company), BillingDay.March, default)).Select(span => (span.From.Day, span.Until.Day, span.Tier)));
        Assert.Empty(await ServiceTerms.ListAsync(_fleet.Db(other.Company), BillingDay.March, default));
    }

    [Fact]
    public async Task A_company_that_was_not_billed_for_months_is_billed_month_by_month()
    {
        var day = await BillingDay.StartAsync(_fleet);
        await day.UseAsync(1, 0, s_march);
        await day.UseAsync(2, 0, new(2026, 4, 10, 12, 0, 0, TimeSpan.Zero));
        _fleet.Clock.SetUtcNow(new(2026, 6, 20, 0, 0, 0, TimeSpan.Zero));

        Assert.Null((await day.BillAsync(BillingDay.April)).Problem);
        Assert.Equal(BillingDay.March, (await Books.FindAsync(_fleet.Db(day.Company), default))!.NextPeriod);
        foreach (var period in new[] { BillingDay.March, BillingDay.April, new(2026, 5, 1) }) Assert.True((await day.BillAsync(period)).IsFinal);

        Assert.Equal((1, 2, 0), ((await day.InvoiceAsync()).ActiveDrivers, (await day.InvoiceAsync(BillingDay.April)).ActiveDrivers, (await day.InvoiceAsync(new(2026, 5, 1))).ActiveDrivers));
        // As if nobody had been late.
        Assert.Equal((new DateOnly(2026, 4, 2), new DateOnly(2026, 5, 2)), ((await day.InvoiceAsync()).IssuedOn, (await day.InvoiceAsync(BillingDay.April)).IssuedOn));
        Assert.Equal(new DateOnly(2026, 6, 1), (await Books.FindAsync(_fleet.Db(day.Company), default))!.NextPeriod);
    }

    [Fact]
    public async Task Runs_find_the_companies_that_are_due_and_say_how_far_they_are()
    {
        var day = await BillingDay.StartAsync(_fleet);
        var runs = _fleet.Get<BillingRuns>();
        day.EndMarch();

        Assert.Contains("2026-03", (await runs.ListDueAsync(isByHand: false, default)).Select(wave => wave.Period));
        Assert.Contains(day.Company.Id.Value, await DueAsync(runs));
        await day.BillAsync();
        Assert.DoesNotContain(day.Company.Id.Value, await DueAsync(runs));
        day.EndGrace();
        Assert.Contains(day.Company.Id.Value, await DueAsync(runs));
        await day.BillAsync();
        Assert.DoesNotContain(day.Company.Id.Value, await DueAsync(runs));
        Assert.True((await runs.ProgressAsync(default)).Single(progress => progress.BillingPeriod == "2026-03").Closed > 0);
    }

    private static async Task<List<string>> DueAsync(BillingRuns runs)
    {
        var (all, wave) = (new List<string>(), new BillingWave("2026-03", "1", null));
        for (var page = await runs.ListTenantsAsync(wave, default); ; page = await runs.ListTenantsAsync(wave with { After = all[^1] }, default))
        {
            all.AddRange(page.TenantIds);
            if (page.IsLast) return all;
        }
    }

    private Task<string> CountersAsync(BillingDay day, DateOnly period)
        => _fleet.Database.ScalarAsAdminAsync<string>($"select string_agg(kind || ' ' || amount, ' ' order by kind) from fleet.usage_counters where tenant_id = '{day.Company.Id}' and period = '{period:yyyy-MM-dd}'");

    private Task<string> SumAsync(BillingDay day, params string[] periods)
        => _fleet.Database.ScalarAsAdminAsync<string>($"""
            select coalesce(sum(amount) filter (where kind = 'driver_active'), 0) || ' ' || coalesce(sum(amount) filter (where kind = 'message_out'), 0)
            from fleet.usage_counters
            where tenant_id = '{day.Company.Id}' and period in ({string.Join(", ", periods.Select(period => $"'{period}'"))})
            """);

    private Task<long> AlertsAsync(BillingDay day)
        => _fleet.Database.ScalarAsAdminAsync<long>($"select count(*) from fleet.alerts where tenant_id = '{day.Company.Id}' and code = 'invoice.blocked' and closed_at is null");
}
