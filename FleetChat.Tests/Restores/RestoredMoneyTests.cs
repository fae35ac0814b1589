using FleetChat.Core;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Data;
using FleetChat.Core.Restores;
using FleetChat.Core.Security.Audit;
using FleetChat.Tests.Billing.Invoices;
using FleetChat.Tests.Billing.Payments;

namespace FleetChat.Tests.Restores;

/// <summary>Money that was taken in the time that a restored database lost.</summary>
public sealed class RestoredMoneyTests
{
    // Stripe repeats its answer to a key for a day; after that the same call charges again.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 0)]
    // Nor where whoever restored it names a moment that was hours later.
    [InlineData(3, 20)]
    public async Task An_invoice_that_was_charged_in_the_lost_time_is_not_charged_again(int days, int hoursTooLate)
    {
        await using var day = await PayingDay.StartAsync();
        var restoredTo = day.Fleet.Clock.GetUtcNow();
        await day.LookAsync();
        await day.HearAsync();
        Assert.Equal(1, (await day.MoneyAsync()).Charges);
        await LoseAsync(day);
        day.Fleet.Clock.Advance(TimeSpan.FromDays(days));
        await BeginAsync(day, restoredTo.AddHours(hoursTooLate));

        await day.LookAsync();

        Assert.Equal(1, (await day.MoneyAsync()).Charges);
        Assert.Equal((InvoiceState.Paid, 0L), ((await day.NowAsync()).Status, (await day.NowAsync()).DueAmount));
    }

    [Fact]
    public async Task What_was_not_charged_before_is_charged_only_after_the_end()
    {
        await using var day = await PayingDay.StartAsync();
        await BeginAsync(day, day.Fleet.Clock.GetUtcNow());

        // It may have been paid by the bank, credited or put off in the lost time: that is to be entered again first.
        var next = await day.LookAsync();

        Assert.Equal(day.Fleet.Clock.GetUtcNow().AddHours(1), next);
        Assert.Empty(await day.Stripe.Control.MoneyAsync(day.Invoice.Id.ToString()));
        await EndAsync(day);
        await day.LookAsync();
        Assert.Equal((1, InvoiceState.Paid), ((await day.MoneyAsync()).Charges, (await day.NowAsync()).Status));
    }

    [Fact]
    public async Task What_was_transferred_in_the_lost_time_and_is_entered_again_is_not_charged()
    {
        await using var day = await PayingDay.StartAsync();
        await BeginAsync(day, day.Fleet.Clock.GetUtcNow());
        await day.LookAsync();
        await PayByBankAsync(day, day.Invoice.TotalAmount);
        await EndAsync(day);
        day.Fleet.Clock.Advance(TimeSpan.FromMinutes(3));

        Assert.Null(await day.LookAsync());

        Assert.Empty(await day.Stripe.Control.MoneyAsync(day.Invoice.Id.ToString()));
        var attempt = Assert.Single((await day.BooksAsync()).Attempts);
        Assert.Equal(("cancelled", "superseded", InvoiceState.Paid), (attempt.Status, attempt.DeclineCode, (await day.NowAsync()).Status));
        // Nobody declined anything.
        Assert.Empty(await day.LettersAsync());
    }

    [Fact]
    public async Task Of_what_was_transferred_in_part_the_rest_is_charged()
    {
        await using var day = await PayingDay.StartAsync();
        await BeginAsync(day, day.Fleet.Clock.GetUtcNow());
        await day.LookAsync();
        await PayByBankAsync(day, 100);
        await EndAsync(day);
        day.Fleet.Clock.Advance(TimeSpan.FromMinutes(3));

        await day.LookAsync();

        var money = await day.MoneyAsync();
        Assert.Equal((1, day.Invoice.TotalAmount - 100), (money.Charges, money.Captured));
        Assert.Equal(["cancelled", "succeeded"], (await day.BooksAsync()).Attempts.Select(attempt => attempt.Status));
    }

    [Fact]
    public async Task A_charge_whose_answer_was_lost_is_looked_for_before_it_is_taken_back()
    {
        await using var day = await PayingDay.StartAsync();
        await day.LookAsync();
        await day.Fleet.Database.ExecuteAsAdminAsync("""
            set session_replication_role = replica;
            delete from fleet.receivables where kind = 'payment';
            update fleet.payment_attempts set payment_id = null, state = 'open';
            update fleet.collections set ended_at = null
            """);
        await PayByBankAsync(day, 100);

        await day.LookAsync();

        Assert.Equal(day.Invoice.TotalAmount + 100, (await day.NowAsync()).PaidAmount);
        Assert.Equal("succeeded", Assert.Single((await day.BooksAsync()).Attempts).Status);
    }

    [Fact]
    public async Task Nobody_is_reminded_or_suspended_while_it_is_open()
    {
        await using var day = await PayingDay.StartAsync(hasMethod: false);
        await day.Fleet.Database.ExecuteAsAdminAsync("update fleet.collections set reminders = 3, reminded_at = $1", P.Time(day.Fleet.Clock.GetUtcNow()));
        day.Fleet.Clock.Advance(TimeSpan.FromDays(90));
        await BeginAsync(day, day.Fleet.Clock.GetUtcNow());

        Assert.Equal(day.Fleet.Clock.GetUtcNow().AddHours(1), await day.LookAsync());

        Assert.Equal("active", await day.StandingAsync());
        await EndAsync(day);
        await day.LookAsync();
        Assert.Equal("suspended", await day.StandingAsync());
    }

    [Fact]
    public async Task What_is_not_charged_while_it_is_open_can_be_voided()
    {
        await using var day = await PayingDay.StartAsync();
        await BeginAsync(day, day.Fleet.Clock.GetUtcNow());
        await day.LookAsync();

        // A call whose maker died may be on its way yet.
        Assert.Equal(PaymentErrors.UnderWay, (await VoidAsync()).Error);
        day.Fleet.Clock.Advance(TimeSpan.FromMinutes(3));
        var voided = BillingDay.Value(await VoidAsync());

        Assert.Equal((InvoiceState.Void, "cancelled"), (voided.Status, Assert.Single((await day.BooksAsync()).Attempts).Status));
        await EndAsync(day);
        Assert.Null(await day.LookAsync());
        Assert.Empty(await day.Stripe.Control.MoneyAsync(day.Invoice.Id.ToString()));

        Task<Result<InvoiceView>> VoidAsync() => day.Fleet.Get<ChangeDebt>().VoidAsync(day.Billing.Company.Id, day.Invoice.Id, "Billed twice", BillingDay.Operator, default);
    }

    [Fact]
    public async Task What_was_charged_in_the_lost_time_cannot_be_voided()
    {
        await using var day = await PayingDay.StartAsync();
        var restoredTo = day.Fleet.Clock.GetUtcNow();
        await day.LookAsync();
        await day.Fleet.Database.ExecuteAsAdminAsync("""
            set session_replication_role = replica;
            delete from fleet.receivables where kind = 'payment';
            update fleet.payment_attempts set payment_id = null, state = 'open';
            update fleet.collections set ended_at = null
            """);
        await BeginAsync(day, restoredTo);

        Assert.Equal("billing.not_voidable", (await day.Fleet.Get<ChangeDebt>().VoidAsync(day.Billing.Company.Id, day.Invoice.Id, "Billed twice", BillingDay.Operator, default)).Error?.Code);
        Assert.Equal(InvoiceState.Paid, (await day.NowAsync()).Status);
    }

    [Fact]
    public async Task What_happened_in_the_lost_time_is_gone_through_until_the_restore_ends()
    {
        await using var day = await PayingDay.StartAsync();
        await day.Fleet.Get<HearPayments>().ReconcileAsync(default);
        var restoredTo = day.Fleet.Clock.GetUtcNow();
        // What came with the company: signatures grow old.
        await day.HearAsync();
        day.Fleet.Clock.Advance(TimeSpan.FromMinutes(30));
        await day.LookAsync();
        await day.HearAsync();
        await LoseAsync(day);
        day.Fleet.Clock.Advance(TimeSpan.FromHours(2));
        await BeginAsync(day, restoredTo);

        // It is of an attempt that is not there again yet.
        Assert.NotEqual(0, await day.Fleet.Get<HearPayments>().ReconcileAsync(default));
        Assert.Equal(0, await PaidAsync(day));
        Assert.Equal(restoredTo, await MarkAsync(day));
        await day.Fleet.Database.ExecuteAsAdminAsync("""
            insert into fleet.payment_attempts
            select * from lost.payment_attempts
            """);
        await day.Fleet.Get<HearPayments>().ReconcileAsync(default);
        Assert.Equal(1, await PaidAsync(day));

        await EndAsync(day);
        await day.Fleet.Get<HearPayments>().ReconcileAsync(default);
        Assert.Equal(day.Fleet.Clock.GetUtcNow(), await MarkAsync(day));
    }

    private static async Task BeginAsync(PayingDay day, DateTimeOffset restoredTo)
    {
        await day.Fleet.Get<AnchorChains>().HandleAsync(default);
        Assert.True((await day.Fleet.Get<BeginRestore>().HandleAsync(new(restoredTo, 0, "test"), default)).IsOk);
    }

    private static async Task EndAsync(PayingDay day) => Assert.NotNull((await day.Fleet.Get<EndRestore>().HandleAsync(new(Anyway: true, "test"), default))?.EndedAt);

    private static async Task PayByBankAsync(PayingDay day, long amount)
        => BillingDay.Value(await day.Fleet.Get<ChangeDebt>().PayAsync(new(day.Billing.Company.Id, day.Invoice.Id, amount, "ref", BillingDay.Operator), default));

    /// <summary>As the database was before the charge; what was is kept aside.</summary>
    private static Task LoseAsync(PayingDay day) => day.Fleet.Database.ExecuteAsAdminAsync("""
        set session_replication_role = replica;
        create schema lost;
        create table lost.payment_attempts as select * from fleet.payment_attempts;
        delete from fleet.payment_attempts;
        delete from fleet.receivables where kind = 'payment';
        update fleet.collections set ended_at = null
        """);

    private static Task<long> PaidAsync(PayingDay day) => day.Fleet.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.receivables where kind = 'payment'");

    private static async Task<DateTimeOffset> MarkAsync(PayingDay day) => new(await day.Fleet.Database.ScalarAsAdminAsync<DateTime>("select through from fleet.payment_reconciliation"), TimeSpan.Zero);
}
