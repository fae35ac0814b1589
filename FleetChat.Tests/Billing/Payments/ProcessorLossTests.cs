using FleetChat.Core.Billing.Payments;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Stripe;
using Microsoft.Extensions.Options;

namespace FleetChat.Tests.Billing.Payments;

/// <summary>Answers that are lost, calls that are refused, keys that are forgotten: whatever happens, an attempt is charged once.</summary>
public sealed class ProcessorLossTests : IAsyncLifetime
{
    private const string Payments = "/v1/payment_intents";

    private ProcessorBench bench = null!;

    public async Task InitializeAsync() => bench = await ProcessorBench.StartAsync();

    public async Task DisposeAsync() => await bench.DisposeAsync();

    private IPaymentProcessor Processor => bench.Processor;

    [Theory]
    [InlineData(CallTrouble.ResetAfter, 0)]
    [InlineData(CallTrouble.ResetAfter, 72)]
    [InlineData(CallTrouble.TimeOutAfter, 22)]
    [InlineData(CallTrouble.TimeOutAfter, 24)]
    public async Task A_charge_whose_answer_was_lost_is_found_again_at_any_time_and_made_once(CallTrouble trouble, int hours)
    {
        var order = await bench.OrderAsync();
        await bench.Control.PlanFaultsAsync(new(Calls: 1, CallKinds: [trouble], PathPrefix: Payments, TimeOutMs: 50));
        var lost = await Assert.ThrowsAsync<PaymentException>(() => Processor.ChargeAsync(order, default));
        await bench.Control.EndFaultsAsync();
        bench.Stripe.Clock.Advance(TimeSpan.FromHours(hours));

        var found = await Processor.ChargeAsync(order, default);

        Assert.Equal((PaymentFailure.Unknown, true), (lost.Failure, lost.IsTransient));
        Assert.Equal((PaymentState.Succeeded, order.BegunAt), (found.State, found.CreatedAt));
        Assert.Equal((1, 12_345), ((await bench.MoneyAsync()).Charges, (await bench.MoneyAsync()).Captured));
    }

    [Fact]
    public async Task A_lost_answer_is_made_good_in_the_same_call_where_the_list_answers()
    {
        var order = await bench.OrderAsync();
        using var losing = new LosesFirstAnswer();
        using var http = new HttpClient(losing);
        var processor = new StripeProcessor(http, Options.Create(ProcessorBench.Settings(bench.Stripe.Simulator.Address)), bench.Stripe.Clock);

        var paid = await processor.ChargeAsync(order, default);

        Assert.Equal(PaymentState.Succeeded, paid.State);
        Assert.Equal(["POST", "GET"], losing.Methods);
        Assert.Equal(1, (await bench.MoneyAsync()).Charges);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(72)]
    public async Task A_charge_that_never_arrived_is_made_once(int hours)
    {
        var order = await bench.OrderAsync();
        await bench.Control.PlanFaultsAsync(new(Calls: 1, CallKinds: [CallTrouble.ResetBefore], PathPrefix: Payments));
        await Assert.ThrowsAsync<PaymentException>(() => Processor.ChargeAsync(order, default));
        await bench.Control.EndFaultsAsync();
        bench.Stripe.Clock.Advance(TimeSpan.FromHours(hours));

        var paid = await Task.WhenAll(ChargePatientlyAsync(order), ChargePatientlyAsync(order));

        Assert.Single(paid.DistinctBy(payment => payment.Id));
        Assert.Equal(1, (await bench.MoneyAsync()).Charges);
    }

    /// <summary>Who comes while the other's call is carried out is told so, and comes again.</summary>
    private async Task<Payment> ChargePatientlyAsync(ChargeOrder order)
    {
        Payment? paid = null;
        await Until.TrueAsync(async () =>
        {
            try
            {
                paid = await Processor.ChargeAsync(order, default);
                return true;
            }
            catch (PaymentException busy) when (busy.Code == "idempotency_key_in_use")
            {
                return false;
            }
        }, "the other call to end");
        return paid!;
    }

    [Fact]
    public async Task A_payment_is_found_behind_a_hundred_others()
    {
        var order = await bench.OrderAsync();
        for (var attempt = 1; attempt <= 103; attempt++)
            await Processor.ChargeAsync(order with { Attempt = attempt }, default);

        Assert.Equal(2, (await Processor.FindPaymentAsync(order.CustomerId, order.Invoice, 2, order.BegunAt, default))?.Attempt);
        Assert.Null(await Processor.FindPaymentAsync(order.CustomerId, order.Invoice, 2, order.BegunAt.AddHours(2), default));
    }

    [Fact]
    public async Task A_refund_whose_answer_was_lost_is_made_once()
    {
        var paid = await Processor.ChargeAsync(await bench.OrderAsync(), default);
        var refund = new RefundOrder(Guid.Parse("01998d2e-7c00-7000-8000-00000000000b"), paid.Id, 345, "USD", bench.Stripe.Clock.GetUtcNow());
        await bench.Control.PlanFaultsAsync(new(Calls: 1, CallKinds: [CallTrouble.ResetAfter]));
        await Assert.ThrowsAsync<PaymentException>(() => Processor.RefundAsync(refund, default));
        await bench.Control.EndFaultsAsync();

        bench.Stripe.Clock.Advance(TimeSpan.FromDays(3));
        await Processor.RefundAsync(refund, default);

        Assert.Equal(345, (await bench.MoneyAsync()).Refunded);
    }

    [Fact]
    public async Task An_attempt_with_other_terms_is_refused_for_good_and_charges_nothing()
    {
        var order = await bench.OrderAsync();
        await Processor.ChargeAsync(order, default);

        var refused = await Assert.ThrowsAsync<PaymentException>(() => Processor.ChargeAsync(order with { Amount = 1_000 }, default));

        Assert.Equal((PaymentFailure.Permanent, false), (refused.Failure, refused.IsTransient));
        Assert.Equal(1, (await bench.MoneyAsync()).Charges);
    }

    [Fact]
    public async Task A_charge_that_is_just_being_made_says_when_to_come_back()
    {
        var order = await bench.OrderAsync();
        await bench.Control.ChangeSettingsAsync(new(ExecutionMs: 2_000));

        var first = Processor.ChargeAsync(order, default);
        var second = Processor.ChargeAsync(order, default);
        var refused = await Assert.ThrowsAsync<PaymentException>(() => Task.WhenAll(first, second));

        Assert.Equal((PaymentFailure.Transient, 409), (refused.Failure, refused.Status));
        Assert.True(refused.RetryAfter > TimeSpan.Zero);
        Assert.Equal(1, (await bench.MoneyAsync()).Charges);
    }

    [Theory]
    [InlineData(CallTrouble.TooMany, PaymentFailure.Transient)]
    [InlineData(CallTrouble.ServerError, PaymentFailure.Unknown)]
    [InlineData(CallTrouble.ExpiredToken, PaymentFailure.Blocked)]
    public async Task A_refusal_says_what_to_do(CallTrouble trouble, PaymentFailure failure)
    {
        var order = await bench.OrderAsync();
        await bench.Control.PlanFaultsAsync(new(Calls: 1, CallKinds: [trouble]));

        var refused = await Assert.ThrowsAsync<PaymentException>(() => Processor.ChargeAsync(order, default));

        Assert.Equal((failure, failure != PaymentFailure.Blocked), (refused.Failure, refused.IsTransient));
        Assert.InRange(refused.RetryAfter, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.Empty(await bench.Control.MoneyAsync());
        // Nothing retries by itself: the charge, and for a lost one the look into the list.
        Assert.Equal(failure == PaymentFailure.Unknown ? 2 : 1, (await bench.Control.FaultsAsync()).Calls);
    }

    [Fact]
    public async Task Nobody_at_the_address_is_transient_and_a_caller_who_leaves_is_no_failure()
    {
        var order = await bench.OrderAsync();
        using var http = new HttpClient();
        var nobody = new StripeProcessor(http, Options.Create(ProcessorBench.Settings(new("http://127.0.0.1:1"))), bench.Stripe.Clock);

        var refused = await Assert.ThrowsAsync<PaymentException>(() => nobody.ChargeAsync(order, default));

        Assert.Equal(PaymentFailure.Transient, refused.Failure);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Processor.ChargeAsync(order, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task What_is_not_there_is_refused_for_good()
    {
        var refused = await Assert.ThrowsAsync<PaymentException>(() => Processor.RetrieveAsync("pi_nobody", default));

        Assert.Equal((PaymentFailure.Permanent, 404, "resource_missing"), (refused.Failure, refused.Status, refused.Code));
        Assert.StartsWith("req_", refused.RequestId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Webhooks_in_any_order_twice_or_lost_lead_to_the_same_payments()
    {
        var order = await bench.OrderAsync(new(MethodOutcome.Declines, Times: 1));
        await bench.Control.PlanFaultsAsync(new(Seed: 7, Calls: 0, Webhooks: 1, WebhookKinds: [WebhookTrouble.Twice, WebhookTrouble.Shuffled, WebhookTrouble.Lost], DelayMs: 50));
        for (var attempt = 1; attempt <= 10; attempt++)
            await Processor.ChargeAsync(order with { Attempt = attempt }, default);
        await Until.TrueAsync(async () => await bench.Control.PendingAsync() == 0, "all webhooks to be delivered");

        var hinted = await StatesAsync(Hints());
        var asked = await StatesAsync((await Processor.ListEventsAsync(order.BegunAt, null, default)).Events);

        Assert.Equal(10, asked.Count);
        Assert.Equal([PaymentState.Failed, .. Enumerable.Repeat(PaymentState.Succeeded, 9)], asked.Values.OrderByDescending(state => state));
        Assert.All(hinted, payment => Assert.Equal(payment.Value, asked[payment.Key]));
        // Some were lost, or the list would prove nothing.
        Assert.InRange(hinted.Count, 1, 9);
    }

    private IEnumerable<PaymentEvent> Hints() => bench.Stripe.Receiver.All
        .Select(got => StripeWebhook.TryParse(got.Body, out var happened) ? happened : throw new InvalidDataException(got.Text))
        .Where(happened => StripeWebhook.Types.Contains(happened.Type));

    // As the product does: an event only says what to ask for.
    private async Task<Dictionary<string, PaymentState>> StatesAsync(IEnumerable<PaymentEvent> events)
    {
        Dictionary<string, PaymentState> states = [];
        foreach (var payment in events.Select(happened => happened.PaymentId).OfType<string>())
            states[payment] = (await Processor.RetrieveAsync(payment, default)).State;
        return states;
    }

    /// <summary>The first call is carried out, and its answer does not come back.</summary>
    private sealed class LosesFirstAnswer() : DelegatingHandler(new SocketsHttpHandler())
    {
        public List<string> Methods { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            Methods.Add(request.Method.Method);
            if (Methods.Count > 1) return response;
            response.Dispose();
            throw new HttpRequestException(HttpRequestError.ResponseEnded);
        }
    }
}
