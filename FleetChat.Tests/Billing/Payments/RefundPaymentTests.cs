using FleetChat.Core;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Inbox.Replay;
using FleetChat.Core.Monitoring;
using FleetChat.Simulators.Faults;
using FleetChat.Tests.Billing.Invoices;

namespace FleetChat.Tests.Billing.Payments;

/// <summary>Money that was promised back goes back, however long it takes, and once.</summary>
public sealed class RefundPaymentTests
{
    [Theory]
    [InlineData(CallTrouble.ServerError)]
    [InlineData(CallTrouble.ExpiredToken)]
    public async Task A_refund_outlasts_hours_of_trouble_and_people_are_told_meanwhile(CallTrouble trouble)
    {
        await using var day = await OverpaidAsync();
        await day.Stripe.Control.PlanFaultsAsync(new(Calls: 1, Webhooks: 0, CallKinds: [trouble], PathPrefix: "/v1/refunds"));
        BillingDay.Value(await RefundAsync(day));

        for (var n = 0; n < 60; n++) await WorkAsync(day, TimeSpan.FromMinutes(2));
        Assert.Equal("begun", await StateAsync(day));
        Assert.Equal(1, await OpenAlertsAsync(day));
        Assert.Equal(PaymentErrors.RefundTooHigh, (await RefundAsync(day)).Error);

        await day.Stripe.Control.EndFaultsAsync();
        await WorkAsync(day, TimeSpan.FromMinutes(31));

        Assert.Equal(("succeeded", 1_000, 0), (await StateAsync(day), (await day.MoneyAsync()).Refunded, (await day.NowAsync()).DueAmount));
        Assert.Equal(0, await OpenAlertsAsync(day));
    }

    [Fact]
    public async Task A_refund_that_was_refused_is_not_made_weeks_later_when_what_failed_is_given_back()
    {
        await using var day = await OverpaidAsync();
        BillingDay.Value(await RefundAsync(day));
        // As Stripe's refusal leaves it; another refund was made meanwhile.
        await day.Fleet.Database.ExecuteAsAdminAsync("""
            update fleet.payment_refunds set state = 'failed';
            update fleet.calls set status = 'failed', outcome = 'charge_disputed', finished_at = created_at where kind = 'refund';
            """);
        var second = BillingDay.Value(await RefundAsync(day));
        await WorkAsync(day, TimeSpan.Zero);

        var parked = (await day.Fleet.Get<ListParked>().HandleAsync(day.Billing.Company.Id, default)).Where(item => item.Kind == "refund").ToList();
        Assert.Single(await day.Fleet.Get<ReplayParked>().HandleAsync(new(day.Billing.Company.Id, parked, BillingDay.Operator), default));
        await WorkAsync(day, TimeSpan.FromDays(20));

        Assert.Equal(1_000, (await day.MoneyAsync()).Refunded);
        Assert.Equal([("failed", false), ("succeeded", true)], (await day.BooksAsync()).Refunds.Select(refund => (refund.Status, refund.Id == second.Id)).Order());
        Assert.Equal("done over", await day.Fleet.Database.ScalarAsAdminAsync<string>($"select status || ' ' || outcome from fleet.calls where kind = 'refund' and id = '{parked[0].Ref.Split(':')[1]}'"));
    }

    /// <summary>Paid by card, and 10.00 credited afterwards.</summary>
    private static async Task<PayingDay> OverpaidAsync()
    {
        var day = await PayingDay.StartAsync();
        await day.LookAsync();
        BillingDay.Value(await day.Fleet.Get<ChangeDebt>().CreditAsync(new(day.Billing.Company.Id, day.Invoice.Id, 1_000, "Sorry", BillingDay.Operator, null), default));
        return day;
    }

    private static Task<Result<RefundView>> RefundAsync(PayingDay day)
        => day.Fleet.Get<RefundPayment>().HandleAsync(new(day.Billing.Company.Id, day.Invoice.Id, null, "Sorry", BillingDay.Operator, null), default);

    private static async Task WorkAsync(PayingDay day, TimeSpan later)
    {
        day.Fleet.Clock.Advance(later);
        await day.Stripe.Control.AdvanceAsync();
        await day.Fleet.WorkAsync([], call: [new Nudge(day.Billing.Company.Id, CallLanes.Payments)]);
    }

    private static async Task<string> StateAsync(PayingDay day) => Assert.Single((await day.BooksAsync()).Refunds).Status;

    private static Task<long> OpenAlertsAsync(PayingDay day)
        => day.Fleet.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.alerts where code = $1 and closed_at is null", P.Text(AlertCodes.CallFailed));
}
