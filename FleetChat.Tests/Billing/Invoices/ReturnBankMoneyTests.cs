using FleetChat.Core;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Tests.Billing.Payments;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.Billing.Invoices;

/// <summary>Money that left by the bank, and transfers that were entered and never came: each once, never more than there was, and what is owed to whom is told to people.</summary>
public sealed class ReturnBankMoneyTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;
    private BillingDay _day = null!;
    private InvoiceView _invoice = null!;

    // 12 drivers and 150 messages: 177.75.
    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync("bank_returns");
        _fleet = await TestFleet.StartAsync(_database);
        _day = await BillingDay.StartAsync(_fleet);
        _invoice = await _day.FinalAsync();
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Money_that_is_sent_back_is_entered_once_and_never_more_than_was_paid_too_much()
    {
        BillingDay.Value(await PayAsync(17_775, "A"));
        Assert.Equal(PaymentErrors.RefundTooHigh, (await RefundAsync(1, "R1")).Error);
        BillingDay.Value(await CreditAsync(5_000));
        Assert.Equal([AlertCodes.PaymentOverpaid], await OpenAlertsAsync());
        // No card was charged: there is none that it could go back to.
        Assert.Equal(PaymentErrors.NothingCharged, (await _fleet.Get<RefundPayment>().HandleAsync(new(_day.Company.Id, _invoice.Id, null, "Outage", BillingDay.Operator, null), default)).Error);

        Assert.Equal((14_775, -2_000), State(BillingDay.Value(await RefundAsync(3_000, "R1"))));
        Assert.Equal((14_775, -2_000), State(BillingDay.Value(await RefundAsync(3_000, "R1"))));
        Assert.Equal(BillingErrors.ReturnKnown, (await RefundAsync(2_000, "R1")).Error);
        Assert.Equal(PaymentErrors.RefundTooHigh, (await RefundAsync(2_001, "R2")).Error);
        Assert.Equal([AlertCodes.PaymentOverpaid], await OpenAlertsAsync());
        Assert.Equal((12_775, 0), State(BillingDay.Value(await RefundAsync(2_000, "R2"))));

        Assert.Empty(await OpenAlertsAsync());
        var refunds = BillingDay.Value(await _fleet.Get<ListPayments>().HandleAsync(_day.Company.Id, _invoice.Id, default)).Entries.Where(entry => entry.Kind == "refund");
        Assert.Equal([("bank:R1", 3_000, "Outage"), ("bank:R2", 2_000, "Outage")], refunds.Select(entry => (entry.Source, entry.Amount, entry.Reason)).Order());
        Assert.Equal(2, await _database.ScalarAsAdminAsync<long>("select count(*) from fleet.audit_entries where action = 'invoice.refunded_by_bank'"));
    }

    [Fact]
    public async Task A_transfer_that_never_came_is_taken_back_once_and_its_debt_is_open_again()
    {
        BillingDay.Value(await PayAsync(17_775, "A"));
        Assert.Equal(BillingErrors.TransferNotFound, (await ReverseAsync(17_775, "B")).Error);
        Assert.Equal(BillingErrors.ReversalTooHigh, (await ReverseAsync(17_776, "A")).Error);

        Assert.Equal((7_775, 10_000), State(BillingDay.Value(await ReverseAsync(10_000, "A"))));
        Assert.Equal((7_775, 10_000), State(BillingDay.Value(await ReverseAsync(10_000, "A"))));
        Assert.Equal(BillingErrors.ReturnKnown, (await ReverseAsync(7_775, "A")).Error);
        // Entered again under the same reference it would be taken for the first one.
        Assert.Equal(BillingErrors.PaymentReversed, (await PayAsync(17_775, "A")).Error);
        // Nobody is reminded of what was settled once.
        Assert.Equal([AlertCodes.PaymentTakenBack], await OpenAlertsAsync());

        Assert.Equal((17_775, 0), State(BillingDay.Value(await PayAsync(10_000, "A 2"))));
        Assert.Empty(await OpenAlertsAsync());
        Assert.Equal(1, await _database.ScalarAsAdminAsync<long>("select count(*) from fleet.audit_entries where action = 'invoice.bank_payment_reversed'"));
    }

    [Fact]
    public async Task A_part_that_never_came_is_still_asked_for_and_rings_nowhere()
    {
        BillingDay.Value(await PayAsync(10_000, "A"));

        Assert.Equal((0, 17_775), State(BillingDay.Value(await ReverseAsync(10_000, "A"))));

        Assert.Empty(await OpenAlertsAsync());
    }

    [Fact]
    public async Task What_goes_back_to_a_card_does_not_go_back_by_bank_too()
    {
        await using var day = await PayingDay.StartAsync();
        await day.LookAsync();
        var (company, invoice, bank) = (day.Billing.Company.Id, day.Invoice.Id, day.Fleet.Get<ReturnBankMoney>());
        BillingDay.Value(await day.Fleet.Get<ChangeDebt>().CreditAsync(new(company, invoice, 1_000, "Sorry", BillingDay.Operator, null), default));
        BillingDay.Value(await day.Fleet.Get<RefundPayment>().HandleAsync(new(company, invoice, 600, "Sorry", BillingDay.Operator, null), default));

        Assert.Equal(PaymentErrors.RefundTooHigh, (await bank.RefundAsync(new(company, invoice, 401, "R1", "Sorry", BillingDay.Operator), default)).Error);
        BillingDay.Value(await bank.RefundAsync(new(company, invoice, 400, "R1", "Sorry", BillingDay.Operator), default));
        await day.Fleet.WorkAsync([], call: [new Nudge(company, CallLanes.Payments)]);

        Assert.Equal((0, 600), ((await day.NowAsync()).DueAmount, (await day.MoneyAsync()).Refunded));
        Assert.Equal(0, await day.Fleet.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.alerts where closed_at is null"));
    }

    [Fact]
    public async Task Refunds_that_are_entered_at_once_stop_at_what_was_paid_too_much()
    {
        BillingDay.Value(await PayAsync(17_775, "A"));
        BillingDay.Value(await CreditAsync(5_000));

        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => Task.Run(() => RefundAsync(2_000, $"R{n}"))));

        Assert.Equal(2, results.Count(result => result.IsOk));
        Assert.All(results.Where(result => !result.IsOk), result => Assert.Equal(PaymentErrors.RefundTooHigh, result.Error));
        Assert.Equal(-1_000, (await _day.InvoiceAsync()).DueAmount);
    }

    [Theory]
    [InlineData(0, "R", "x", "billing.amount_invalid")]
    [InlineData(1, " ", "x", "billing.text_invalid")]
    [InlineData(1, "R", "", "billing.text_invalid")]
    public async Task What_makes_no_sense_is_refused(long amount, string reference, string reason, string code)
    {
        Assert.Equal(code, (await Bank.RefundAsync(new(_day.Company.Id, _invoice.Id, amount, reference, reason, BillingDay.Operator), default)).Error?.Code);
        Assert.Equal(code, (await Bank.ReverseAsync(new(_day.Company.Id, _invoice.Id, amount, reference, reason, BillingDay.Operator), default)).Error?.Code);
    }

    [Fact]
    public async Task Nobody_reaches_another_companys_invoice()
    {
        BillingDay.Value(await PayAsync(17_775, "A"));
        var other = await _fleet.AddCompanyAsync("other");

        Assert.Equal(BillingErrors.InvoiceNotFound, (await Bank.RefundAsync(new(other.Id, _invoice.Id, 1, "R", "x", BillingDay.Operator), default)).Error);
        Assert.Equal(BillingErrors.InvoiceNotFound, (await Bank.ReverseAsync(new(other.Id, _invoice.Id, 1, "A", "x", BillingDay.Operator), default)).Error);
    }

    private ReturnBankMoney Bank => _fleet.Get<ReturnBankMoney>();

    private Task<Result<InvoiceView>> PayAsync(long amount, string reference) => _fleet.Get<ChangeDebt>().PayAsync(new(_day.Company.Id, _invoice.Id, amount, reference, BillingDay.Operator), default);

    private Task<Result<InvoiceView>> CreditAsync(long amount) => _fleet.Get<ChangeDebt>().CreditAsync(new(_day.Company.Id, _invoice.Id, amount, "Outage", BillingDay.Operator, null), default);

    private Task<Result<InvoiceView>> RefundAsync(long amount, string reference) => Bank.RefundAsync(new(_day.Company.Id, _invoice.Id, amount, reference, "Outage", BillingDay.Operator), default);

    private Task<Result<InvoiceView>> ReverseAsync(long amount, string reference) => Bank.ReverseAsync(new(_day.Company.Id, _invoice.Id, amount, reference, "Another company's", BillingDay.Operator), default);

    private static (long Paid, long Due) State(InvoiceView invoice) => (invoice.PaidAmount, invoice.DueAmount);

    private Task<List<string>> OpenAlertsAsync()
        => _fleet.Db(_day.Company).ListAsync("select code from fleet.alerts where tenant_id = $1 and subject = $2 and closed_at is null", row => row.GetString(0), default, P.Text(_invoice.Id.ToString()));
}
