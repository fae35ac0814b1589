using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Data;
using FleetChat.Core.Restores;
using FleetChat.Tests.Billing.Payments;

namespace FleetChat.Tests.Restores;

/// <summary>Money that was taken in the time that a restored database lost.</summary>
public sealed class RestoredMoneyTests
{
    // Stripe repeats its answer to a key for a day; after that the same call charges again.
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task An_invoice_that_was_charged_in_the_lost_time_is_not_charged_again(int days)
    {
        await using var day = await PayingDay.StartAsync("restored_money");
        var restoredTo = day.Fleet.Clock.GetUtcNow();
        await day.LookAsync();
        await day.HearAsync();
        Assert.Equal(1, (await day.MoneyAsync()).Charges);
        await LoseAsync(day);
        day.Fleet.Clock.Advance(TimeSpan.FromDays(days));
        await day.Fleet.Get<BeginRestore>().HandleAsync(new(restoredTo, 0, "test"), default);

        await day.LookAsync();

        Assert.Equal(1, (await day.MoneyAsync()).Charges);
        Assert.Equal((InvoiceState.Paid, 0L), ((await day.NowAsync()).Status, (await day.NowAsync()).DueAmount));
    }

    [Fact]
    public async Task What_happened_in_the_lost_time_is_gone_through_until_the_restore_ends()
    {
        await using var day = await PayingDay.StartAsync("restored_list");
        await day.Fleet.Get<HearPayments>().ReconcileAsync(default);
        var restoredTo = day.Fleet.Clock.GetUtcNow();
        // What came with the company: signatures grow old.
        await day.HearAsync();
        day.Fleet.Clock.Advance(TimeSpan.FromMinutes(30));
        await day.LookAsync();
        await day.HearAsync();
        await LoseAsync(day);
        day.Fleet.Clock.Advance(TimeSpan.FromHours(2));
        await day.Fleet.Get<BeginRestore>().HandleAsync(new(restoredTo, 0, "test"), default);

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

        await day.Fleet.Get<EndRestore>().HandleAsync(new(Anyway: true, "test"), default);
        await day.Fleet.Get<HearPayments>().ReconcileAsync(default);
        Assert.Equal(day.Fleet.Clock.GetUtcNow(), await MarkAsync(day));
    }

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
