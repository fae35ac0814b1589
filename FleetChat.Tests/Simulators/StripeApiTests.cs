using System.Net;

namespace FleetChat.Tests.Simulators;

public sealed class StripeApiTests : IAsyncLifetime
{
    private StripeBench bench = null!;

    public async Task InitializeAsync() => bench = await StripeBench.StartAsync();

    public async Task DisposeAsync() => await bench.DisposeAsync();

    [Theory]
    [InlineData(null)]
    [InlineData("sk_test_of_somebody_else")]
    public async Task A_missing_or_wrong_key_is_401(string? key)
    {
        var (status, json, _) = await bench.CallAsync(HttpMethod.Get, "/v1/events", apiKey: key);

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_request_error"), (status, json.GetProperty("error").Text("type")));
    }

    [Fact]
    public async Task What_Stripe_does_not_know_is_refused_by_name()
    {
        var (_, route, _) = await bench.CallAsync(HttpMethod.Get, "/v1/nothing");
        var (missing, customer, _) = await bench.CallAsync(HttpMethod.Get, "/v1/customers/cus_nobody");
        var parameter = await bench.RefusedAsync("/v1/customers", new() { ["nmae"] = "North" }, HttpStatusCode.BadRequest);
        var absent = await bench.RefusedAsync("/v1/payment_intents", new() { ["currency"] = "usd" }, HttpStatusCode.BadRequest);

        Assert.Contains("/v1/nothing", route.GetProperty("error").Text("message"), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.NotFound, "resource_missing"), (missing, customer.GetProperty("error").Text("code")));
        Assert.Equal(("parameter_unknown", "nmae"), (parameter.Text("code"), parameter.Text("param")));
        Assert.Equal(("parameter_missing", "amount"), (absent.Text("code"), absent.Text("param")));
    }

    [Fact]
    public async Task A_customer_is_made_changed_and_read()
    {
        var customer = await bench.CustomerAsync();
        var method = await bench.Control.AddMethodAsync(new(customer));

        await bench.PostAsync($"/v1/customers/{customer}", new() { ["invoice_settings[default_payment_method]"] = method, ["metadata[payer]"] = "", ["email"] = "pay@north.example" });

        var read = await bench.GetAsync($"/v1/customers/{customer}");
        Assert.Equal(("North Haulage", "pay@north.example"), (read.Text("name"), read.Text("email")));
        Assert.Equal(method, read.GetProperty("invoice_settings").Text("default_payment_method"));
        Assert.Empty(read.GetProperty("metadata").EnumerateObject());
        Assert.Equal(method, Assert.Single((await bench.GetAsync($"/v1/payment_methods?customer={customer}")).GetProperty("data").EnumerateArray()).Text("id"));
    }

    [Fact]
    public async Task Lists_are_read_by_cursor_in_both_directions_the_newest_first()
    {
        var payer = await bench.PayerAsync();
        List<string> made = [];
        for (var count = 0; count < 5; count++)
            made.Add((await bench.PostAsync("/v1/payment_intents", StripeBench.Charge(payer))).Text("id"));
        made.Reverse();

        var first = await bench.GetAsync($"/v1/payment_intents?customer={payer.Customer}&limit=2");
        var second = await bench.GetAsync($"/v1/payment_intents?limit=2&starting_after={made[1]}");
        var last = await bench.GetAsync($"/v1/payment_intents?limit=2&starting_after={made[3]}");
        var back = await bench.GetAsync($"/v1/payment_intents?limit=2&ending_before={made[3]}");

        Assert.Equal([made[0], made[1]], Ids(first));
        Assert.Equal([made[2], made[3]], Ids(second));
        Assert.Equal([made[4]], Ids(last));
        Assert.Equal([made[1], made[2]], Ids(back));
        Assert.Equal([true, true, false, true], new[] { first, second, last, back }.Select(page => page.GetProperty("has_more").GetBoolean()));
    }

    [Fact]
    public async Task A_search_finds_a_payment_after_a_minute_and_a_list_at_once()
    {
        var payer = await bench.PayerAsync();
        var made = (await bench.PostAsync("/v1/payment_intents", StripeBench.Charge(payer))).Text("id");
        var query = $"/v1/payment_intents/search?query={Uri.EscapeDataString($"metadata['invoice']:'{StripeBench.Invoice}' AND status:'succeeded'")}";

        var atOnce = await bench.GetAsync(query);
        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        var later = await bench.GetAsync(query);
        var other = await bench.GetAsync("/v1/payment_intents/search?query=" + Uri.EscapeDataString("metadata['invoice']:'another'"));

        Assert.Empty(Ids(atOnce));
        Assert.Equal([made], Ids(later));
        Assert.Empty(Ids(other));
        Assert.Equal([made], Ids(await bench.GetAsync($"/v1/payment_intents?customer={payer.Customer}")));
    }

    [Fact]
    public async Task Events_are_listed_by_type_and_time_and_gone_after_thirty_days()
    {
        var payer = await bench.PayerAsync();
        bench.Clock.Advance(TimeSpan.FromDays(1));
        await bench.PostAsync("/v1/payment_intents", StripeBench.Charge(payer));
        var since = bench.Clock.GetUtcNow().ToUnixTimeSeconds();

        var payments = await bench.GetAsync("/v1/events?type=payment_intent.*");
        var named = await bench.GetAsync("/v1/events?types[0]=charge.succeeded&types[1]=customer.created");
        var recent = await bench.GetAsync($"/v1/events?created[gte]={since}");

        Assert.Equal(["payment_intent.succeeded", "payment_intent.created"], Types(payments));
        Assert.Equal(["charge.succeeded", "customer.created"], Types(named));
        Assert.Equal(["payment_intent.succeeded", "charge.succeeded", "payment_intent.created"], Types(recent));
        Assert.Equal(payments.GetProperty("data")[0].Text("id"), (await bench.GetAsync($"/v1/events/{payments.GetProperty("data")[0].Text("id")}")).Text("id"));
        bench.Clock.Advance(TimeSpan.FromDays(29.5));
        Assert.Equal(3, Types(await bench.GetAsync("/v1/events?limit=100")).Count);
        bench.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Empty(Types(await bench.GetAsync("/v1/events?limit=100")));
    }

    [Fact]
    public async Task An_id_is_expanded_to_its_object_where_the_call_asks_for_it()
    {
        var payer = await bench.PayerAsync();
        var made = (await bench.PostAsync("/v1/payment_intents", StripeBench.Charge(payer))).Text("id");

        var one = await bench.GetAsync($"/v1/payment_intents/{made}?expand[0]=latest_charge");
        var list = await bench.GetAsync("/v1/payment_intents?expand[]=data.latest_charge");

        Assert.Equal("charge", one.GetProperty("latest_charge").Text("object"));
        Assert.Equal("charge", list.GetProperty("data")[0].GetProperty("latest_charge").Text("object"));
    }

    private static IReadOnlyList<string> Ids(System.Text.Json.JsonElement list) => [.. list.GetProperty("data").EnumerateArray().Select(item => item.Text("id"))];

    private static IReadOnlyList<string> Types(System.Text.Json.JsonElement list) => [.. list.GetProperty("data").EnumerateArray().Select(item => item.Text("type"))];
}
