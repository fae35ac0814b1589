using System.Net;
using FleetChat.Simulators.Stripe;

namespace FleetChat.Tests.Simulators;

public sealed class StripeIdempotencyTests : IAsyncLifetime
{
    private const string Path = "/v1/payment_intents";

    private StripeBench bench = null!;

    public async Task InitializeAsync() => bench = await StripeBench.StartAsync();

    public async Task DisposeAsync() => await bench.DisposeAsync();

    [Fact]
    public async Task The_same_key_with_the_same_parameters_is_answered_alike_and_charges_once()
    {
        var charge = StripeBench.Charge(await bench.PayerAsync());

        var (_, first, headers) = await bench.CallAsync(HttpMethod.Post, Path, charge, "key-1");
        var (_, again, replayed) = await bench.CallAsync(HttpMethod.Post, Path, charge.Reverse().ToDictionary(), "key-1");

        Assert.Equal(first.ToString(), again.ToString());
        Assert.Equal("true", replayed.GetValues("Idempotent-Replayed").Single());
        Assert.Equal(headers.GetValues("Request-Id"), replayed.GetValues("Original-Request"));
        Assert.False(headers.Contains("Idempotent-Replayed"));
        Assert.Equal(1, (await bench.MoneyAsync()).Charges);
    }

    [Fact]
    public async Task The_same_key_with_other_parameters_is_an_idempotency_error()
    {
        var payer = await bench.PayerAsync();
        await bench.PostAsync(Path, StripeBench.Charge(payer), "key-1");

        var error = await bench.RefusedAsync(Path, StripeBench.Charge(payer, amount: 999), HttpStatusCode.BadRequest, "key-1");

        Assert.Equal("idempotency_error", error.Text("type"));
        Assert.Equal(1, (await bench.MoneyAsync()).Charges);
    }

    [Fact]
    public async Task A_decline_is_kept_under_its_key_and_a_wrong_parameter_is_not()
    {
        var payer = await bench.PayerAsync(new(MethodOutcome.Declines, "insufficient_funds"));
        var wrong = StripeBench.Charge(payer, amount: 0);
        await bench.RefusedAsync(Path, wrong, HttpStatusCode.BadRequest, "key-1");

        var first = await bench.RefusedAsync(Path, StripeBench.Charge(payer), HttpStatusCode.PaymentRequired, "key-1");
        await bench.Control.ChangeMethodAsync(payer.Method, new());
        var again = await bench.RefusedAsync(Path, StripeBench.Charge(payer), HttpStatusCode.PaymentRequired, "key-1");

        Assert.Equal(first.ToString(), again.ToString());
        Assert.Equal((0, 1), ((await bench.MoneyAsync()).Charges, (await bench.MoneyAsync()).Failures));
    }

    [Fact]
    public async Task A_key_in_use_is_409()
    {
        var charge = StripeBench.Charge(await bench.PayerAsync());
        await bench.Control.ChangeSettingsAsync(new(ExecutionMs: 2_000));

        var both = await Task.WhenAll(bench.CallAsync(HttpMethod.Post, Path, charge, "key-1"), bench.CallAsync(HttpMethod.Post, Path, charge, "key-1"));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], both.Select(answer => answer.Status).Order());
        var refused = both.Single(answer => answer.Status == HttpStatusCode.Conflict).Json.GetProperty("error");
        Assert.Equal(("idempotency_error", "idempotency_key_in_use"), (refused.Text("type"), refused.Text("code")));
        Assert.Equal(1, (await bench.MoneyAsync()).Charges);
    }

    [Fact]
    public async Task After_a_day_the_key_is_forgotten_and_the_same_call_charges_again()
    {
        var charge = StripeBench.Charge(await bench.PayerAsync());
        var first = await bench.PostAsync(Path, charge, "key-1");
        bench.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        var known = await bench.PostAsync(Path, charge, "key-1");
        bench.Clock.Advance(TimeSpan.FromSeconds(1));

        var forgotten = await bench.PostAsync(Path, charge, "key-1");

        Assert.Equal(first.Text("id"), known.Text("id"));
        Assert.NotEqual(first.Text("id"), forgotten.Text("id"));
        Assert.Equal((2, 24_690), ((await bench.MoneyAsync()).Charges, (await bench.MoneyAsync()).Captured));
    }
}
