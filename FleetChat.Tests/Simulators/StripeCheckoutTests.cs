using System.Net;
using FleetChat.Simulators.Stripe;

namespace FleetChat.Tests.Simulators;

public sealed class StripeCheckoutTests : IAsyncLifetime
{
    private StripeBench bench = null!;

    public async Task InitializeAsync() => bench = await StripeBench.StartAsync();

    public async Task DisposeAsync() => await bench.DisposeAsync();

    [Fact]
    public async Task What_is_entered_on_the_page_can_be_charged_later()
    {
        var customer = await bench.CustomerAsync();
        var session = await bench.PostAsync("/v1/checkout/sessions", Session(customer));

        var method = await bench.Control.CompleteCheckoutAsync(new(session.Text("id"), "us_bank_account"));

        var done = await bench.GetAsync($"/v1/checkout/sessions/{session.Text("id")}?expand[0]=setup_intent.payment_method");
        Assert.Equal(("open", "complete"), (session.Text("status"), done.Text("status")));
        Assert.Equal(method, done.GetProperty("setup_intent").GetProperty("payment_method").Text("id"));
        Assert.Equal("succeeded", (await bench.GetAsync($"/v1/setup_intents/{session.Text("setup_intent")}")).Text("status"));
        Assert.Equal(["customer.created", "setup_intent.created", "payment_method.attached", "setup_intent.succeeded", "checkout.session.completed"], await bench.TypesAsync(5));
        await bench.PostAsync("/v1/payment_intents", StripeBench.Charge((customer, method), "us_bank_account"));
    }

    [Fact]
    public async Task A_page_that_nobody_used_expires_after_a_day()
    {
        var session = await bench.PostAsync("/v1/checkout/sessions", Session(await bench.CustomerAsync()));

        await bench.PassAsync(TimeSpan.FromHours(24));

        Assert.Equal("expired", (await bench.GetAsync($"/v1/checkout/sessions/{session.Text("id")}")).Text("status"));
        Assert.Equal("checkout.session.expired", (await bench.TypesAsync(3))[^1]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => bench.Control.CompleteCheckoutAsync(new(session.Text("id"))));
    }

    [Fact]
    public async Task A_session_offers_what_pays_in_its_currency()
    {
        var form = Session(await bench.CustomerAsync());
        form["currency"] = "eur";

        var session = await bench.PostAsync("/v1/checkout/sessions", form);

        Assert.Equal(["card"], session.GetProperty("payment_method_types").EnumerateArray().Select(type => type.GetString()));
        await Assert.ThrowsAsync<InvalidOperationException>(() => bench.Control.CompleteCheckoutAsync(new(session.Text("id"), "us_bank_account")));
    }

    [Fact]
    public async Task A_person_uses_the_page_by_hand_and_is_led_back()
    {
        var session = await bench.PostAsync("/v1/checkout/sessions", Session(await bench.CustomerAsync()));
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });

        var page = await browser.GetStringAsync(new Uri(session.Text("url")));
        using var chosen = await browser.PostAsync(new Uri($"{session.Text("url")}/poor-card"), content: null);
        using var again = await browser.PostAsync(new Uri($"{session.Text("url")}/good-card"), content: null);

        Assert.Contains("North Haulage", page, StringComparison.Ordinal);
        Assert.DoesNotContain("sepa", page, StringComparison.Ordinal);
        Assert.Equal(new Uri($"https://fleetchat.example/done?session={session.Text("id")}"), chosen.Headers.Location);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        var method = Assert.Single(Assert.Single((await bench.Control.ViewAsync()).Customers).Methods);
        Assert.Equal((MethodOutcome.Declines, "insufficient_funds"), (method.Behaviour.Outcome, method.Behaviour.Reason));
    }

    private static Dictionary<string, string> Session(string customer) => new()
    {
        ["mode"] = "setup",
        ["customer"] = customer,
        ["currency"] = "usd",
        ["allowed_payment_method_types[0]"] = "card",
        ["allowed_payment_method_types[1]"] = "us_bank_account",
        ["success_url"] = "https://fleetchat.example/done?session={CHECKOUT_SESSION_ID}",
        ["cancel_url"] = "https://fleetchat.example/back",
    };
}
