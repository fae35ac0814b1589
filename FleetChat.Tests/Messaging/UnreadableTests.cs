using System.Collections.Concurrent;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Tests.Security;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FleetChat.Tests.Messaging;

/// <summary>Rows that do not open, as when their key is lost: they are shown with their facts, and take no others with them.</summary>
public sealed class UnreadableTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task A_message_that_does_not_open_is_shown_with_its_facts_and_takes_no_other_with_it()
    {
        using var company = await ApiCompany.SetUpAsync(api.Host, "sealed_haulage_001");
        var (lost, kept) = (await company.AddInboundAsync("Lost words"), await company.AddInboundAsync("Kept words"));
        await SpoilAsync(api.Host, "message_logs", "content", lost);

        List<Dictionary<Guid, JsonElement>> lists =
        [
            ById(Data(await company.GetJsonAsync("/api/messages"))),
            ById(Data(await company.GetJsonAsync($"/api/messages?conversation_id={company.Conversation}&direction=inbound"))),
            ById(Entries(await company.GetJsonAsync("/api/conversations"))),
            ById(Entries(await company.GetJsonAsync("/api/conversations?needs=dispatcher"))),
            ById((await company.GetJsonAsync($"/api/transports/{company.Transport}")).GetProperty("timeline").EnumerateArray().Select(entry => entry.GetProperty("message")).Where(message => message.ValueKind == JsonValueKind.Object)),
            ById([await company.GetJsonAsync($"/api/messages/{lost}"), await company.GetJsonAsync($"/api/messages/{kept}")]),
        ];

        foreach (var shown in lists)
        {
            Assert.Equal((true, "", "inbound", "text", "received"), Facts(shown[lost]));
            Assert.Equal(company.Driver, shown[lost].GetProperty("driver_id").GetGuid());
            Assert.Equal(JsonValueKind.Null, shown[lost].GetProperty("buttons").ValueKind);
            Assert.Equal((false, "Kept words", "inbound", "text", "received"), Facts(shown[kept]));
        }
    }

    [Fact]
    public async Task A_photo_whose_message_does_not_open_can_still_be_had()
    {
        using var company = await ApiCompany.SetUpAsync(api.Host, "photo_haulage_001");
        var message = (await company.GetJsonAsync($"/api/media/{company.Medium}")).GetProperty("message_id").GetGuid();
        await SpoilAsync(api.Host, "message_logs", "content", message);

        var medium = await company.GetJsonAsync($"/api/media/{company.Medium}");

        Assert.Equal(("image/jpeg", JsonValueKind.Null), (medium.GetProperty("mime_type").GetString(), medium.GetProperty("file_name").ValueKind));
        Assert.NotEqual(JsonValueKind.Null, medium.GetProperty("url").ValueKind);
    }

    [Fact]
    public async Task An_alert_tells_of_a_message_that_did_not_open_when_it_was_looked_at()
    {
        using var company = await ApiCompany.SetUpAsync(api.Host, "alerted_haulage_001");
        var lost = new[] { await company.AddInboundAsync("Lost words"), await company.AddInboundAsync("Lost words too") };
        await company.GetJsonAsync("/api/messages");
        Assert.Empty(await AlertsAsync(company));
        foreach (var message in lost) await SpoilAsync(api.Host, "message_logs", "content", message);

        for (var twice = 0; twice < 2; twice++) await company.GetJsonAsync("/api/messages");

        var alert = Assert.Single(await AlertsAsync(company));
        Assert.Equal(("critical", 2), (alert.GetProperty("severity").GetString(), alert.GetProperty("count").GetInt32()));
        Assert.Contains(alert.GetProperty("subject").GetGuid(), lost);
    }

    [Fact]
    public async Task A_chat_and_a_driver_that_do_not_open_are_shown_with_their_facts_and_take_no_others_with_them()
    {
        using var company = await ApiCompany.SetUpAsync(api.Host, "nameless_haulage_001");
        var other = await company.AddDriverAsync("driver-2", "Ben", "+15558232000");
        await SpoilAsync(api.Host, "drivers", "name", company.Driver);
        await SpoilAsync(api.Host, "drivers", "whatsapp_number", company.Driver);
        await SpoilAsync(api.Host, "conversations", "identity", company.Conversation);

        var drivers = ById(Data(await company.GetJsonAsync("/api/drivers")));
        var chats = ById(Data(await company.GetJsonAsync("/api/conversations")));
        var consent = await company.GetJsonAsync($"/api/drivers/{company.Driver}/consent");

        foreach (var driver in new[] { drivers[company.Driver], await company.GetJsonAsync($"/api/drivers/{company.Driver}") })
        {
            Assert.Equal((true, "", "driver-1"), (IsUnreadable(driver), driver.GetProperty("name").GetString(), driver.GetProperty("samsara_driver_id").GetString()));
            Assert.Equal(JsonValueKind.Null, driver.GetProperty("whatsapp_number").ValueKind);
        }
        Assert.Equal((false, "Ben"), (IsUnreadable(drivers[other]), drivers[other].GetProperty("name").GetString()));
        var chat = chats[company.Conversation];
        Assert.Equal((true, JsonValueKind.Null, ""), (IsUnreadable(chat), chat.GetProperty("whatsapp_number").ValueKind, chat.GetProperty("drivers")[0].GetProperty("name").GetString()));
        Assert.Equal("Where do I park?", chat.GetProperty("entries")[0].GetProperty("message").GetProperty("text").GetString());
        Assert.All(chats.Where(c => c.Key != company.Conversation), c => Assert.False(IsUnreadable(c.Value)));
        Assert.Equal((true, "", "granted"), (IsUnreadable(consent), consent.GetProperty("driver_name").GetString(), consent.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task Whatever_else_does_not_open_leaves_its_list_as_it_was()
    {
        using var company = await ApiCompany.SetUpAsync(api.Host, "patchy_haulage_001");
        await SpoilAsync(api.Host, "inbox", "external_id", company.Event);
        await SpoilAsync(api.Host, "webhook_endpoints", "url", company.WebhookEndpoint);
        await SpoilAsync(api.Host, "imports", "reading", company.Import);
        await api.Host.Database.ExecuteAsAdminAsync("update fleet.consent_records set text = '\\x00' where tenant_id = $1 and driver_id = $2", P.Text(company.Tenant.Value), P.Uuid(company.Willing));

        var events = ById(Data(await company.GetJsonAsync("/api/events")));
        var endpoints = ById(Data(await company.GetJsonAsync("/api/webhook-endpoints")));
        var imports = ById(Data(await company.GetJsonAsync("/api/imports")));
        var consent = await company.GetJsonAsync($"/api/drivers/{company.Willing}/consent");

        Assert.Equal((true, ""), (IsUnreadable(events[company.Event]), events[company.Event].GetProperty("external_id").GetString()));
        Assert.Equal((true, ""), (IsUnreadable(endpoints[company.WebhookEndpoint]), endpoints[company.WebhookEndpoint].GetProperty("url").GetString()));
        Assert.Equal((false, "https://hooks.example.com/fleetchat"), (IsUnreadable(endpoints[company.SpareWebhookEndpoint]), endpoints[company.SpareWebhookEndpoint].GetProperty("url").GetString()));
        Assert.True(IsUnreadable(imports[company.Import]));
        Assert.True(IsUnreadable(await company.GetJsonAsync($"/api/imports/{company.Import}")));
        Assert.False(IsUnreadable(imports[company.SpareImport]));
        var said = consent.GetProperty("history")[0];
        Assert.Equal((true, JsonValueKind.Null, 64), (IsUnreadable(said), said.GetProperty("text").ValueKind, said.GetProperty("text_hash").GetString()!.Length));
        Assert.NotEmpty((await company.GetJsonAsync($"/api/events/{company.Event}/why")).EnumerateObject());
    }

    [Fact]
    public async Task What_was_left_out_is_logged_once_for_each_answer_with_its_count_and_its_company()
    {
        var log = new UnreadableLog();
        await using var host = await ApiHost.StartAsync("unreadable", configure: builder => builder.Logging.AddProvider(log));
        using var company = await ApiCompany.SetUpAsync(host, "logged_haulage_001");
        for (var i = 0; i < 3; i++) await SpoilAsync(host, "message_logs", "content", await company.AddInboundAsync($"Lost words {i}", waits: false));

        await company.GetJsonAsync("/api/messages");
        await company.GetJsonAsync("/api/drivers");

        Assert.Equal(["3 values of logged_haulage_001 could not be opened and were left out of an answer"], log.Lines.Order());
    }

    /// <summary>What lies there is nothing that any key opens.</summary>
    private static Task SpoilAsync(ApiHost host, string table, string column, Guid id) => host.Database.ExecuteAsAdminAsync($"update fleet.{table} set {column} = '\\x00' where id = $1", P.Uuid(id));

    private static IEnumerable<JsonElement> Data(JsonElement page) => page.GetProperty("data").EnumerateArray();

    private static IEnumerable<JsonElement> Entries(JsonElement page) => Data(page).SelectMany(chat => chat.GetProperty("entries").EnumerateArray()).Select(entry => entry.GetProperty("message"));

    private static Dictionary<Guid, JsonElement> ById(IEnumerable<JsonElement> rows) => rows.ToDictionary(row => row.GetProperty("id").GetGuid());

    private static bool IsUnreadable(JsonElement row) => row.GetProperty("unreadable").GetBoolean();

    private static (bool, string?, string?, string?, string?) Facts(JsonElement message)
        => (IsUnreadable(message), message.GetProperty("text").GetString(), message.GetProperty("direction").GetString(), message.GetProperty("kind").GetString(), message.GetProperty("status").GetString());

    private static async Task<List<JsonElement>> AlertsAsync(ApiCompany company)
        => [.. Data(await company.GetJsonAsync("/api/alerts")).Where(alert => alert.GetProperty("code").GetString() == "message.unreadable")];

    private sealed class UnreadableLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => categoryName == typeof(UnreadableRows).FullName ? this : NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
