using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Samsara;
using Microsoft.Extensions.Time.Testing;

namespace FleetChat.Tests.Simulators;

/// <summary>A Samsara simulator with one org, and somebody who receives all of its events.</summary>
internal sealed class SamsaraBench : IAsyncDisposable
{
    public const long Org = 5005929;
    public const string Token = "token-north";

    private readonly HttpClient http;

    private SamsaraBench(SamsaraSimulator simulator, Receiver receiver, CreatedWebhook webhook, FakeTimeProvider clock)
    {
        (Simulator, Receiver, Webhook, Clock) = (simulator, receiver, webhook, clock);
        http = new() { BaseAddress = simulator.Address };
    }

    public SamsaraSimulator Simulator { get; }

    public Receiver Receiver { get; }

    public CreatedWebhook Webhook { get; }

    public FakeTimeProvider Clock { get; }

    public SamsaraControl Control => Simulator.Control;

    public DateTimeOffset Now => Clock.GetUtcNow();

    public static async Task<SamsaraBench> StartAsync(SamsaraSettings? settings = null)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));
        var receiver = await Receiver.StartAsync();
        var simulator = await SamsaraSimulator.StartAsync(new() { Clock = clock, Delivery = SamsaraWebhookTests.Quick(5), Settings = settings ?? new() });
        await simulator.Control.AddOrgAsync(new(Org, "North Haulage", Token));
        var webhook = await simulator.Control.AddWebhookAsync(Org, new(receiver.Url, [.. SamsaraSamples.Events.Select(sample => sample.EventType)]));
        return new(simulator, receiver, webhook, clock);
    }

    public Task<RouteView> RouteAsync(string? driver = null, string? vehicle = null, int stops = 2, int startsInHours = 0, IReadOnlyList<string>? tagIds = null) => Control.AddRouteAsync(Org, new(
        "route",
        [.. Enumerable.Range(0, stops).Select(index => new NewStop($"stop {index}", ScheduledArrival: Now.AddHours(startsInHours + index)))],
        DriverId: driver,
        VehicleId: vehicle,
        TagIds: tagIds));

    public async Task<(HttpStatusCode Status, JsonElement Json)> CallAsync(HttpMethod method, string path, JsonNode? body = null, string token = Token)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsByteArrayAsync();
        using var json = JsonDocument.Parse(text.Length == 0 ? "{}"u8.ToArray() : text);
        return (response.StatusCode, json.RootElement.Clone());
    }

    /// <summary>One member of each item that a call lists.</summary>
    public async Task<IReadOnlyList<string?>> ListAsync(string path, string token = Token, string member = "id")
    {
        var (status, json) = await CallAsync(HttpMethod.Get, path, token: token);
        Assert.True(status == HttpStatusCode.OK, json.ToString());
        return [.. json.GetProperty("data").EnumerateArray().Select(item => item.GetProperty(member).GetString())];
    }

    /// <summary>The data of the events of one type, once so many have come.</summary>
    public async Task<IReadOnlyList<JsonElement>> DataAsync(string eventType, int count = 1)
    {
        await Until.TrueAsync(() => Events(eventType).Count >= count, $"{count} {eventType}");
        return [.. Events(eventType).Select(got => got.Json.GetProperty("data"))];
    }

    public List<Received> Events(string eventType) => [.. Receiver.All.Where(got => got.Json.GetProperty("eventType").GetString() == eventType)];

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await Simulator.DisposeAsync();
        await Receiver.DisposeAsync();
    }
}
