using System.Net;
using FleetChat.Simulators.Stripe;

namespace FleetChat.Tests.Simulators;

public sealed class StripePaymentTests : IAsyncLifetime
{
    private const string Path = "/v1/payment_intents";

    private StripeBench bench = null!;

    public async Task InitializeAsync() => bench = await StripeBench.StartAsync();

    public async Task DisposeAsync() => await bench.DisposeAsync();

    [Fact]
    public async Task A_card_pays_at_once()
    {
        var paid = await bench.PostAsync(Path, StripeBench.Charge(await bench.PayerAsync()));

        Assert.Equal(("succeeded", 12_345), (paid.Text("status"), paid.GetProperty("amount_received").GetInt64()));
        var charge = await bench.GetAsync($"/v1/charges/{paid.Text("latest_charge")}");
        Assert.Equal(("succeeded", StripeBench.Invoice), (charge.Text("status"), charge.GetProperty("metadata").Text("invoice")));
        Assert.Equal(["customer.created", "payment_method.attached", "payment_intent.created", "charge.succeeded", "payment_intent.succeeded"], await bench.TypesAsync(5));
    }

    [Theory]
    [InlineData("insufficient_funds", "card_declined")]
    [InlineData("expired_card", "expired_card")]
    public async Task A_refused_card_is_402_with_the_payment_and_can_pay_later(string reason, string code)
    {
        var payer = await bench.PayerAsync(new(MethodOutcome.Declines, reason, Times: 1));

        var error = await bench.RefusedAsync(Path, StripeBench.Charge(payer), HttpStatusCode.PaymentRequired);

        Assert.Equal(("card_error", code, reason), (error.Text("type"), error.Text("code"), error.Text("decline_code")));
        var intent = error.GetProperty("payment_intent");
        Assert.Equal(("requires_payment_method", code), (intent.Text("status"), intent.GetProperty("last_payment_error").Text("code")));
        var paid = await bench.PostAsync($"{Path}/{intent.Text("id")}/confirm", new() { ["payment_method"] = payer.Method, ["off_session"] = "true" });
        Assert.Equal("succeeded", paid.Text("status"));
        Assert.Equal((1, 1), ((await bench.MoneyAsync()).Charges, (await bench.MoneyAsync()).Failures));
    }

    [Fact]
    public async Task A_card_that_wants_its_holder_is_refused_without_him_and_waits_with_him()
    {
        var payer = await bench.PayerAsync(new(MethodOutcome.NeedsAuthentication));
        var alone = await bench.RefusedAsync(Path, StripeBench.Charge(payer), HttpStatusCode.PaymentRequired);
        var with = StripeBench.Charge(payer);
        with.Remove("off_session");

        var waiting = await bench.PostAsync(Path, with);
        await bench.Control.AuthenticateAsync(waiting.Text("id"));

        Assert.Equal(("authentication_required", "requires_payment_method"), (alone.Text("code"), alone.GetProperty("payment_intent").Text("status")));
        Assert.Equal("requires_action", waiting.Text("status"));
        Assert.Equal("succeeded", (await bench.GetAsync($"{Path}/{waiting.Text("id")}")).Text("status"));
    }

    [Theory]
    [InlineData("us_bank_account", "usd", MethodOutcome.Succeeds, "succeeded", "payment_intent.succeeded")]
    [InlineData("sepa_debit", "eur", MethodOutcome.Declines, "requires_payment_method", "payment_intent.payment_failed")]
    public async Task A_debit_is_on_its_way_for_days(string type, string currency, MethodOutcome outcome, string status, string end)
    {
        var payer = await bench.PayerAsync(new(outcome, "insufficient_funds", After: TimeSpan.FromDays(3)), type);
        var begun = bench.Clock.GetUtcNow();

        var made = await bench.PostAsync(Path, StripeBench.Charge(payer, type, currency));
        await bench.PassAsync(TimeSpan.FromDays(3) - TimeSpan.FromSeconds(1));
        var between = await bench.GetAsync($"{Path}/{made.Text("id")}");
        await bench.PassAsync(TimeSpan.FromDays(4));
        var after = await bench.GetAsync($"{Path}/{made.Text("id")}");

        Assert.Equal(("processing", "processing", status), (made.Text("status"), between.Text("status"), after.Text("status")));
        Assert.Contains(end, await bench.TypesAsync(7));
        var last = bench.Receiver.All.Single(got => got.Json.Text("type") == end).Json;
        // When it happened, not when the clock had jumped over it.
        Assert.Equal(begun.AddDays(3).ToUnixTimeSeconds(), last.GetProperty("created").GetInt64());
    }

    [Fact]
    public async Task An_account_pays_in_its_own_currency_alone_and_no_method_pays_for_somebody_else()
    {
        var payer = await bench.PayerAsync(type: "sepa_debit");
        var currency = await bench.RefusedAsync(Path, StripeBench.Charge(payer, "sepa_debit"), HttpStatusCode.BadRequest);
        var foreign = await bench.RefusedAsync(Path, StripeBench.Charge((await bench.CustomerAsync(), payer.Method), "sepa_debit", "eur"), HttpStatusCode.BadRequest);
        var tooSmall = await bench.RefusedAsync(Path, StripeBench.Charge(payer, "sepa_debit", "eur", amount: 49), HttpStatusCode.BadRequest);

        Assert.Equal(("currency", "payment_method", "amount_too_small"), (currency.Text("param"), foreign.Text("param"), tooSmall.Text("code")));
        Assert.Empty(await bench.Control.MoneyAsync());
    }

    [Fact]
    public async Task An_open_payment_is_cancelled_and_a_paid_one_is_not()
    {
        var payer = await bench.PayerAsync(new(MethodOutcome.Declines, Times: 1));
        var failed = (await bench.RefusedAsync(Path, StripeBench.Charge(payer), HttpStatusCode.PaymentRequired)).GetProperty("payment_intent").Text("id");
        var paid = (await bench.PostAsync(Path, StripeBench.Charge(payer))).Text("id");

        var cancelled = await bench.PostAsync($"{Path}/{failed}/cancel");
        var refused = await bench.RefusedAsync($"{Path}/{paid}/cancel", [], HttpStatusCode.BadRequest);

        Assert.Equal("canceled", cancelled.Text("status"));
        Assert.Equal("payment_intent_unexpected_state", refused.Text("code"));
        await bench.RefusedAsync($"{Path}/{failed}/confirm", new() { ["payment_method"] = payer.Method }, HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Refunds_go_back_in_parts_and_never_over_what_is_left()
    {
        var paid = await bench.PostAsync(Path, StripeBench.Charge(await bench.PayerAsync()));

        var part = await bench.PostAsync("/v1/refunds", new() { ["payment_intent"] = paid.Text("id"), ["amount"] = "345", ["metadata[refund]"] = "r-1" });
        await bench.RefusedAsync("/v1/refunds", new() { ["payment_intent"] = paid.Text("id"), ["amount"] = "12001" }, HttpStatusCode.BadRequest);
        await bench.Control.RefundAsync(new(paid.Text("id")));
        var none = await bench.RefusedAsync("/v1/refunds", new() { ["charge"] = paid.Text("latest_charge") }, HttpStatusCode.BadRequest);

        Assert.Equal(("succeeded", "r-1"), (part.Text("status"), part.GetProperty("metadata").Text("refund")));
        Assert.Equal("charge_already_refunded", none.Text("code"));
        var list = (await bench.GetAsync($"/v1/refunds?payment_intent={paid.Text("id")}")).GetProperty("data").EnumerateArray();
        Assert.Equal([12_000, 345], list.Select(refund => refund.GetProperty("amount").GetInt64()));
        Assert.True((await bench.GetAsync($"/v1/charges/{paid.Text("latest_charge")}")).GetProperty("refunded").GetBoolean());
        Assert.Equal((12_345, 12_345), ((await bench.MoneyAsync()).Captured, (await bench.MoneyAsync()).Refunded));
    }

    [Fact]
    public async Task A_refund_to_an_account_takes_days_and_can_come_back()
    {
        var payer = await bench.PayerAsync(new(RefundFails: true), "us_bank_account");
        var paid = await bench.PostAsync(Path, StripeBench.Charge(payer, "us_bank_account"));
        await bench.PassAsync(TimeSpan.FromDays(4));

        var refund = await bench.PostAsync("/v1/refunds", new() { ["payment_intent"] = paid.Text("id") });
        var underWay = await bench.MoneyAsync();
        await bench.PassAsync(TimeSpan.FromDays(4));

        Assert.Equal("pending", refund.Text("status"));
        Assert.Equal("failed", (await bench.GetAsync($"/v1/refunds/{refund.Text("id")}")).Text("status"));
        Assert.Equal((12_345, 0), (underWay.Refunded, (await bench.MoneyAsync()).Refunded));
        Assert.Contains("refund.failed", await bench.TypesAsync(12));
    }

    [Theory]
    [InlineData(true, 0, "charge.dispute.funds_reinstated")]
    [InlineData(false, 12_345, "charge.dispute.closed")]
    public async Task A_dispute_takes_the_money_until_it_is_won(bool won, long gone, string last)
    {
        var paid = await bench.PostAsync(Path, StripeBench.Charge(await bench.PayerAsync()));
        var dispute = await bench.Control.OpenDisputeAsync(new(paid.Text("id")));
        var open = await bench.MoneyAsync();
        var refused = await bench.RefusedAsync("/v1/refunds", new() { ["payment_intent"] = paid.Text("id") }, HttpStatusCode.BadRequest);

        await bench.Control.CloseDisputeAsync(dispute, won);

        Assert.Equal("charge_disputed", refused.Text("code"));
        Assert.Equal((12_345, gone), (open.Disputed, (await bench.MoneyAsync()).Disputed));
        Assert.Equal(won ? "won" : "lost", (await bench.GetAsync($"/v1/disputes/{dispute}")).Text("status"));
        Assert.Equal(last, (await bench.TypesAsync(won ? 9 : 8))[^1]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => bench.Control.CloseDisputeAsync(dispute, won));
    }
}
