using System.Text.Json;
using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Stripe;

namespace FleetChat.Tests.Simulators;

public sealed class StripeWebhookTests : IAsyncLifetime
{
    private StripeBench bench = null!;

    public async Task InitializeAsync() => bench = await StripeBench.StartAsync();

    public async Task DisposeAsync() => await bench.DisposeAsync();

    [Fact]
    public async Task An_event_is_signed_and_names_the_call_that_made_it()
    {
        await bench.PostAsync("/v1/customers", new() { ["name"] = "North" }, key: "key-1");

        var got = Assert.Single(await bench.Receiver.WaitAsync(1));
        Assert.Equal(StripeSigning.Header(bench.Clock.GetUtcNow(), got.Body, StripeBench.Secret), got.Headers["Stripe-Signature"]);
        Assert.Equal(("event", "customer.created", StripeSettings.DefaultApiVersion), (got.Json.Text("object"), got.Json.Text("type"), got.Json.Text("api_version")));
        Assert.Equal(("North", "key-1"), (got.Json.GetProperty("data").GetProperty("object").Text("name"), got.Json.GetProperty("request").Text("idempotency_key")));
        Assert.Equal(JsonValueKind.False, got.Json.GetProperty("livemode").ValueKind);
    }

    [Fact]
    public async Task Both_secrets_sign_until_the_old_one_ends()
    {
        await bench.Control.RotateSecretAsync(new(bench.Receiver.Url, "whsec_of_tomorrow", TimeSpan.FromHours(24)));
        await bench.CustomerAsync();
        await bench.Receiver.WaitAsync(1);
        bench.Clock.Advance(TimeSpan.FromHours(24));
        await bench.CustomerAsync();

        var all = await bench.Receiver.WaitAsync(2);

        Assert.Equal([2, 1], all.Select(got => got.Headers["Stripe-Signature"].Split(",v1=").Length - 1));
        Assert.Equal(StripeSigning.Header(bench.Clock.GetUtcNow(), all[1].Body, "whsec_of_tomorrow"), all[1].Headers["Stripe-Signature"]);
    }

    [Fact]
    public async Task A_refused_event_comes_again_later_by_the_business_clock_with_the_same_id()
    {
        bench.Receiver.Answers.Enqueue(500);
        bench.Receiver.Answers.Enqueue(302);
        await bench.CustomerAsync();
        await AttemptsAsync(1);
        await bench.Control.AdvanceAsync();
        Assert.Single(bench.Receiver.All);

        await bench.PassAsync(TimeSpan.FromMinutes(1));
        await AttemptsAsync(2);
        await bench.PassAsync(TimeSpan.FromMinutes(2));
        await AttemptsAsync(3);

        Assert.Single(bench.Receiver.All.Select(got => got.Json.Text("id")).Distinct());
        // Signed afresh, so that it is not too old.
        Assert.Equal(3, bench.Receiver.All.Select(got => got.Headers["Stripe-Signature"]).Distinct().Count());
        Assert.Equal(0, await bench.Control.PendingAsync());
    }

    [Fact]
    public async Task After_three_days_it_is_given_up()
    {
        for (var attempt = 0; attempt < 100; attempt++)
            bench.Receiver.Answers.Enqueue(503);
        await bench.CustomerAsync();
        await AttemptsAsync(1);
        Assert.Equal(1, await bench.Control.PendingAsync());

        bench.Clock.Advance(TimeSpan.FromDays(4));

        await Until.TrueAsync(async () => await bench.Control.PendingAsync() == 0, "the event to be given up");
        var given = Assert.Single(await bench.Control.JournalAsync(), entry => entry.Kind == "webhook.given_up");
        Assert.Equal(bench.Receiver.All.Count, given.Data.GetProperty("attempts").GetInt32());
        Assert.InRange(bench.Receiver.All.Count, 10, 20);
    }

    [Fact]
    public async Task Held_events_come_in_another_order()
    {
        var payer = await bench.PayerAsync();
        await bench.Receiver.WaitAsync(2);
        await bench.Control.HoldAsync();
        await bench.PostAsync("/v1/payment_intents", StripeBench.Charge(payer));
        Assert.Equal(3, await bench.Control.PendingAsync());

        Assert.Equal(3, await bench.Control.ReleaseAsync(ReleaseOrder.Reversed));

        Assert.Equal(["payment_intent.succeeded", "charge.succeeded", "payment_intent.created"], (await bench.TypesAsync(5)).Skip(2));
    }

    [Fact]
    public async Task An_event_is_delivered_once_more_on_demand()
    {
        await bench.CustomerAsync();
        var first = Assert.Single(await bench.Receiver.WaitAsync(1));

        await bench.Control.RedeliverAsync(first.Json.Text("id"));

        Assert.Equal(first.Text, (await bench.Receiver.WaitAsync(2))[1].Text);
    }

    [Theory]
    [InlineData(WebhookTrouble.Twice, 2)]
    [InlineData(WebhookTrouble.Delayed, 1)]
    [InlineData(WebhookTrouble.Lost, 0)]
    public async Task A_plan_of_faults_repeats_delays_or_loses_events(WebhookTrouble trouble, int times)
    {
        await bench.Control.PlanFaultsAsync(new(Calls: 0, Webhooks: 1, WebhookKinds: [trouble], DelayMs: 50));

        await bench.CustomerAsync();

        await Until.TrueAsync(async () => await bench.Control.PendingAsync() == 0, "everything to be delivered");
        Assert.Equal(times, bench.Receiver.All.Count);
        Assert.Equal("customer.created", Assert.Single((await bench.GetAsync("/v1/events")).GetProperty("data").EnumerateArray()).Text("type"));
    }

    [Fact]
    public async Task An_endpoint_gets_the_types_that_it_wants()
    {
        await using var choosy = await Receiver.StartAsync();
        await bench.Control.AddEndpointAsync(new(choosy.Url, "whsec_of_another_endpoint", ["payment_intent.succeeded"]));

        await bench.PostAsync("/v1/payment_intents", StripeBench.Charge(await bench.PayerAsync()));

        Assert.Equal("payment_intent.succeeded", Assert.Single(await choosy.WaitAsync(1)).Json.Text("type"));
        await bench.Receiver.WaitAsync(5);
        await bench.Control.RemoveEndpointAsync(choosy.Url);
    }

    [Fact]
    public async Task The_money_of_an_invoice_is_counted_over_the_lives_of_the_simulator()
    {
        var folder = Directory.CreateTempSubdirectory("fleetchat-stripe-");
        var journal = Path.Combine(folder.FullName, "journal.jsonl");
        await using (var first = await StripeBench.StartAsync(journal: journal))
            await first.PostAsync("/v1/payment_intents", StripeBench.Charge(await first.PayerAsync()));
        await File.AppendAllTextAsync(journal, "{\"seq\":99,\"half a li");

        await using (var second = await StripeBench.StartAsync(journal: journal))
        {
            await second.PostAsync("/v1/payment_intents", StripeBench.Charge(await second.PayerAsync(), amount: 55));

            Assert.Equal(new InvoiceMoney(StripeBench.Invoice, "usd", 2, 0, 12_400, 0, 0), await second.MoneyAsync());
            var entries = await second.Control.JournalAsync();
            Assert.Equal(Enumerable.Range(1, entries.Count).Select(seq => (long)seq), entries.Select(entry => entry.Seq));
        }
        folder.Delete(recursive: true);
    }

    private Task AttemptsAsync(int count)
        => Until.TrueAsync(async () => (await bench.Control.JournalAsync()).Count(entry => entry.Kind == "webhook.attempt") >= count, $"{count} attempts");
}
