using System.Text;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Tenants;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Stripe;
using FleetChat.Tests.Billing.Invoices;
using FleetChat.Tests.Simulators;
using Xunit.Abstractions;

namespace FleetChat.Tests.Billing.Payments;

/// <summary>What Stripe tells ends in the same books, in whatever order it comes, however often, and if it never does. FLEETCHAT_TEST_SIZE=long tells it in 1,000 orders.</summary>
public sealed class HearPaymentsTests(ITestOutputHelper output)
{
    private static readonly int s_orders = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 1_000 : 12;

    [Fact]
    public async Task Any_order_repeats_and_losses_end_in_the_same_books()
    {
        await using var day = await PayingDay.StartAsync();
        await day.LookAsync();
        var payment = Assert.Single((await day.Stripe.Control.ViewAsync()).Payments).Id;
        var all = new List<Received>(await day.ReceivedAsync());
        // Half of it goes back by our order, a part of the rest in the dashboard, and of what is left the bank takes some and gives it again.
        BillingDay.Value(await day.Fleet.Get<ChangeDebt>().CreditAsync(new(day.Billing.Company.Id, day.Invoice.Id, 5_000, "Sorry", BillingDay.Operator, null), default));
        BillingDay.Value(await day.Fleet.Get<RefundPayment>().HandleAsync(new(day.Billing.Company.Id, day.Invoice.Id, null, "Sorry", BillingDay.Operator, null), default));
        await day.Fleet.WorkAsync([], call: [new Nudge(day.Billing.Company.Id, CallLanes.Payments)]);
        await day.Stripe.Control.RefundAsync(new(payment, 700));
        var dispute = await day.Stripe.Control.OpenDisputeAsync(new(payment, Amount: 300));
        all.AddRange(await day.ReceivedAsync());
        await day.Stripe.Control.CloseDisputeAsync(dispute, won: true);
        all.AddRange(await day.ReceivedAsync());
        foreach (var one in all) await day.HearAsync(one);
        var expected = await EntriesAsync(day);
        Assert.Equal(700, (await day.NowAsync()).DueAmount);

        var seed = int.Parse(Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SEED") ?? "8", System.Globalization.CultureInfo.InvariantCulture);
        output.WriteLine($"FLEETCHAT_TEST_SEED={seed}: {all.Count} webhooks, {s_orders} orders");
        var random = new Random(seed);
        for (var n = 0; n < s_orders; n++)
        {
            await ForgetAsync(day);
            // Of three one is lost, and of three one comes twice.
            var told = all.Where(_ => random.Next(3) > 0).SelectMany(one => Enumerable.Repeat(one, 1 + random.Next(3) / 2)).ToArray();
            random.Shuffle(told);
            foreach (var one in told) Assert.Equal(PaymentHearing.Done, await day.HearAsync(one));
            await day.Fleet.Get<HearPayments>().ReconcileAsync(default);

            Assert.Equal(expected, await EntriesAsync(day));
            Assert.Equal("succeeded", Assert.Single((await day.BooksAsync()).Attempts).Status);
        }
    }

    [Fact]
    public async Task Two_who_hear_the_same_at_once_enter_it_once()
    {
        await using var day = await PayingDay.StartAsync();
        await day.LookAsync();
        var all = await day.ReceivedAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).SelectMany(_ => all).Select(day.HearAsync));

        Assert.Equal(2, (await EntriesAsync(day)).Count);
        Assert.Single(await day.LettersAsync());
    }

    [Fact]
    public async Task What_nobody_heard_is_found_in_the_list()
    {
        await using var day = await PayingDay.StartAsync(hasMethod: false);
        await day.VisitAsync();
        await day.ReceivedAsync();
        Assert.Null((await day.Fleet.Get<PaymentAccounts>().GetAsync(day.Billing.Company.Id, default)).Value.Method);

        Assert.True(await day.Fleet.Get<HearPayments>().ReconcileAsync(default) > 0);
        Assert.Equal("card", (await day.Fleet.Get<PaymentAccounts>().GetAsync(day.Billing.Company.Id, default)).Value.Method?.Kind);
        Assert.Null(await day.LookAsync());
        // Up to then all is known.
        day.Fleet.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, await ReconciledAsync(day));
    }

    private static async Task<int> ReconciledAsync(PayingDay day)
    {
        await day.Fleet.Get<HearPayments>().ReconcileAsync(default);
        day.Fleet.Clock.Advance(TimeSpan.FromHours(1));
        return await day.Fleet.Get<HearPayments>().ReconcileAsync(default);
    }

    [Fact]
    public async Task A_refund_goes_back_to_the_card_and_never_more_than_was_paid_too_much()
    {
        await using var day = await PayingDay.StartAsync();
        await day.LookAsync();
        var refund = day.Fleet.Get<RefundPayment>();
        Assert.Equal(PaymentErrors.RefundTooHigh, (await RefundAsync(null)).Error);
        BillingDay.Value(await day.Fleet.Get<ChangeDebt>().CreditAsync(new(day.Billing.Company.Id, day.Invoice.Id, 1_000, "Sorry", BillingDay.Operator, null), default));
        Assert.Equal(PaymentErrors.RefundTooHigh, (await RefundAsync(1_001)).Error);

        var first = BillingDay.Value(await RefundAsync(600, "a"));
        Assert.Equal(first, BillingDay.Value(await RefundAsync(600, "a")));
        Assert.Equal(PaymentErrors.RefundTooHigh, (await RefundAsync(401)).Error);
        BillingDay.Value(await RefundAsync(null, "b"));
        await day.Fleet.WorkAsync([], call: [new Nudge(day.Billing.Company.Id, CallLanes.Payments)]);

        Assert.Equal(1_000, (await day.MoneyAsync()).Refunded);
        Assert.Equal(["succeeded", "succeeded"], (await day.BooksAsync()).Refunds.Select(given => given.Status));
        Assert.Equal(0, (await day.NowAsync()).DueAmount);

        Task<Core.Result<RefundView>> RefundAsync(long? amount, string? key = null) => refund.HandleAsync(new(day.Billing.Company.Id, day.Invoice.Id, amount, "Sorry", BillingDay.Operator, key), default);
    }

    [Fact]
    public async Task A_refund_that_the_bank_sends_back_is_owed_to_the_company_again()
    {
        await using var day = await PayingDay.StartAsync(new(RefundFails: true, RefundAfter: TimeSpan.FromDays(2)));
        await day.LookAsync();
        BillingDay.Value(await day.Fleet.Get<ChangeDebt>().CreditAsync(new(day.Billing.Company.Id, day.Invoice.Id, 1_000, "Sorry", BillingDay.Operator, null), default));
        BillingDay.Value(await day.Fleet.Get<RefundPayment>().HandleAsync(new(day.Billing.Company.Id, day.Invoice.Id, null, "Sorry", BillingDay.Operator, null), default));
        await day.Fleet.WorkAsync([], call: [new Nudge(day.Billing.Company.Id, CallLanes.Payments)]);
        Assert.Equal(0, (await day.NowAsync()).DueAmount);

        await day.PassAsync(3);

        Assert.Equal(-1_000, (await day.NowAsync()).DueAmount);
        Assert.Equal("failed", Assert.Single((await day.BooksAsync()).Refunds).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_bank_takes_back_is_owed_again_until_it_is_won(bool isWon)
    {
        await using var day = await PayingDay.StartAsync();
        await day.LookAsync();
        var payment = Assert.Single((await day.Stripe.Control.ViewAsync()).Payments).Id;

        var dispute = await day.Stripe.Control.OpenDisputeAsync(new(payment));
        await day.HearAsync();
        Assert.Equal(day.Invoice.TotalAmount, (await day.NowAsync()).DueAmount);
        Assert.Equal(1, await OpenAlertsAsync(day));

        await day.Stripe.Control.CloseDisputeAsync(dispute, isWon);
        await day.HearAsync();
        await day.PassAsync(30);

        Assert.Equal(isWon ? 0 : day.Invoice.TotalAmount, (await day.NowAsync()).DueAmount);
        Assert.Equal(isWon ? 0 : 1, await OpenAlertsAsync(day));
        // Nobody is charged a second time by itself.
        Assert.Equal(1, (await day.MoneyAsync()).Charges);
        if (isWon) return;
        BillingDay.Value(await day.Fleet.Get<ChangeDebt>().CreditAsync(new(day.Billing.Company.Id, day.Invoice.Id, 1, "Sorry", BillingDay.Operator, null), default));
        Assert.Equal(1, await OpenAlertsAsync(day));
        BillingDay.Value(await day.Fleet.Get<ChangeDebt>().PayAsync(new(day.Billing.Company.Id, day.Invoice.Id, day.Invoice.TotalAmount - 1, "bank-1", BillingDay.Operator), default));
        Assert.Equal(0, await OpenAlertsAsync(day));
    }

    [Theory]
    [InlineData("paid")]
    [InlineData("credited")]
    [InlineData("voided")]
    [InlineData("won")]
    public async Task Who_is_suspended_for_money_that_came_back_is_lifted_once_that_is_settled_and_by_nothing_else(string settled)
    {
        await using var day = await PayingDay.StartAsync();
        var (company, debt) = (day.Billing.Company.Id, day.Fleet.Get<ChangeDebt>());
        await day.LookAsync();
        var dispute = await day.Stripe.Control.OpenDisputeAsync(new(Assert.Single((await day.Stripe.Control.ViewAsync()).Payments).Id));
        await day.HearAsync();
        await day.PassAsync(31);
        var april = await day.BillAprilAsync();
        BillingDay.Value(await day.Fleet.Get<SuspendTenant>().SuspendAsync(company, "unpaid", BillingDay.Operator, default));

        // The next month's is charged, and is another matter.
        Assert.Null(await day.LookAsync(april.Id));
        Assert.Equal((InvoiceState.Paid, "suspended"), ((await day.Billing.InvoiceAsync(BillingDay.April)).Status, await day.StandingAsync()));
        BillingDay.Value(await debt.PayAsync(new(company, day.Invoice.Id, 1, "a part", BillingDay.Operator), default));
        Assert.Equal("suspended", await day.StandingAsync());
        await day.Fleet.Database.ExecuteAsAdminAsync("delete from fleet.receivables where source = 'bank:a part'");

        if (settled == "paid") BillingDay.Value(await debt.PayAsync(new(company, day.Invoice.Id, day.Invoice.TotalAmount, "bank-1", BillingDay.Operator), default));
        if (settled == "credited") BillingDay.Value(await debt.CreditAsync(new(company, day.Invoice.Id, null, "Sorry", BillingDay.Operator, null), default));
        if (settled == "voided") BillingDay.Value(await debt.VoidAsync(company, day.Invoice.Id, "Wrong", BillingDay.Operator, default));
        if (settled == "won") await day.Stripe.Control.CloseDisputeAsync(dispute, won: true);
        await day.HearAsync();

        Assert.Equal("active", await day.StandingAsync());
        Assert.Single(await day.LettersAsync(), letter => letter.Subject == "FleetChat is back in service");
        Assert.Equal(0, await OpenAlertsAsync(day));
    }

    [Fact]
    public async Task Only_what_Stripe_signed_is_heard()
    {
        await using var day = await PayingDay.StartAsync();
        await day.LookAsync();
        var one = (await day.ReceivedAsync())[^1];

        Assert.Equal(PaymentHearing.Rejected, await day.Fleet.Get<HearPayments>().ReceiveAsync(one.Body, null, default));
        Assert.Equal(PaymentHearing.Rejected, await day.Fleet.Get<HearPayments>().ReceiveAsync(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(one.Body).Replace("evt_", "evt_x", StringComparison.Ordinal)), one.Headers["Stripe-Signature"], default));
        day.Fleet.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(PaymentHearing.Rejected, await day.HearAsync(one));
    }

    [Fact]
    public async Task While_Stripe_cannot_be_asked_it_is_to_tell_again()
    {
        await using var day = await PayingDay.StartAsync();
        await day.LookAsync();
        var one = (await day.ReceivedAsync())[^1];
        await day.Stripe.Control.PlanFaultsAsync(new(Calls: 1, CallKinds: [CallTrouble.ResetBefore]));

        Assert.Equal(PaymentHearing.Later, await day.HearAsync(one));
    }

    [Fact]
    public async Task A_payment_that_is_none_of_ours_is_told_to_people_and_changes_nothing()
    {
        await using var day = await PayingDay.StartAsync();
        await day.LookAsync();
        await day.HearAsync();
        // Of a company that there is not, as another installation on the same account would make it.
        var processor = day.Fleet.Get<IPaymentProcessor>();
        var customer = await processor.EnsureCustomerAsync(ProcessorBench.Payer, default);
        var method = await day.Stripe.Control.AddMethodAsync(new(customer));
        await processor.ChargeAsync(new(ProcessorBench.Payer.Id, ProcessorBench.Invoice, 1, 500, "USD", customer, method, MethodKind.Card, "Other", day.Fleet.Clock.GetUtcNow()), default);
        var before = await EntriesAsync(day);

        await day.HearAsync();

        Assert.Equal(before, await EntriesAsync(day));
        Assert.True(await OpenAsync() > 0);
        await day.Fleet.Get<HearPayments>().ReconcileAsync(default);
        Assert.True(await OpenAsync() > 0);
        // The next list begins some minutes before the last one, and has it still; the one after that has nothing of the kind.
        for (var hour = 0; hour < 2; hour++)
        {
            day.Fleet.Clock.Advance(TimeSpan.FromHours(1));
            await day.Fleet.Get<HearPayments>().ReconcileAsync(default);
        }
        Assert.Equal(0, await OpenAsync());

        Task<long> OpenAsync() => day.Fleet.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.platform_alerts where code = 'payment.unknown' and closed_at is null");
    }

    [Fact]
    public async Task A_method_that_was_kept_by_whoever_died_before_Stripe_was_told_is_told_when_it_is_heard_again()
    {
        await using var day = await PayingDay.StartAsync(hasMethod: false);
        await day.VisitAsync(null, "card");
        var customer = (await day.Stripe.Control.ViewAsync()).Customers.Single();
        Assert.True(await PaymentAccountSql.TrySaveMethodAsync(
            day.Fleet.Db(day.Billing.Company), await day.KeyAsync(), customer.Id, new(customer.Methods.Single().Id, MethodKind.Card, "visa", "4242", null), day.Fleet.Clock.GetUtcNow(), default));
        Assert.Null(customer.DefaultMethod);

        await day.HearAsync();

        Assert.Equal(customer.Methods.Single().Id, (await day.Stripe.Control.ViewAsync()).Customers.Single().DefaultMethod);
    }

    private static async Task<List<string>> EntriesAsync(PayingDay day)
        => [.. (await day.BooksAsync()).Entries.Select(entry => $"{entry.Kind} {entry.Source} {entry.Amount}").Order(StringComparer.Ordinal)];

    // As if nothing had been heard since the invoice became final.
    private static Task ForgetAsync(PayingDay day) => day.Fleet.Database.ExecuteAsAdminAsync("""
        delete from fleet.receivables where kind in ('payment', 'refund', 'dispute');
        update fleet.payment_attempts set state = 'open', payment_id = null;
        update fleet.payment_refunds set state = 'begun';
        delete from fleet.payment_reconciliation;
        """);

    private static Task<long> OpenAlertsAsync(PayingDay day)
        => day.Fleet.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.alerts where code = $1 and closed_at is null", P.Text(AlertCodes.PaymentTakenBack));
}
