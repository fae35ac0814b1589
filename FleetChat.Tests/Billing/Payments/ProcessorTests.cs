using FleetChat.Core.Billing.Payments;
using FleetChat.Simulators.Stripe;
using Stripe;

namespace FleetChat.Tests.Billing.Payments;

/// <summary>Each call of the client, over real HTTP.</summary>
public sealed class ProcessorTests : IAsyncLifetime
{
    private ProcessorBench bench = null!;

    public async Task InitializeAsync() => bench = await ProcessorBench.StartAsync();

    public async Task DisposeAsync() => await bench.DisposeAsync();

    private IPaymentProcessor Processor => bench.Processor;

    [Fact]
    public async Task The_simulator_speaks_the_version_of_the_client()
    {
        await Processor.EnsureCustomerAsync(ProcessorBench.Payer, default);

        Assert.Equal(StripeSettings.DefaultApiVersion, StripeConfiguration.ApiVersion);
        var calls = (await bench.Control.JournalAsync()).Where(entry => entry.Kind == "rest.request");
        Assert.All(calls, call => Assert.Equal(StripeConfiguration.ApiVersion, call.Data.GetProperty("stripe_version").GetString()));
    }

    [Fact]
    public async Task A_payer_has_one_customer_however_often_and_whenever_he_is_asked_for()
    {
        var first = await Processor.EnsureCustomerAsync(ProcessorBench.Payer, default);
        var atOnce = await Processor.EnsureCustomerAsync(ProcessorBench.Payer, default);
        var renamed = await Assert.ThrowsAsync<PaymentException>(() => Processor.EnsureCustomerAsync(ProcessorBench.Payer with { Name = "North" }, default));
        bench.Stripe.Clock.Advance(renamed.RetryAfter);
        var later = await Processor.EnsureCustomerAsync(ProcessorBench.Payer with { Name = "North", Email = null }, default);
        bench.Stripe.Clock.Advance(TimeSpan.FromDays(40));
        var muchLater = await Processor.EnsureCustomerAsync(ProcessorBench.Payer with { Name = "North", Email = null }, default);

        Assert.Equal([first, first, first], [atOnce, later, muchLater]);
        Assert.Equal(PaymentFailure.Transient, renamed.Failure);
        var customer = Assert.Single((await bench.Control.ViewAsync()).Customers);
        Assert.Equal(("North", null, "north_haulage_001"), (customer.Name, customer.Email, customer.Metadata["payer"]));
    }

    [Fact]
    public async Task A_link_leads_to_a_page_and_tells_what_was_entered_there()
    {
        var customer = await Processor.EnsureCustomerAsync(ProcessorBench.Payer, default);
        var order = Link(customer, "USD");

        var link = await Processor.CreateSetupLinkAsync(order, default);
        var again = await Processor.CreateSetupLinkAsync(order, default);
        var before = await Processor.GetSetupAsync(link.SetupId, default);
        var method = await bench.Control.CompleteCheckoutAsync(new(link.SetupId, "us_bank_account"));
        var after = await Processor.GetSetupAsync(link.SetupId, default);

        Assert.Equal(link, again);
        Assert.Equal(bench.Stripe.Clock.GetUtcNow().AddHours(24), link.ExpiresAt);
        Assert.Equal(new MethodSetup(link.SetupId, SetupState.Open, customer, null) { Payer = ProcessorBench.Payer.Id }, before);
        Assert.Equal(new SavedMethod(method, MethodKind.UsBankAccount, "STRIPE TEST BANK", "6789", null), after.Method);
        Assert.Equal(SetupState.Completed, after.State);
        await Processor.PreferMethodAsync(customer, method, default);
        Assert.Equal(method, Assert.Single((await bench.Control.ViewAsync()).Customers).DefaultMethod);
    }

    [Theory]
    [InlineData("USD", "instant")]
    [InlineData("EUR", null)]
    public async Task An_account_in_the_United_States_is_verified_while_its_owner_is_there(string currency, string? verified)
    {
        await Processor.CreateSetupLinkAsync(Link(await Processor.EnsureCustomerAsync(ProcessorBench.Payer, default), currency), default);

        var asked = (await bench.Control.JournalAsync()).Single(entry => entry.Kind == "rest.request" && entry.Data.GetProperty("path").GetString() == "/v1/checkout/sessions").Data.GetProperty("parameters");
        Assert.Equal(verified, asked.TryGetProperty("payment_method_options[us_bank_account][verification_method]", out var method) ? method.GetString() : null);
    }

    [Fact]
    public async Task An_expired_link_brings_nothing()
    {
        var customer = await Processor.EnsureCustomerAsync(ProcessorBench.Payer, default);
        var link = await Processor.CreateSetupLinkAsync(Link(customer, "EUR"), default);

        await bench.Stripe.PassAsync(TimeSpan.FromHours(24));

        Assert.Equal(new MethodSetup(link.SetupId, SetupState.Expired, customer, null) { Payer = ProcessorBench.Payer.Id }, await Processor.GetSetupAsync(link.SetupId, default));
    }

    [Fact]
    public async Task Methods_are_listed_the_newest_first()
    {
        var card = await bench.OrderAsync();
        var account = await bench.OrderAsync(kind: MethodKind.SepaDebit);

        var methods = await Processor.ListMethodsAsync(card.CustomerId, default);

        Assert.Equal([account.MethodId, card.MethodId], methods.Select(method => method.Id));
        Assert.Equal(new SavedMethod(card.MethodId, MethodKind.Card, "visa", "4242", new DateOnly(2029, 12, 31)), methods[1]);
        Assert.Equal((MethodKind.SepaDebit, "3000"), (methods[0].Kind, methods[0].Last4));
    }

    [Fact]
    public async Task A_charged_card_has_paid()
    {
        var order = await bench.OrderAsync();

        var paid = await Processor.ChargeAsync(order, default);

        Assert.Equal(new Payment(paid.Id, PaymentState.Succeeded, ProcessorBench.Invoice, 1, order.CustomerId, 12_345, "USD", 0, false, null, order.BegunAt) { Payer = ProcessorBench.Payer.Id }, paid);
        Assert.Equal(paid, await Processor.RetrieveAsync(paid.Id, default));
        Assert.Equal(paid, await Processor.FindPaymentAsync(order.CustomerId, order.Invoice, 1, order.BegunAt, default));
        Assert.Null(await Processor.FindPaymentAsync(order.CustomerId, order.Invoice, 2, order.BegunAt, default));
        Assert.Equal(1, (await bench.MoneyAsync()).Charges);
    }

    [Theory]
    [InlineData(MethodOutcome.Declines, PaymentState.Failed, "insufficient_funds")]
    [InlineData(MethodOutcome.NeedsAuthentication, PaymentState.NeedsPayer, "authentication_required")]
    public async Task A_refusal_of_the_bank_is_a_payment_that_failed_and_stays_so_for_this_attempt(MethodOutcome outcome, PaymentState state, string code)
    {
        var order = await bench.OrderAsync(new(outcome, "insufficient_funds"));

        var failed = await Processor.ChargeAsync(order, default);
        await bench.Control.ChangeMethodAsync(order.MethodId, new());
        var again = await Processor.ChargeAsync(order, default);
        var next = await Processor.ChargeAsync(order with { Attempt = 2 }, default);

        Assert.Equal((state, code), (failed.State, failed.DeclineCode));
        Assert.Equal((failed.Id, state), (again.Id, again.State));
        Assert.Equal(PaymentState.Succeeded, next.State);
        Assert.Equal(PaymentState.Cancelled, (await Processor.CancelAsync(failed.Id, default)).State);
    }

    [Fact]
    public async Task A_debit_is_processing_for_days_and_then_decided()
    {
        var order = await bench.OrderAsync(new(MethodOutcome.Declines, "debit_not_authorized"), MethodKind.SepaDebit, currency: "EUR");

        var begun = await Processor.ChargeAsync(order, default);
        await bench.Stripe.PassAsync(TimeSpan.FromDays(4));
        var ended = await Processor.RetrieveAsync(begun.Id, default);

        Assert.Equal((PaymentState.Processing, PaymentState.Failed, "debit_not_authorized"), (begun.State, ended.State, ended.DeclineCode));
    }

    [Fact]
    public async Task A_paid_payment_is_not_cancelled_but_told_as_it_is()
    {
        var paid = await Processor.ChargeAsync(await bench.OrderAsync(), default);

        Assert.Equal(paid, await Processor.CancelAsync(paid.Id, default));
    }

    [Fact]
    public async Task Refunds_are_made_once_listed_and_counted()
    {
        var order = await bench.OrderAsync();
        var paid = await Processor.ChargeAsync(order, default);
        var refund = new RefundOrder(Guid.Parse("01998d2e-7c00-7000-8000-00000000000b"), paid.Id, 345, "USD", bench.Stripe.Clock.GetUtcNow());

        var first = await Processor.RefundAsync(refund, default);
        bench.Stripe.Clock.Advance(TimeSpan.FromDays(2));
        var again = await Processor.RefundAsync(refund, default);
        await bench.Control.RefundAsync(new(paid.Id, 1_000));

        Assert.Equal(first, again);
        Assert.Equal((RefundState.Succeeded, 345, refund.Id), (first.State, first.Amount, first.Order));
        Assert.Equal([(null, 1_000), (refund.Id, 345)], (await Processor.ListRefundsAsync(paid.Id, default)).Select(made => (made.Order, made.Amount)));
        Assert.Equal(1_345, (await Processor.RetrieveAsync(paid.Id, default)).Refunded);
        var tooMuch = await Assert.ThrowsAsync<PaymentException>(() => Processor.RefundAsync(refund with { Id = order.Invoice, Amount = 12_000 }, default));
        Assert.Equal(PaymentFailure.Permanent, tooMuch.Failure);
    }

    [Theory]
    [InlineData(true, DisputeState.Won)]
    [InlineData(false, DisputeState.Lost)]
    public async Task A_dispute_is_open_until_it_is_decided(bool won, DisputeState state)
    {
        var paid = await Processor.ChargeAsync(await bench.OrderAsync(), default);
        var id = await bench.Control.OpenDisputeAsync(new(paid.Id, "product_not_received", 5_000));

        var open = await Processor.GetDisputeAsync(id, default);
        await bench.Control.CloseDisputeAsync(id, won);

        Assert.Equal(new PaymentDispute(id, paid.Id, 5_000, "USD", DisputeState.Open, "product_not_received", bench.Stripe.Clock.GetUtcNow()), open);
        Assert.Equal(state, (await Processor.GetDisputeAsync(id, default)).State);
        Assert.True((await Processor.RetrieveAsync(paid.Id, default)).IsDisputed);
    }

    [Fact]
    public async Task Events_are_read_page_by_page_from_a_moment_on()
    {
        await Processor.ChargeAsync(await bench.OrderAsync(), default);
        bench.Stripe.Clock.Advance(TimeSpan.FromHours(1));
        var since = bench.Stripe.Clock.GetUtcNow();
        var order = await bench.OrderAsync();
        for (var attempt = 2; attempt < 112; attempt++)
            await Processor.ChargeAsync(order with { Attempt = attempt, BegunAt = since }, default);

        List<PaymentEvent> events = [];
        string? next = null;
        var pages = 0;
        do
        {
            var page = await Processor.ListEventsAsync(since, next, default);
            events.AddRange(page.Events);
            next = page.Next;
            pages++;
        }
        while (next is not null);

        Assert.Equal((2, 110), (pages, events.DistinctBy(happened => happened.Id).Count()));
        Assert.All(events, happened => Assert.Equal(
            ("payment_intent.succeeded", PaymentSubject.Payment, ProcessorBench.Invoice, since), (happened.Type, happened.Subject, happened.Invoice, happened.At)));
        Assert.Equal(110, events.Select(happened => happened.PaymentId).Distinct().Count());
    }

    [Theory]
    [InlineData("JPY", 12_345, 12_345)]
    [InlineData("ISK", 123, 12_300)]
    [InlineData("KWD", 12_340, 12_340)]
    public async Task An_amount_is_written_as_Stripe_counts_that_currency(string currency, long amount, long written)
    {
        var paid = await Processor.ChargeAsync(await bench.OrderAsync(currency: currency) with { Amount = amount }, default);

        Assert.Equal((amount, currency), (paid.Amount, paid.Currency));
        Assert.Equal(written, Assert.Single((await bench.Control.ViewAsync()).Payments).Amount);
    }

    [Theory]
    [InlineData("KWD", 12_345)]
    [InlineData("MGA", 150)]
    public async Task An_amount_that_Stripe_has_no_unit_for_is_refused_before_anything_is_sent(string currency, long amount)
    {
        var order = await bench.OrderAsync(currency: currency) with { Amount = amount };

        var refused = await Assert.ThrowsAsync<PaymentException>(() => Processor.ChargeAsync(order, default));

        Assert.Equal((PaymentFailure.Permanent, "amount_not_chargeable"), (refused.Failure, refused.Code));
        Assert.Empty((await bench.Control.ViewAsync()).Payments);
    }

    private static SetupLinkOrder Link(string customer, string currency) => new(
        Guid.Parse("01998d2e-7c00-7000-8000-00000000000a"), ProcessorBench.Payer.Id, customer, currency, new("https://fleetchat.example/done"), new("https://fleetchat.example/back"));
}
