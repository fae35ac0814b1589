using System.Text;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Prices;
using FleetChat.Core.Data;
using FleetChat.Core.Privacy;
using FleetChat.Core.Security.Access;
using FleetChat.Core.WhatsApp;
using FleetChat.Tests.Postgres;
using Moq;

namespace FleetChat.Tests.Billing.Invoices;

/// <summary>What is behind a line is as much as the line says: after retries and repeats, late, over tiers, in a trial, and long after its people were forgotten.</summary>
public sealed class ExplainLineTests : IAsyncLifetime
{
    private static readonly DateTimeOffset s_march = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_april = new(2026, 4, 10, 12, 0, 0, TimeSpan.Zero);
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
    public async Task Drivers_and_messages_are_those_that_were_billed_whatever_came_twice_and_whoever_was_forgotten()
    {
        var day = await BillingDay.StartAsync(_fleet);
        await AgreeAsync(day, new(Brackets: [new(1, 50)], IncludedMessages: 3));
        var (ana, ben) = (await _fleet.AddDriverAsync(day.Company, "1", "+12125550101"), await _fleet.AddDriverAsync(day.Company, "2", "+12125550102"));
        await SendAtTheSecondTryAsync(day, ana);
        foreach (var wamid in new[] { "wamid.1", "wamid.1", "wamid.2" }) await SayAsync(day, "12125550101", "On my way back.", wamid);
        await SayAsync(day, "12125550101", "HELP", "wamid.3");
        _fleet.Clock.Advance(TimeSpan.FromDays(2));
        await _fleet.QueueNoteAsync(day.Company, ben);
        await _fleet.SweepAsync();
        Assert.Equal((2, 1), await CountAttemptsAsync(day));

        day.EndMarch();
        Assert.False((await day.BillAsync()).IsFinal);
        var draft = await ExplainAsync(day);
        day.EndGrace();
        Assert.True((await day.BillAsync()).IsFinal);
        var final = await ExplainAsync(day);

        var invoice = await day.InvoiceAsync();
        Assert.Equal((2, 4), (invoice.ActiveDrivers, invoice.MessageVolume));
        Assert.Equal([InvoiceLineKind.Drivers, InvoiceLineKind.VolumeDiscount, InvoiceLineKind.Messages], invoice.Lines.Select(line => line.Kind));
        Assert.Equal([ana, ben], final[0].Select(driver => driver.Id));
        Assert.Equal([ben], final[1].Select(driver => driver.Id));
        Assert.Equal(await MessagesAsync(day), final[2].Select(message => $"{message.Id} {message.DriverId} {message.Direction}").Order());
        Assert.Equal([false, false, false, true], final[2].Select(message => message.Charged));
        Assert.Equal((ben, "outbound"), (final[2][^1].DriverId, final[2][^1].Direction));
        AssertAsManyAsItSays(invoice, final);
        Assert.Equal(draft, final);

        await ForgetAsync(day, ben);
        Assert.Equal(final, await ExplainAsync(day));
    }

    [Fact]
    public async Task What_came_late_is_behind_the_line_that_it_was_billed_on_with_its_own_time()
    {
        var day = await BillingDay.StartAsync(_fleet);
        await AgreeAsync(day, new(IncludedMessages: 10));
        await day.FinalAsync(drivers: 2, messages: 10);
        var march = await ExplainAsync(day);
        await day.UseAsync(drivers: 1, messages: 5, s_march);
        await day.UseAsync(drivers: 2, messages: 7, s_april);
        await _database.ExecuteAsAdminAsync("""
            insert into fleet.usage_facts (tenant_id, kind, source_id, part, period, at, amount)
            select tenant_id, kind, source_id, '2026-04-01', '2026-04-01', '2026-04-02 12:00Z', 1
            from fleet.usage_facts
            where kind = 'driver_active' and not is_folded and period = '2026-03-01'
            """);
        _fleet.Clock.SetUtcNow(new DateTimeOffset(2026, 5, 1, 5, 0, 0, TimeSpan.Zero) + BillingDay.Grace);
        Assert.True((await day.BillAsync(BillingDay.April)).IsFinal);

        var (april, behind) = (await day.InvoiceAsync(BillingDay.April), await ExplainAsync(day, BillingDay.April));

        // One that is late, the same one again in April, and two more.
        Assert.Equal((4, 12), (april.ActiveDrivers, april.MessageVolume));
        Assert.Equal([(s_march, true), (new(2026, 4, 2, 12, 0, 0, TimeSpan.Zero), false), (s_april, false), (s_april, false)], behind[0].Select(driver => (driver.At.GetValueOrDefault(), driver.Late)));
        Assert.Equal(behind[0][0].Id, behind[0][1].Id);
        Assert.Equal(Enumerable.Repeat((s_march, true), 5).Concat(Enumerable.Repeat((s_april, false), 7)), behind[1].Select(message => (message.At.GetValueOrDefault(), message.Late)));
        AssertAsManyAsItSays(april, behind);
        Assert.Equal(march, await ExplainAsync(day));
    }

    [Fact]
    public async Task Every_span_of_another_tier_has_all_its_drivers_and_a_bracket_those_beyond_it()
    {
        var day = await BillingDay.StartAsync(_fleet);
        await _fleet.Db(day.Company).ExecuteAsync(ServiceTerms.Continue, default, P.Day(new(2026, 3, 17)), P.Text("starter"));
        await AgreeAsync(day, new(Brackets: [new(4, 10), new(9, 20)], IncludedMessages: 100, Minimum: 90_000));

        var (invoice, behind) = (await day.FinalAsync(), await ExplainAsync(day));

        Assert.Equal("drivers 12, volume_discount 5, volume_discount 3, drivers 12, volume_discount 5, volume_discount 3, messages 50, minimum 1", string.Join(", ", invoice.Lines.Select(line => $"{line.Kind} {line.Quantity:0}")));
        AssertAsManyAsItSays(invoice, behind);
        foreach (var at in new[] { 0, 3 })
        {
            Assert.Equal(behind[at].Skip(4).Take(5), behind[at + 1]);
            Assert.Equal(behind[at].Skip(9), behind[at + 2]);
        }
        Assert.Equal(behind[0], behind[3]);
        Assert.Equal(behind[0], behind[7]);

        // As a line from before its bracket was noted.
        await _database.ExecuteAsAdminAsync("set session_replication_role = replica; update fleet.invoice_lines set above = null; set session_replication_role = default");
        Assert.Equal(behind[0], (await ExplainAsync(day))[1]);
    }

    [Fact]
    public async Task Messages_of_a_trial_and_those_that_are_included_are_not_charged()
    {
        var day = await BillingDay.StartAsync(_fleet);
        await AgreeAsync(day, new(IncludedMessages: 31, TrialUntil: new(2026, 3, 21)));
        var (free, first) = (new DateTimeOffset(2026, 3, 21, 20, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 3, 22, 20, 0, 0, TimeSpan.Zero));
        await day.UseAsync(1, 100, free);
        await day.UseAsync(0, 12, first);
        await day.UseAsync(0, 8, first.AddDays(1));
        day.EndGrace();
        await day.BillAsync();

        var messages = (await ExplainAsync(day))[1];

        // Ten of the 31 are included for ten days.
        Assert.Equal("100 of 21 free, 10 of 22 free, 2 of 22 charged, 8 of 23 charged", string.Join(", ", messages
            .GroupBy(message => (message.At.GetValueOrDefault().Day, message.Charged)).Select(group => $"{group.Count()} of {group.Key.Day} {(group.Key.Charged == true ? "charged" : "free")}")));
        AssertAsManyAsItSays(await day.InvoiceAsync(), await ExplainAsync(day));
    }

    [Fact]
    public async Task What_of_a_trial_comes_late_is_free_drivers_and_messages()
    {
        var day = await BillingDay.StartAsync(_fleet);
        await AgreeAsync(day, new(PricePerDriver: 1_000, Brackets: [], IncludedMessages: 10, PricePerMessage: 2, TrialUntil: new(2026, 3, 20)));
        // March: 3 drivers x 10.00 x 11 of 31 days = 1,064.516, so 1,065; 4 messages on the days after the trial, of which 10 x 11 / 31 = 3.548, so 4, are included. 1,065.
        await day.UseAsync(2, 7, new(2026, 3, 20, 20, 0, 0, TimeSpan.Zero));
        await day.UseAsync(1, 4, new(2026, 3, 21, 20, 0, 0, TimeSpan.Zero));
        day.EndGrace();
        Assert.True((await day.BillAsync()).IsFinal);
        Assert.Equal((3, 1_065), ((await day.InvoiceAsync()).ActiveDrivers, (await day.InvoiceAsync()).TotalAmount));

        // After the close, of the trial's last second in Chicago and of the first one after it. They have other drivers.
        var over = new DateTimeOffset(2026, 3, 21, 5, 0, 0, TimeSpan.Zero);
        await day.UseAsync(4, 6, over.AddSeconds(-1));
        await day.UseAsync(1, 3, over);
        await day.UseAsync(2, 12, s_april);
        for (var n = 0; n < 5; n++) await _fleet.AddDriverAsync(day.Company, $"{n}", $"+1212555010{n}");
        _fleet.Clock.SetUtcNow(s_april);
        await UsageSql.FoldAsync(_fleet.Db(day.Company), default);
        var preview = BillingDay.Value(await _fleet.Get<GetInvoice>().PreviewAsync(day.Company.Id, BillingDay.April, default));
        _fleet.Clock.SetUtcNow(new DateTimeOffset(2026, 5, 1, 5, 0, 0, TimeSpan.Zero) + BillingDay.Grace);
        Assert.True((await day.BillAsync(BillingDay.April)).IsFinal);

        var (april, behind) = (await day.InvoiceAsync(BillingDay.April), await ExplainAsync(day, BillingDay.April));

        // April: 2 of its own and 1 late one of a day that was not free: 3 x 10.00 = 3,000. 12 + 3 = 15 messages without the 6 of the trial, 10 are included: 5 x 2 = 10. 3,010.
        Assert.Equal((3, 21, 3_000, 10, 3_010), (april.ActiveDrivers, april.MessageVolume, april.BaseCost, april.MessageCharge, april.TotalAmount));
        Assert.Equal([(over, true), (s_april, false), (s_april, false)], behind[0].Select(driver => (driver.At.GetValueOrDefault(), driver.Late)));
        AssertAsManyAsItSays(april, behind);
        // Of 720 hours 223 were over: 2 x 720 / 223 = 6.46, so 6 at April's own pace, and the late one.
        Assert.Equal((3, 3_010, 7), (preview.ActiveDrivers, preview.TotalAmount, preview.Forecast!.ActiveDrivers));
    }

    [Fact]
    public async Task An_adjustment_and_a_credit_lead_to_what_they_are()
    {
        var day = await BillingDay.StartAsync(_fleet);
        await day.UseAsync(1, 0, s_march);
        var adjustments = _fleet.Get<Adjustments>();
        var gone = await AdjustAsync("A slip", 100);
        _fleet.Clock.Advance(TimeSpan.FromMinutes(1));
        var kept = await AdjustAsync("Outage", -500);
        day.EndMarch();
        await day.BillAsync();
        BillingDay.Value(await adjustments.TakeBackAsync(day.Company.Id, BillingDay.March, gone.Id, BillingDay.Operator, default));

        // The draft still says it.
        Assert.Equal((3, 0, kept.Id), ((await day.InvoiceAsync()).Lines.Count, (await ExplainAsync(day))[1].Count, (await ExplainAsync(day))[2].Single().Id));
        day.EndGrace();
        await day.BillAsync();
        Assert.Equal([new LineUsage(LineUsageKind.Adjustment, kept.Id, null, null, kept.CreatedAt, false, null, "Outage", BillingDay.Operator)], (await ExplainAsync(day))[1]);

        var (invoice, foreign) = (await day.InvoiceAsync(), await BillingDay.StartAsync(_fleet, "other", hasPrices: false));
        var note = BillingDay.Value(await _fleet.Get<ChangeDebt>().CreditAsync(new(day.Company.Id, invoice.Id, 100, "Sorry", BillingDay.Operator, null), default));
        Assert.Equal([new LineUsage(LineUsageKind.Invoice, invoice.Id, null, null, null, false, null, null, null)], await ListAsync(day, note.Id, 1));
        Assert.Equal("billing.line_not_found", await RefusalAsync(day, invoice.Id, 3));
        Assert.Equal("billing.invoice_not_found", await RefusalAsync(day, _fleet.Clock.NewId(), 1));
        Assert.Equal("billing.invoice_not_found", await RefusalAsync(foreign, invoice.Id, 1));

        async Task<AdjustmentView> AdjustAsync(string text, long amount) => BillingDay.Value(await adjustments.AddAsync(new(day.Company.Id, BillingDay.March, text, amount, BillingDay.Operator, null), default));
    }

    [Fact]
    public async Task A_file_has_the_same_as_all_pages_and_a_cursor_is_of_one_line()
    {
        var day = await BillingDay.StartAsync(_fleet);
        var invoice = await day.FinalAsync(drivers: 3, messages: 1_205);
        var explain = _fleet.Get<ExplainLine>();

        var file = new StringBuilder();
        await foreach (var piece in BillingDay.Value(await explain.WriteCsvAsync(Look(day, invoice.Id, 2), default)).Pieces) file.Append(Encoding.UTF8.GetString(piece));
        var lines = file.ToString().TrimStart('\uFEFF').Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal("kind,id,driver_id,direction,at,late,charged,text,created_by", lines[0]);
        Assert.Equal((await ListAsync(day, invoice.Id, 2)).Select(message => $"message,{message.Id},,outbound,2026-03-10T12:00:00Z,no,{(message.Charged == true ? "yes" : "no")},,"), lines[1..]);
        Assert.Equal("billing.invoice_not_found", (await explain.WriteCsvAsync(Look(day, day.Fleet.Clock.NewId(), 2), default)).Error?.Code);
        var cursor = BillingDay.Value(await explain.HandleAsync(Look(day, invoice.Id, 1), new(2, null), default)).NextCursor;
        Assert.Single(BillingDay.Value(await explain.HandleAsync(Look(day, invoice.Id, 1), new(2, cursor), default)).Data);
        Assert.Equal("request.cursor_invalid", (await explain.HandleAsync(Look(day, invoice.Id, 2), new(2, cursor), default)).Error?.Code);
    }

    [Fact]
    public async Task A_line_of_a_parents_invoice_leads_to_what_the_child_used_while_it_is_its_child()
    {
        var day = new CorporateDay(_fleet);
        await day.AddAsync("group");
        await day.AddAsync("north");
        await day.AddAsync("west", "Pacific/Honolulu");
        foreach (var child in new[] { "north", "west" }) BillingDay.Value(await day.LinkAsync(child, "group"));
        await day.UseAsync("group", 2, 103);
        await day.UseAsync("north", 12, 150);
        await day.UseAsync("west", 3, 0);
        BillingDay.Value(await _fleet.Get<Adjustments>().AddAsync(new(day["north"].Company.Id, BillingDay.March, "Outage", -500, BillingDay.Operator, null), default));
        await day.WavesAsync(new(2026, 4, 1, 5, 0, 0, TimeSpan.Zero));
        var draft = await day["group"].InvoiceAsync();
        Assert.Equal("billing.line_not_stated", await RefusalAsync(day["group"], draft.Id, draft.Lines.Single(line => line.CompanyName == "west trucking").No));
        Assert.Equal(12, (await ListAsync(day["group"], draft.Id, draft.Lines.First(line => line.CompanyName == "north trucking").No)).Count);
        await day.WavesAsync(new DateTimeOffset(2026, 4, 1, 10, 0, 0, TimeSpan.Zero) + BillingDay.Grace);

        var (bill, behind) = (await day["group"].InvoiceAsync(), await ExplainAsync(day["group"]));

        Assert.Equal(InvoiceState.Final, bill.Status);
        Assert.Equal("group drivers 2, group messages 3, north drivers 12, north volume_discount 2, north messages 50, north adjustment 1, west drivers 3",
            string.Join(", ", bill.Lines.Select(line => $"{line.CompanyName!.Split(' ')[0]} {line.Kind} {line.Quantity:0}")));
        Assert.Equal((await ExplainAsync(day["north"])).SelectMany(rows => rows), behind[2..6].SelectMany(rows => rows));
        Assert.Equal(await ExplainAsync(day["west"]), behind[6..]);
        // Of its own, whatever the others had.
        Assert.Equal((103, 3), (behind[1].Count, behind[1].Count(message => message.Charged == true)));
        // At the draft, and a day later.
        Assert.Equal(2, await _database.ScalarAsAdminAsync<long>($"select count(*) from fleet.audit_entries where tenant_id = '{day["north"].Company.Id}' and action = 'corporate.looked'"));

        var pieces = new StringBuilder();
        await foreach (var piece in BillingDay.Value(await _fleet.Get<ExplainLine>().WriteCsvAsync(Look(day["group"], bill.Id, 5), default)).Pieces) pieces.Append(Encoding.UTF8.GetString(piece));
        Assert.Equal(151, pieces.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        BillingDay.Value(await day.UnlinkAsync("north"));
        Assert.Equal("tenants.not_found", await RefusalAsync(day["group"], bill.Id, 3));
        Assert.Equal("tenants.not_found", (await _fleet.Get<ExplainLine>().WriteCsvAsync(Look(day["group"], bill.Id, 5), default)).Error?.Code);
        Assert.Equal(behind[2], BillingDay.Value(await _fleet.Get<ExplainLine>().HandleAsync(Look(day["group"], bill.Id, 3) with { By = null }, new(200, null), default)).Data);
        Assert.Equal(3, (await ListAsync(day["group"], bill.Id, 7)).Count);
    }

    private async Task AgreeAsync(BillingDay day, AgreementTerms terms)
        => BillingDay.Value(await _fleet.Get<Agreements>().EnterAsync(new(day.Company.Id, "2026-03", null, terms, BillingDay.Operator), default));

    private async Task SendAtTheSecondTryAsync(BillingDay day, Guid driver)
    {
        _fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>())).ThrowsAsync(new WhatsAppException(WhatsAppFailure.Transient, 131000, "trace", null));
        await _fleet.QueueNoteAsync(day.Company, driver);
        await _fleet.SweepAsync();
        _fleet.AcceptAll();
        _fleet.Clock.Advance(TimeSpan.FromMinutes(25));
        await _fleet.SweepAsync();
    }

    private async Task SayAsync(BillingDay day, string phone, string text, string wamid)
        => await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(day.Company, messages: [Payloads.Text(phone, text, wamid)]))).Nudges);

    /// <summary>He left, and all that was said is older than it is kept.</summary>
    private async Task ForgetAsync(BillingDay day, Guid driver)
    {
        await _database.ExecuteAsAdminAsync("update fleet.drivers set status = 'deactivated' where tenant_id = $1 and id = $2", P.Text(day.Company.Id.Value), P.Uuid(driver));
        _fleet.Clock.Advance(TimeSpan.FromDays(1_000));
        await _fleet.Get<KeepRetention>().HandleAsync(default);
        Assert.Equal(0, await _database.ScalarAsAdminAsync<long>($"select count(*) from fleet.drivers where id = '{driver}' and whatsapp_number is not null"));
    }

    private Task<(int Most, int Least)> CountAttemptsAsync(BillingDay day) => _fleet.Db(day.Company).FindAsync("""
        select max(n)::int, min(n)::int
        from (select count(*) as n from fleet.attempts where tenant_id = $1 group by message_id) a
        """, row => (row.GetInt32(0), row.GetInt32(1)), default);

    /// <summary>As the log has them.</summary>
    private Task<List<string>> MessagesAsync(BillingDay day) => _fleet.Db(day.Company).ListAsync("""
        select id || ' ' || driver_id || ' ' || direction
        from fleet.message_logs
        where tenant_id = $1
          and is_business
        order by 1
        """, row => row.GetString(0), default);

    private async Task<List<List<LineUsage>>> ExplainAsync(BillingDay day, DateOnly? period = null)
    {
        var invoice = await day.InvoiceAsync(period);
        var behind = new List<List<LineUsage>>();
        foreach (var line in invoice.Lines) behind.Add(await ListAsync(day, invoice.Id, line.No));
        return behind;
    }

    /// <summary>All pages, small ones.</summary>
    private async Task<List<LineUsage>> ListAsync(BillingDay day, Guid invoice, int line)
    {
        var (rows, cursor) = (new List<LineUsage>(), (string?)null);
        do
        {
            var page = BillingDay.Value(await _fleet.Get<ExplainLine>().HandleAsync(Look(day, invoice, line), new(rows.Count < 10 ? 2 : 200, cursor), default));
            rows.AddRange(page.Data);
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return rows;
    }

    private async Task<string?> RefusalAsync(BillingDay day, Guid invoice, int line) => (await _fleet.Get<ExplainLine>().HandleAsync(Look(day, invoice, line), new(2, null), default)).Error?.Code;

    private static LineLook Look(BillingDay day, Guid invoice, int line) => new(day.Company.Id, invoice, line, new(day.Company.Id, Roles.TenantAdmin, "user:admin"));

    private static void AssertAsManyAsItSays(InvoiceView invoice, List<List<LineUsage>> behind)
    {
        foreach (var (line, rows) in invoice.Lines.Zip(behind))
        {
            var (kind, most) = line.Kind switch
            {
                InvoiceLineKind.Messages => (LineUsageKind.Message, invoice.MessageVolume),
                InvoiceLineKind.Minimum => (LineUsageKind.Driver, invoice.ActiveDrivers),
                _ => (LineUsageKind.Driver, (long)line.Quantity),
            };
            Assert.Equal(most, rows.Count);
            Assert.All(rows, row => Assert.Equal(kind, row.Kind));
            Assert.Equal(rows.Count, rows.Distinct().Count());
            if (line.Kind == InvoiceLineKind.Messages) Assert.Equal(line.Quantity, rows.Count(row => row.Charged == true));
            if (line.Kind == InvoiceLineKind.Drivers) Assert.Equal(invoice.ActiveDrivers, rows.Count);
        }
    }
}
