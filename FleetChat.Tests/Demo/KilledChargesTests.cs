using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Stripe;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit.Abstractions;

namespace FleetChat.Tests.Demo;

/// <summary>
/// SIGKILL at random moments between a final invoice and its money, once with three days before somebody goes on: Stripe has forgotten the keys by then, and charged each
/// invoice once. FLEETCHAT_TEST_SIZE=long charges 300 companies through 100 kills.
/// </summary>
public sealed class KilledChargesTests(ITestOutputHelper output)
{
    private static readonly (int Companies, int Kills) s_size = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? (300, 100) : (8, 4);
    private static readonly TimeZoneInfo s_zone = TimeZoneInfo.FindSystemTimeZoneById("America/Chicago");
    private static readonly TimeSpan s_quarter = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task Each_invoice_is_charged_once_whatever_dies_on_the_way()
    {
        var seed = MortalFleet.Seed();
        output.WriteLine($"FLEETCHAT_TEST_SEED={seed}");
        var random = new Random(seed);
        var period = BillingPeriod.Of(TimeProvider.System.GetUtcNow(), s_zone).AddMonths(1);
        var end = BillingPeriod.EndOf(period, s_zone);
        var clock = new FakeTimeProvider(end - TimeSpan.FromDays(10));
        await using var stripe = await StripeSimulator.StartAsync(new() { Clock = clock });
        await using var fleet = await MortalFleet.StartAsync("killed_charges", [], clock.GetUtcNow(), stripe: stripe.Address);
        await stripe.Control.AddEndpointAsync(new(new(fleet.Stage.Settings.Url, "/api/stripe/webhook"), NewEndpoint.UsualSecret));
        await using var core = SetUpServices.Create(fleet.Stage.Settings, clock);
        await KilledBillingTests.SetUpAsync(core, period, s_size.Companies);
        for (var n = 0; n < s_size.Companies; n++) await EnterCardAsync(core, stripe, n);
        await SetAsync(end + new BillingOptions().Grace);

        var moments = Enumerable.Range(0, s_size.Kills).Select(_ => random.Next(s_size.Companies)).Order().ToList();
        for (var kill = 0; kill < moments.Count; kill++)
        {
            await WaitAsync(async () => await CountAsync(fleet, "payment_attempts") > moments[kill], $"{moments[kill]} charges to begin");
            // Half of them after three days.
            await fleet.KillAsync(kill % 2 == 0 ? null : () => SetAsync(clock.GetUtcNow().AddDays(3)));
            output.WriteLine($"kill after {moments[kill]}: {await CountAsync(fleet, "payment_attempts")} begun, {await CountAsync(fleet, "receivables where kind = 'payment'")} paid");
        }
        await WaitAsync(async () => await CountAsync(fleet, "receivables where kind = 'payment'") == s_size.Companies, "every invoice to be paid");

        Assert.Equal(0, await fleet.Database.ScalarAsAdminAsync<long>("select sum(amount)::bigint from fleet.receivables"));
        var charged = await stripe.Control.MoneyAsync();
        for (var n = 0; n < s_size.Companies; n++)
        {
            var invoice = (await core.GetRequiredService<GetInvoice>().HandleAsync(KilledBillingTests.NameOf(n), InvoiceIds.Of(KilledBillingTests.NameOf(n), period), default)).Value;
            var money = Assert.Single(charged, money => money.Invoice == invoice.Id.ToString());
            Assert.Equal((1, 0, invoice.TotalAmount, InvoiceState.Paid), (money.Charges, money.Failures, money.Captured, invoice.Status));
        }

        async Task SetAsync(DateTimeOffset now)
        {
            clock.SetUtcNow(now);
            await fleet.SetClockAsync(now);
        }

        async Task WaitAsync(Func<Task<bool>> isSo, string what)
        {
            var looks = 0;
            await Until.TrueAsync(async () =>
            {
                if (await isSo()) return true;
                if (++looks % 100 == 0) await SetAsync(clock.GetUtcNow() + s_quarter);
                return false;
            }, what, TimeSpan.FromMinutes(5));
        }
    }

    private static async Task EnterCardAsync(ServiceProvider core, StripeSimulator stripe, int n)
    {
        var tenant = KilledBillingTests.NameOf(n);
        var customer = await core.GetRequiredService<IPaymentProcessor>().EnsureCustomerAsync(new(tenant, $"Billed {n}", null), default);
        var method = await stripe.Control.AddMethodAsync(new(customer));
        var db = core.GetRequiredService<TenantDbs>().For(tenant);
        await PaymentAccountSql.SaveCustomerAsync(db, customer, default);
        Assert.True(await PaymentAccountSql.TrySaveMethodAsync(
            db, await core.GetRequiredService<DataKeys>().GetAsync(tenant, default), customer, new(method, MethodKind.Card, "visa", "4242", null), core.GetRequiredService<TimeProvider>().GetUtcNow(), default));
    }

    private static Task<long> CountAsync(MortalFleet fleet, string rows) => fleet.Database.ScalarAsAdminAsync<long>($"select count(*) from fleet.{rows}");
}
