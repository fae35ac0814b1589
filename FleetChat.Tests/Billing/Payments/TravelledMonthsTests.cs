using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Billing.Runs;
using FleetChat.Core.Calls;
using FleetChat.Core.Corporate;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.LocalHost.Demo.Months;
using FleetChat.Simulators.Stripe;
using FleetChat.Tests.Billing.Invoices;
using FleetChat.Tests.Postgres;
using FleetChat.Tests.Simulators;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace FleetChat.Tests.Billing.Payments;

/// <summary>
/// Months go by day by day, and companies pay well, late, by debit, with cards that are refused, or not before they are suspended; some money goes back, some is disputed, and one
/// company pays for another. Each day the books say what Stripe and the bank say. FLEETCHAT_TEST_SIZE=long: 200 companies, 24 months.
/// </summary>
public sealed class TravelledMonthsTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Secret = "whsec_of_the_travelled_months";
    private static readonly (int Companies, int Months) s_size = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? (200, 24) : (7, 3);

    private readonly Dictionary<Guid, long> _byBank = [];
    private readonly Dictionary<(int Company, Guid Invoice), DateTimeOffset?> _looks = [];
    private readonly List<BillingDay> _days = [];
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;
    private StripeSimulator _stripe = null!;
    private Receiver _receiver = null!;
    private Random _random = null!;
    private int _heard;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync("travelled");
        _receiver = await Receiver.StartAsync();
        _fleet = await TestFleet.StartAsync(_database, services => services.AddOptions<StripeOptions>().Configure(options =>
        {
            options.ApiKey = "sk_test_simulated";
            options.WebhookSecret = Secret;
            options.BaseUrl = _stripe.Address;
        }));
        _stripe = await StripeSimulator.StartAsync(new() { Clock = _fleet.Clock, Endpoints = [new(_receiver.Url, Secret)] });
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _stripe.DisposeAsync();
        await _receiver.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task The_ledger_balances_every_day()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SEED") ?? "24", System.Globalization.CultureInfo.InvariantCulture);
        _random = new(seed);
        for (var n = 0; n < s_size.Companies; n++) await EnterCompanyAsync(n);
        // The second pays with the first.
        BillingDay.Value(await _fleet.Get<SetParent>().HandleAsync(new(_days[1].Company.Id.Value, _days[0].Company.Id.Value, BillingDay.Operator), default));
        await HearAsync();
        var end = _fleet.Clock.GetUtcNow().AddMonths(s_size.Months);
        var suspended = 0;
        while (_fleet.Clock.GetUtcNow() < end)
        {
            _fleet.Clock.Advance(TimeSpan.FromDays(1));
            await PassDayAsync();
            suspended += await AssertBalancedAsync();
        }

        var money = await _stripe.Control.MoneyAsync();
        output.WriteLine($"FLEETCHAT_TEST_SEED={seed}: {_looks.Count} invoices, {money.Sum(one => one.Charges)} charges, {money.Sum(one => one.Failures)} refused, {_byBank.Count} by bank, {money.Count(one => one.Refunded > 0)} refunded, {money.Count(one => one.Disputed > 0)} disputed, {suspended} days of suspension");
        // The child has statements alone, and the last month's may still be drafts.
        Assert.True(_looks.Count >= (s_size.Companies - 1) * (s_size.Months - 1));
        Assert.DoesNotContain(_looks.Keys, key => key.Company == 1);
        Assert.All(money, one => Assert.True(one.Charges <= 1));
        Assert.True(suspended > 0);
        Assert.Contains(money, one => one.Failures > 0);
        Assert.Contains(money, one => one.Refunded > 0);
    }

    private async Task EnterCompanyAsync(int n)
    {
        var day = new BillingDay(_fleet, await _fleet.AddCompanyAsync($"traveller{n}"));
        if (n == 0) await day.EnterPricesAsync();
        await day.SwitchOnAsync(BillingDay.March);
        _days.Add(day);
        // Of five: by card, by a card that is refused twice, by debit, by bank, and only once suspended.
        if (n % 5 == 0) await EnterMethodAsync(day, "card", null);
        if (n % 5 == 2) await EnterMethodAsync(day, "card", new(MethodOutcome.Declines, "insufficient_funds", Times: 2));
        if (n % 5 == 3) await EnterMethodAsync(day, "us_bank_account", new(After: TimeSpan.FromDays(4)));
    }

    private async Task EnterMethodAsync(BillingDay day, string type, MethodBehaviour? behaviour)
    {
        var customer = await _fleet.Get<IPaymentProcessor>().EnsureCustomerAsync(new(day.Company.Id, day.Company.Id.Value, null), default);
        var method = await _stripe.Control.AddMethodAsync(new(customer, type, behaviour));
        await PaymentAccountSql.SaveCustomerAsync(_fleet.Db(day.Company), customer, default);
        Assert.True(await PaymentAccountSql.TrySaveMethodAsync(
            _fleet.Db(day.Company), await _fleet.Get<DataKeys>().GetAsync(day.Company.Id, default), customer, new(method, PaymentSql.ReadKind(type), null, "4242", null), _fleet.Clock.GetUtcNow(), default));
    }

    private async Task PassDayAsync()
    {
        await _stripe.Control.AdvanceAsync();
        await HearAsync();
        if (_fleet.Clock.GetUtcNow().Day == 10) await UseAllAsync();
        await BillAsync();
        for (var n = 0; n < _days.Count; n++) await LiveAsync(n);
        await HearAsync();
    }

    private async Task UseAllAsync()
    {
        foreach (var day in _days) await day.UseAsync(1 + _random.Next(9), _random.Next(200), _fleet.Clock.GetUtcNow());
    }

    private async Task BillAsync()
    {
        var runs = _fleet.Get<BillingRuns>();
        foreach (var wave in await runs.ListDueAsync(isByHand: false, default))
        {
            // Children before their parents: what a wave leaves the next one does.
            foreach (var tenant in (await runs.ListTenantsAsync(wave, default)).TenantIds.Reverse()) await _fleet.Get<InvoiceMonth>().HandleAsync(Core.Tenants.TenantId.Parse(tenant), BillingPeriod.Parse(wave.Period), default);
        }
    }

    private async Task LiveAsync(int n)
    {
        var company = _days[n].Company;
        foreach (var invoice in await CollectionSql.ListOpenAsync(_fleet.Db(company), default)) _looks.TryAdd((n, invoice), _fleet.Clock.GetUtcNow());
        foreach (var (key, next) in _looks.Where(look => look.Key.Company == n && look.Value is not null).ToList())
        {
            if (n % 5 == 1 && n > 1 && _random.Next(20) == 0) await PayByBankAsync(n, key.Invoice);
            if (n % 5 == 4 && await CollectionSql.FindStandingAsync(_fleet.Db(company), default) is { IsUnpaid: true } && _random.Next(5) == 0) await PayByBankAsync(n, key.Invoice);
            // Whoever pays tells the orchestration; it looks as often as it would.
            _looks[key] = await LookAsync(company, key.Invoice);
            if (_looks[key] is null && n % 5 != 1 && n % 5 != 4) await GiveBackAsync(n, key.Invoice);
        }
        await _fleet.WorkAsync([], call: [new Nudge(company.Id, CallLanes.Payments)]);
    }

    private async Task<DateTimeOffset?> LookAsync(TestCompany company, Guid invoice)
    {
        DateTimeOffset? next;
        do next = (await _fleet.Get<CollectInvoice>().HandleAsync(new(company.Id.Value, invoice), default)).NextAt;
        while (next <= _fleet.Clock.GetUtcNow());
        return next;
    }

    private async Task PayByBankAsync(int n, Guid id)
    {
        var invoice = BillingDay.Value(await _fleet.Get<GetInvoice>().HandleAsync(_days[n].Company.Id, id, default));
        if (invoice.DueAmount <= 0) return;
        // A part at first, now and then.
        var amount = _random.Next(4) == 0 ? Math.Max(1, invoice.DueAmount / 2) : invoice.DueAmount;
        BillingDay.Value(await _fleet.Get<ChangeDebt>().PayAsync(new(_days[n].Company.Id, id, amount, $"bank {_byBank.GetValueOrDefault(id)}", BillingDay.Operator), default));
        _byBank[id] = _byBank.GetValueOrDefault(id) + amount;
    }

    private async Task GiveBackAsync(int n, Guid invoice)
    {
        var company = _days[n].Company.Id;
        if (_random.Next(4) == 0)
        {
            BillingDay.Value(await _fleet.Get<ChangeDebt>().CreditAsync(new(company, invoice, 1 + _random.Next(300), "Sorry", BillingDay.Operator, null), default));
            BillingDay.Value(await _fleet.Get<RefundPayment>().HandleAsync(new(company, invoice, null, "Sorry", BillingDay.Operator, null), default));
        }
        else if (_random.Next(5) == 0)
        {
            var dispute = await _stripe.Control.OpenDisputeAsync(new((await PaymentSql.ListAsync(_fleet.Db(_days[n].Company), invoice, default))[^1].PaymentId!));
            if (_random.Next(2) == 0) await _stripe.Control.CloseDisputeAsync(dispute, _random.Next(2) == 0);
        }
    }

    private async Task HearAsync()
    {
        await Until.TrueAsync(async () => await _stripe.Control.PendingAsync() == 0, "Stripe's webhooks to come");
        var fresh = _receiver.All.Skip(_heard).ToList();
        _heard += fresh.Count;
        foreach (var one in fresh) Assert.Equal(PaymentHearing.Done, await _fleet.Get<HearPayments>().ReceiveAsync(one.Body, one.Headers["Stripe-Signature"], default));
    }

    /// <returns>How many companies are suspended.</returns>
    private async Task<int> AssertBalancedAsync()
    {
        var stripe = (await _stripe.Control.MoneyAsync()).ToDictionary(money => Guid.Parse(money.Invoice));
        var suspended = 0;
        for (var n = 0; n < _days.Count; n++)
        {
            var company = _days[n].Company;
            if (await CollectionSql.FindStandingAsync(_fleet.Db(company), default) is { IsUnpaid: true }) suspended++;
            foreach (var (_, id) in _looks.Keys.Where(key => key.Company == n))
            {
                var invoice = BillingDay.Value(await _fleet.Get<GetInvoice>().HandleAsync(company.Id, id, default));
                Assert.Null(LedgerBalance.FindFault(
                    $"{invoice.Number} of {company.Id} on {_fleet.Clock.GetUtcNow():yyyy-MM-dd}", invoice.TotalAmount, invoice.CreditedAmount, invoice.DueAmount, _byBank.GetValueOrDefault(id), stripe.GetValueOrDefault(id)));
            }
        }
        return suspended;
    }
}
