using FleetChat.Core;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Prices;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.Billing.Invoices;

/// <summary>What is owed of a final invoice: credited, paid, late, void; each once, and never more than there is.</summary>
public sealed class ChangeDebtTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;
    private BillingDay _day = null!;

    private ChangeDebt Debt => _fleet.Get<ChangeDebt>();

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.BorrowAsync();
        _fleet = await TestFleet.StartAsync(_database);
        _day = await BillingDay.StartAsync(_fleet);
        BillingDay.Value(await _fleet.Get<BillingAccounts>().ChangeAsync(new(_day.Company.Id, 8.25m, false, null, 10, BillingDay.Operator), default));
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Credit_notes_take_a_part_and_then_the_rest_and_never_more()
    {
        // 180.00 - 3.00 + 0.75 = 177.75; 8.25 percent of it is 14.664375.
        var invoice = await _day.FinalAsync();
        Assert.Equal((17_775, 1_466, 19_241), (invoice.TotalAmount - invoice.TaxAmount, invoice.TaxAmount, invoice.TotalAmount));

        var part = BillingDay.Value(await CreditAsync(invoice, 10_000));
        Assert.Equal("billing.credit_too_high", (await CreditAsync(invoice, 9_242)).Error?.Code);
        var rest = BillingDay.Value(await CreditAsync(invoice, null));
        var after = await _day.InvoiceAsync();

        // Of 14.66 tax in 192.41 there are 7.619 in 100.00.
        Assert.Equal((762, 10_000, InvoiceKind.CreditNote, invoice.Id), (part.TaxAmount, part.TotalAmount, part.Kind, part.CreditedInvoice));
        Assert.Equal((704, 9_241), (rest.TaxAmount, rest.TotalAmount));
        Assert.Equal(("CN-US-000001", "CN-US-000002", invoice.Number), (part.Number, rest.Number, rest.CreditedNumber));
        Assert.Equal((0, 19_241, InvoiceState.Paid), (after.DueAmount, after.CreditedAmount, after.Status));
        Assert.Equal("billing.credit_too_high", (await CreditAsync(invoice, 1)).Error?.Code);
        Assert.Equal("billing.invoice_not_found", (await CreditAsync(part, 1)).Error?.Code);
    }

    [Fact]
    public async Task Credits_that_are_given_at_once_stop_at_what_is_left()
    {
        var invoice = await _day.FinalAsync();

        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => CreditAsync(invoice, 5_000))));

        Assert.Equal(3, results.Count(result => result.IsOk));
        Assert.All(results.Where(result => !result.IsOk), result => Assert.Equal("billing.credit_too_high", result.Error!.Code));
        Assert.Equal(["CN-US-000001", "CN-US-000002", "CN-US-000003"], results.Where(result => result.IsOk).Select(result => result.Value.Number).Order());
    }

    [Fact]
    public async Task A_credit_that_is_asked_for_again_is_given_once()
    {
        var invoice = await _day.FinalAsync();

        var first = BillingDay.Value(await CreditAsync(invoice, 100, "key"));
        var again = BillingDay.Value(await CreditAsync(invoice, 100, "key"));

        Assert.Equal((first.Id, 100), (again.Id, (await _day.InvoiceAsync()).CreditedAmount));
    }

    [Fact]
    public async Task Money_of_the_bank_pays_a_part_and_then_the_rest_and_each_transfer_counts_once()
    {
        var invoice = await _day.FinalAsync();

        Assert.Equal((10_000, 9_241, InvoiceState.Final), State(BillingDay.Value(await PayAsync(invoice, 10_000, "A"))));
        Assert.Equal((10_000, 9_241, InvoiceState.Final), State(BillingDay.Value(await PayAsync(invoice, 10_000, "A"))));
        Assert.Equal("billing.payment_known", (await PayAsync(invoice, 9_000, "A")).Error?.Code);
        Assert.Equal("billing.payment_too_high", (await PayAsync(invoice, 9_242, "B")).Error?.Code);
        Assert.Equal((19_241, 0, InvoiceState.Paid), State(BillingDay.Value(await PayAsync(invoice, 9_241, "B"))));
    }

    [Fact]
    public async Task What_is_not_paid_in_time_is_past_due_on_the_day_after()
    {
        var invoice = await _day.FinalAsync();

        _fleet.Clock.SetUtcNow(new(2026, 4, 13, 4, 59, 59, TimeSpan.Zero));
        Assert.Equal((new DateOnly(2026, 4, 12), InvoiceState.Final), (invoice.DueOn, (await _day.InvoiceAsync()).Status));
        _fleet.Clock.SetUtcNow(new(2026, 4, 13, 5, 0, 0, TimeSpan.Zero));
        Assert.Equal(InvoiceState.PastDue, (await _day.InvoiceAsync()).Status);
    }

    [Fact]
    public async Task A_void_invoice_keeps_its_number_and_owes_nothing()
    {
        var invoice = await _day.FinalAsync();

        var gone = BillingDay.Value(await Debt.VoidAsync(_day.Company.Id, invoice.Id, "Billed by mistake", BillingDay.Operator, default));
        var again = BillingDay.Value(await Debt.VoidAsync(_day.Company.Id, invoice.Id, "Another word", BillingDay.Operator, default));

        Assert.Equal((InvoiceState.Void, invoice.Number, 0, "Billed by mistake"), (gone.Status, gone.Number, gone.DueAmount, gone.Reason));
        Assert.Equal("Billed by mistake", again.Reason);
        Assert.Equal("billing.not_voidable", (await PayAsync(invoice, 1, "A")).Error?.Code);
        Assert.Equal("billing.not_voidable", (await CreditAsync(invoice, 1)).Error?.Code);
    }

    [Fact]
    public async Task A_draft_is_neither_credited_nor_paid_nor_void()
    {
        await _day.UseAsync(1, 1, new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero));
        _day.EndMarch();
        await _day.BillAsync();
        var draft = await _day.InvoiceAsync();

        Assert.Equal("billing.not_final", (await CreditAsync(draft, 1)).Error?.Code);
        Assert.Equal("billing.not_final", (await PayAsync(draft, 1, "A")).Error?.Code);
        Assert.Equal("billing.not_final", (await Debt.VoidAsync(_day.Company.Id, draft.Id, "x", BillingDay.Operator, default)).Error?.Code);
    }

    [Fact]
    public async Task Nobody_reaches_another_companys_invoice()
    {
        var invoice = await _day.FinalAsync();
        var other = await _fleet.AddCompanyAsync("other");

        Assert.Equal("billing.invoice_not_found", (await _fleet.Get<GetInvoice>().HandleAsync(other.Id, invoice.Id, default)).Error?.Code);
        Assert.Empty(BillingDay.Value(await _fleet.Get<GetInvoice>().ListAsync(other.Id, new(50, null), default)).Data);
        Assert.Equal("billing.invoice_not_found", (await Debt.CreditAsync(new(other.Id, invoice.Id, 1, "x", BillingDay.Operator, null), default)).Error?.Code);
        Assert.Equal("billing.invoice_not_found", (await Debt.PayAsync(new(other.Id, invoice.Id, 1, "x", BillingDay.Operator), default)).Error?.Code);
        Assert.Equal("billing.invoice_not_found", (await Debt.VoidAsync(other.Id, invoice.Id, "x", BillingDay.Operator, default)).Error?.Code);
    }

    private Task<Result<InvoiceView>> CreditAsync(InvoiceView invoice, long? amount, string? key = null)
        => Debt.CreditAsync(new(_day.Company.Id, invoice.Id, amount, "Two days of outage", BillingDay.Operator, key), default);

    private Task<Result<InvoiceView>> PayAsync(InvoiceView invoice, long amount, string reference)
        => Debt.PayAsync(new(_day.Company.Id, invoice.Id, amount, reference, BillingDay.Operator), default);

    private static (long Paid, long Due, string Status) State(InvoiceView invoice) => (invoice.PaidAmount, invoice.DueAmount, invoice.Status);
}
