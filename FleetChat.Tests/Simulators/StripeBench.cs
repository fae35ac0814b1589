using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using FleetChat.Simulators.Stripe;
using Microsoft.Extensions.Time.Testing;

namespace FleetChat.Tests.Simulators;

/// <summary>A simulator of Stripe on a clock that stands still, and somebody who receives its webhooks.</summary>
internal sealed class StripeBench : IAsyncDisposable
{
    public const string Secret = "whsec_of_the_first_endpoint";
    public const string Invoice = "01998d2e-7c00-7000-8000-000000000001";

    private readonly HttpClient http;

    private StripeBench(StripeSimulator simulator, Receiver receiver, FakeTimeProvider clock)
    {
        (Simulator, Receiver, Clock) = (simulator, receiver, clock);
        http = new() { BaseAddress = simulator.Address };
    }

    public StripeSimulator Simulator { get; }

    public Receiver Receiver { get; }

    public FakeTimeProvider Clock { get; }

    public StripeControl Control => Simulator.Control;

    public static async Task<StripeBench> StartAsync(StripeSettings? settings = null, string? journal = null)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));
        var receiver = await Receiver.StartAsync();
        var simulator = await StripeSimulator.StartAsync(new() { Clock = clock, Settings = settings ?? new(), JournalPath = journal, Endpoints = [new(receiver.Url, Secret)] });
        return new(simulator, receiver, clock);
    }

    public async Task<(HttpStatusCode Status, JsonElement Json, HttpResponseHeaders Headers)> CallAsync(
        HttpMethod method, string path, Dictionary<string, string>? form = null, string? key = null, string? apiKey = "sk_test_simulated")
    {
        using var request = new HttpRequestMessage(method, path);
        if (apiKey is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        if (form is not null) request.Content = new FormUrlEncodedContent(form);
        using var response = await http.SendAsync(request);
        using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        return (response.StatusCode, json.RootElement.Clone(), response.Headers);
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        var (status, json, _) = await CallAsync(HttpMethod.Get, path);
        Assert.True(status == HttpStatusCode.OK, json.ToString());
        return json;
    }

    public async Task<JsonElement> PostAsync(string path, Dictionary<string, string>? form = null, string? key = null)
    {
        var (status, json, _) = await CallAsync(HttpMethod.Post, path, form ?? [], key);
        Assert.True(status == HttpStatusCode.OK, json.ToString());
        return json;
    }

    public async Task<JsonElement> RefusedAsync(string path, Dictionary<string, string> form, HttpStatusCode expected, string? key = null)
    {
        var (status, json, _) = await CallAsync(HttpMethod.Post, path, form, key);
        Assert.True(status == expected, json.ToString());
        return json.GetProperty("error");
    }

    public async Task<string> CustomerAsync() => (await PostAsync("/v1/customers", new() { ["name"] = "North Haulage", ["metadata[payer]"] = "north_001" })).Text("id");

    /// <summary>A customer with one method.</summary>
    public async Task<(string Customer, string Method)> PayerAsync(MethodBehaviour? behaviour = null, string type = "card")
    {
        var customer = await CustomerAsync();
        return (customer, await Control.AddMethodAsync(new(customer, type, behaviour)));
    }

    public static Dictionary<string, string> Charge((string Customer, string Method) payer, string type = "card", string currency = "usd", long amount = 12_345) => new()
    {
        ["amount"] = amount.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["currency"] = currency,
        ["customer"] = payer.Customer,
        ["payment_method"] = payer.Method,
        ["allowed_payment_method_types[0]"] = type,
        ["confirm"] = "true",
        ["off_session"] = "true",
        ["metadata[invoice]"] = Invoice,
    };

    /// <summary>The types of all events, when as many have come.</summary>
    public async Task<IReadOnlyList<string>> TypesAsync(int count) => [.. (await Receiver.WaitAsync(count)).Select(got => got.Json.Text("type"))];

    /// <summary>Business time goes on, and what is due happens.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        Clock.Advance(time);
        await Control.AdvanceAsync();
    }

    public async Task<InvoiceMoney> MoneyAsync() => Assert.Single(await Control.MoneyAsync(Invoice));

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await Simulator.DisposeAsync();
        await Receiver.DisposeAsync();
    }
}

internal static class StripeJsonReading
{
    public static string Text(this JsonElement json, string name) => json.GetProperty(name).GetString()!;
}
