using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Mail;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Simulators.Stripe;
using FleetChat.Tests.Billing.Invoices;
using FleetChat.Tests.Postgres;
using FleetChat.Tests.Simulators;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MimeMessage = MimeKit.MimeMessage;

namespace FleetChat.Tests.Billing.Payments;

/// <summary>A company with a final invoice of March, and Stripe on the same clock. Webhooks come when a test lets them.</summary>
internal sealed class PayingDay : IAsyncDisposable
{
    private const string Secret = "whsec_of_the_paying_day";

    private readonly TestDatabase _database;
    private readonly Receiver _receiver;
    private int _heard;

    private PayingDay(TestDatabase database, TestFleet fleet, StripeSimulator stripe, Receiver receiver, BillingDay billing, InvoiceView invoice)
        => (_database, Fleet, Stripe, _receiver, Billing, Invoice) = (database, fleet, stripe, receiver, billing, invoice);

    public TestFleet Fleet { get; }

    public StripeSimulator Stripe { get; }

    public BillingDay Billing { get; }

    /// <summary>As it was when it became final, on 2 April 2026 if it was not late.</summary>
    public InvoiceView Invoice { get; }

    /// <param name="late">How long after its time the invoice is made.</param>
    public static async Task<PayingDay> StartAsync(MethodBehaviour? card = null, string type = "card", bool hasMethod = true, TimeSpan late = default, string currency = "USD")
    {
        var database = await TestDatabase.BorrowAsync();
        var receiver = await Receiver.StartAsync();
        StripeSimulator? stripe = null;
        var fleet = await TestFleet.StartAsync(database, services => services.AddOptions<StripeOptions>().Configure(options =>
        {
            options.ApiKey = "sk_test_simulated";
            options.WebhookSecret = Secret;
            options.BaseUrl = stripe!.Address;
        }));
        stripe = await StripeSimulator.StartAsync(new() { Clock = fleet.Clock, Endpoints = [new(receiver.Url, Secret)] });
        var billing = await BillingDay.StartAsync(fleet, hasPrices: false);
        await billing.EnterPricesAsync(currency);
        await database.ExecuteAsAdminAsync("update fleet.tenants set currency = $1", P.Text(currency));
        BillingDay.Value(await fleet.Get<ChangeTenant>().HandleAsync(new(billing.Company.Id, new(PrimaryContact: new("Ida", "ida@example.com", null)), BillingDay.Operator), default));
        var day = new PayingDay(database, fleet, stripe, receiver, billing, await billing.FinalAsync(late: late));
        if (hasMethod) await day.EnterAsync(card, type);
        return day;
    }

    /// <summary>Somebody follows the link, enters a card or an account on Stripe's page, and Stripe tells of it.</summary>
    public async Task EnterAsync(MethodBehaviour? behaviour = null, string type = "card")
    {
        await VisitAsync(behaviour, type);
        await HearAsync();
    }

    /// <summary>As <see cref="EnterAsync"/>, and nobody hears of it.</summary>
    public async Task VisitAsync(MethodBehaviour? behaviour = null, string type = "card")
    {
        var link = BillingDay.Value(await Fleet.Get<PaymentAccounts>().MakeLinkAsync(Billing.Company.Id, BillingDay.Operator, default));
        var page = BillingDay.Value((await Fleet.Get<PaymentAccounts>().OpenLinkAsync(link.Url.Segments[^1], default))!.Value);
        await Stripe.Control.CompleteCheckoutAsync(new((await Stripe.Control.ViewAsync()).Sessions[^1].Id, type, behaviour));
        Assert.StartsWith(Stripe.Address.ToString(), page.ToString(), StringComparison.Ordinal);
    }

    /// <summary>What the orchestration would do until it waits for another time.</summary>
    /// <param name="invoice">Null: that of March.</param>
    /// <returns>Until when; null: it is over.</returns>
    public async Task<DateTimeOffset?> LookAsync(Guid? invoice = null)
    {
        DateTimeOffset? next;
        do next = (await Fleet.Get<CollectInvoice>().HandleAsync(new(Billing.Company.Id.Value, invoice ?? Invoice.Id), default)).NextAt;
        while (next <= Fleet.Clock.GetUtcNow());
        return next;
    }

    /// <summary>Time goes on, and at each time that the orchestration waits for it looks; webhooks come in.</summary>
    public async Task PassAsync(int days)
    {
        var end = Fleet.Clock.GetUtcNow().AddDays(days);
        while (await LookAsync() is { } next && next < end) await SetAsync(next);
        await SetAsync(end);
        await LookAsync();
    }

    private async Task SetAsync(DateTimeOffset now)
    {
        // Those of this moment first: their signatures grow old.
        await HearAsync();
        if (now > Fleet.Clock.GetUtcNow()) Fleet.Clock.SetUtcNow(now);
        await Stripe.Control.AdvanceAsync();
        await HearAsync();
    }

    /// <summary>All webhooks that were sent and not heard yet.</summary>
    public async Task HearAsync()
    {
        foreach (var one in await ReceivedAsync()) Assert.Equal(PaymentHearing.Done, await HearAsync(one));
    }

    public async Task<IReadOnlyList<Received>> ReceivedAsync()
    {
        await Until.TrueAsync(async () => await Stripe.Control.PendingAsync() == 0, "Stripe's webhooks to come");
        var fresh = _receiver.All.Skip(_heard).ToList();
        _heard += fresh.Count;
        return fresh;
    }

    public Task<PaymentHearing> HearAsync(Received one) => Fleet.Get<HearPayments>().ReceiveAsync(one.Body, one.Headers["Stripe-Signature"], default);

    public Task<InvoiceView> NowAsync() => Billing.InvoiceAsync();

    /// <summary>A small invoice of April, made now.</summary>
    public async Task<InvoiceView> BillAprilAsync()
    {
        await Billing.UseAsync(1, 1, new(2026, 4, 10, 12, 0, 0, TimeSpan.Zero));
        Assert.True((await Billing.BillAsync(BillingDay.April)).IsFinal);
        return await Billing.InvoiceAsync(BillingDay.April);
    }

    public async Task<InvoicePayments> BooksAsync() => BillingDay.Value(await Fleet.Get<ListPayments>().HandleAsync(Billing.Company.Id, Invoice.Id, default));

    public async Task<InvoiceMoney> MoneyAsync() => Assert.Single(await Stripe.Control.MoneyAsync(Invoice.Id.ToString()));

    public async Task<string> StandingAsync() => (await CollectionSql.FindStandingAsync(Fleet.Db(Billing.Company), default))!.Status;

    /// <summary>The e-mails about payments so far.</summary>
    public async Task<IReadOnlyList<(string Subject, string Text)>> LettersAsync()
    {
        await Fleet.WorkAsync([], call: [new Nudge(Billing.Company.Id, CallLanes.Mail)]);
        var folder = Fleet.Get<IOptions<MailOptions>>().Value.Folder;
        return [.. Directory.GetFiles(folder, "*.eml").Select(file => MimeMessage.Load(file)).Where(letter => !letter.Attachments.Any()).Select(letter => (letter.Subject!, letter.TextBody!))];
    }

    public async Task<DataKey> KeyAsync() => await Fleet.Get<DataKeys>().GetAsync(Billing.Company.Id, default);

    public async ValueTask DisposeAsync()
    {
        await Fleet.DisposeAsync();
        await Stripe.DisposeAsync();
        await _receiver.DisposeAsync();
        await _database.DisposeAsync();
    }
}
