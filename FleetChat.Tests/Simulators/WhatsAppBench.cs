using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.WhatsApp;
using Microsoft.Extensions.Time.Testing;

namespace FleetChat.Tests.Simulators;

/// <summary>A WhatsApp simulator with one number, one template and one driver, and somebody who receives its webhooks.</summary>
internal sealed class WhatsAppBench : IAsyncDisposable
{
    public const string Waba = "102290129340398";
    public const string Number = "106540352242922";
    public const string NumberPhone = "15550783881";
    public const string Token = "token-of-the-waba";
    public const string Driver = "16505551234";
    public const string Secret = "the app secret";

    private readonly HttpClient http;

    private WhatsAppBench(WhatsAppSimulator simulator, Receiver receiver, FakeTimeProvider clock)
    {
        (Simulator, Receiver, Clock) = (simulator, receiver, clock);
        http = new() { BaseAddress = simulator.Address };
    }

    public WhatsAppSimulator Simulator { get; }

    public Receiver Receiver { get; }

    public FakeTimeProvider Clock { get; }

    public WhatsAppControl Control => Simulator.Control;

    public static async Task<WhatsAppBench> StartAsync(WhatsAppSettings? settings = null)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));
        var receiver = await Receiver.StartAsync();
        var simulator = await WhatsAppSimulator.StartAsync(new()
        {
            Clock = clock,
            Delivery = SamsaraWebhookTests.Quick(null),
            Settings = (settings ?? new()) with { AppSecret = Secret },
        });
        var control = simulator.Control;
        await control.AddWabaAsync(new(Waba, "North Haulage"));
        await control.AddTokenAsync(new(Token, [Waba]));
        await control.AddNumberAsync(new(Number, Waba, NumberPhone, "North Haulage"));
        await control.AddUserAsync(new(Driver, "Sheena Nelson"));
        await control.AddTemplateAsync(new(Waba, "stop_reached", "en_US", "Hello {{1}}, you have reached {{2}}.", ["Arrived", "Delayed"], Footer: "North Haulage"));
        Assert.True((await control.SubscribeAsync(receiver.Url, receiver.VerifyToken)).Verified);
        return new(simulator, receiver, clock);
    }

    public static JsonObject Template(string name = "stop_reached", string language = "en_US", params string[] parameters) => new()
    {
        ["messaging_product"] = "whatsapp",
        ["recipient_type"] = "individual",
        ["to"] = "+" + Driver,
        ["type"] = "template",
        ["biz_opaque_callback_data"] = "attempt-1",
        ["template"] = new JsonObject
        {
            ["name"] = name,
            ["language"] = new JsonObject { ["code"] = language },
            ["components"] = new JsonArray(
                new JsonObject
                {
                    ["type"] = "body",
                    ["parameters"] = new JsonArray([.. (parameters.Length == 0 ? ["Sheena", "Dock 4"] : parameters).Select(text => (JsonNode)new JsonObject { ["type"] = "text", ["text"] = text })]),
                },
                new JsonObject
                {
                    ["type"] = "button",
                    ["sub_type"] = "quick_reply",
                    ["index"] = "0",
                    ["parameters"] = new JsonArray(new JsonObject { ["type"] = "payload", ["payload"] = "arrived:42" }),
                }),
        },
    };

    public static JsonObject Text(string body, string to = Driver) => new()
    {
        ["messaging_product"] = "whatsapp",
        ["to"] = to,
        ["type"] = "text",
        ["text"] = new JsonObject { ["body"] = body },
    };

    public static JsonObject Buttons(params string[] titles) => new()
    {
        ["messaging_product"] = "whatsapp",
        ["to"] = Driver,
        ["type"] = "interactive",
        ["interactive"] = new JsonObject
        {
            ["type"] = "button",
            ["body"] = new JsonObject { ["text"] = "Which one?" },
            ["action"] = new JsonObject
            {
                ["buttons"] = new JsonArray([.. titles.Select((title, index) => (JsonNode)new JsonObject
                {
                    ["type"] = "reply",
                    ["reply"] = new JsonObject { ["id"] = $"button-{index}", ["title"] = title },
                })]),
            },
        },
    };

    public async Task<(HttpStatusCode Status, JsonElement Json)> CallAsync(HttpMethod method, string path, JsonNode? body = null, string? token = Token)
    {
        using var request = new HttpRequestMessage(method, path);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request);
        using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        return (response.StatusCode, json.RootElement.Clone());
    }

    public Task<(HttpStatusCode Status, JsonElement Json)> SendAsync(JsonNode body, string number = Number, string? token = Token)
        => CallAsync(HttpMethod.Post, $"/v23.0/{number}/messages", body, token);

    public async Task<string> AcceptedAsync(JsonNode body)
    {
        var (status, json) = await SendAsync(body);
        Assert.True(status == HttpStatusCode.OK, json.ToString());
        return json.GetProperty("messages")[0].GetProperty("id").GetString()!;
    }

    public async Task RefusedAsync(JsonNode body, int code, HttpStatusCode status = HttpStatusCode.BadRequest)
    {
        var (answered, json) = await SendAsync(body);
        Assert.True(json.TryGetProperty("error", out var error), json.ToString());
        Assert.Equal((code, status), (error.GetProperty("code").GetInt32(), answered));
        Assert.NotEmpty(error.GetProperty("fbtrace_id").GetString()!);
    }

    public async Task<IReadOnlyList<JsonElement>> StatusesAsync(int count)
    {
        await Until.TrueAsync(() => Statuses().Count >= count, $"{count} statuses");
        return Statuses();
    }

    public async Task<IReadOnlyList<JsonElement>> MessagesAsync(int count)
    {
        await Until.TrueAsync(() => Messages().Count >= count, $"{count} messages");
        return Messages();
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await Simulator.DisposeAsync();
        await Receiver.DisposeAsync();
    }

    private List<JsonElement> Statuses() => [.. Receiver.All.SelectMany(got => got.All("statuses"))];

    private List<JsonElement> Messages() => [.. Receiver.All.SelectMany(got => got.All("messages"))];
}
