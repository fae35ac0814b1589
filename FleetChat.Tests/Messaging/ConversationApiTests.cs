using System.Net;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Tests.Guards;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Messaging;

public sealed class ConversationApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Conversations_that_wait_longest_come_first_with_what_waits_in_them()
    {
        using var company = await ApiCompany.SetUpAsync(api.Host, "waiting_haulage_001");
        await company.AddSecondOfEverythingAsync();

        var waiting = (await company.GetJsonAsync("/api/conversations?needs=dispatcher")).GetProperty("data").EnumerateArray().ToList();

        Assert.Equal(2, waiting.Count);
        Assert.Equal(waiting.OrderBy(Since).Select(Since), waiting.Select(Since));
        var entry = waiting.Single(c => c.GetProperty("id").GetGuid() == company.Conversation).GetProperty("entries")[0];
        Assert.Equal("free_text", entry.GetProperty("reason").GetString());
        Assert.Equal("Where do I park?", entry.GetProperty("message").GetProperty("text").GetString());

        static DateTimeOffset Since(JsonElement conversation) => conversation.GetProperty("entries")[0].GetProperty("since").GetDateTimeOffset();
    }

    [Fact]
    public async Task Handled_ends_what_waited_and_repeating_it_ends_nothing_more()
    {
        using var company = await ApiCompany.SetUpAsync(api.Host, "handled_haulage_001");
        await company.AddInboundAsync("Hello?");

        Assert.Equal(2, await HandleAsync(company, null));
        Assert.Equal(0, await HandleAsync(company, "{}"));

        Assert.Empty((await company.GetJsonAsync("/api/conversations?needs=dispatcher")).GetProperty("data").EnumerateArray());
        Assert.Equal($"api_key:{company.Key.KeyId}", await api.Host.Database.ScalarAsAdminAsync<string>(
            "select distinct handled_by from fleet.dispatcher_entries where tenant_id = $1", P.Text(company.Tenant.Value)));
    }

    [Fact]
    public async Task Handled_through_a_message_leaves_what_came_after_it()
    {
        using var company = await ApiCompany.SetUpAsync(api.Host, "through_haulage_001");
        var seen = await company.AddInboundAsync("Seen by the dispatcher", DateTimeOffset.UnixEpoch.AddYears(56));
        var later = await company.AddInboundAsync("Came a moment later", DateTimeOffset.UnixEpoch.AddYears(56).AddSeconds(1));

        Assert.Equal(1, await HandleAsync(company, $$"""{"through_message_id":"{{seen}}"}"""));

        var open = (await company.GetJsonAsync("/api/conversations?needs=dispatcher")).GetProperty("data")[0].GetProperty("entries")
            .EnumerateArray().Select(e => e.GetProperty("message").GetProperty("id").GetGuid());
        Assert.Equal([later, company.Message], open);
    }

    [Fact]
    [Catches(Guard.Window)]
    public async Task Window_is_shown_while_it_is_open()
    {
        using var company = await ApiCompany.SetUpAsync(api.Host, "window_haulage_001");
        var now = TimeProvider.System.GetUtcNow();

        await SetLastInboundAsync(company, now.AddHours(-1));
        var open = await OwnAsync(company);
        await SetLastInboundAsync(company, now.AddHours(-24));
        var closed = await OwnAsync(company);

        var until = open.GetProperty("window_open_until").GetDateTimeOffset();
        Assert.InRange(until, now.AddHours(22.8), now.AddHours(23));
        Assert.Equal(JsonValueKind.Null, closed.GetProperty("window_open_until").ValueKind);
    }

    [Theory]
    [InlineData(-1, "text")]
    [InlineData(-30, "template")]
    [Catches(Guard.Window)]
    public async Task Message_to_a_driver_is_text_inside_the_window_and_a_template_outside(int hours, string kind)
    {
        using var company = await ApiCompany.SetUpAsync(api.Host, $"writes_{kind}_001");
        await SetLastInboundAsync(company, TimeProvider.System.GetUtcNow().AddHours(hours));

        using var response = await company.PostAsync($"/api/drivers/{company.Driver}/messages", """{"text":"Gate 7, please."}""");

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var taken = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(kind, taken.GetProperty("kind").GetString());
        var message = await company.GetJsonAsync($"/api/messages/{taken.GetProperty("message_id").GetString()}");
        Assert.Equal("outbound", message.GetProperty("direction").GetString());
        Assert.Equal(kind, message.GetProperty("kind").GetString());
        Assert.Equal($"dispatcher_message:api_key:{company.Key.KeyId}", message.GetProperty("reason").GetString());
        Assert.Contains("Gate 7, please.", message.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_reaches_the_sender_by_its_nudge()
    {
        using var response = await api.A.PostAsync($"/api/drivers/{api.A.Driver}/messages", """{"text":"Gate 7, please."}""");
        var id = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("message_id").GetGuid();

        await Until.TrueAsync(
            async () => (await api.A.GetJsonAsync($"/api/messages/{id}")).GetProperty("attempts").GetInt32() > 0,
            because: "the message to be tried, although nobody answers in WhatsApp's place");
    }

    [Fact]
    public async Task Driver_who_has_not_consented_is_not_written_to()
    {
        await api.Host.Database.ExecuteAsAdminAsync("update fleet.drivers set consent_status = 'withdrawn' where id = $1", P.Uuid(api.B.Driver));

        using var response = await api.B.PostAsync($"/api/drivers/{api.B.Driver}/messages", """{"text":"Hello."}""");

        await HttpAssert.ProblemAsync(response, HttpStatusCode.Conflict, "messaging.driver_has_not_consented");
    }

    private static async Task<int> HandleAsync(ApiCompany company, string? body)
    {
        using var response = await company.PostAsync($"/api/conversations/{company.Conversation}/handled", body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("handled").GetInt32();
    }

    private static async Task<JsonElement> OwnAsync(ApiCompany company)
        => (await company.GetJsonAsync("/api/conversations")).GetProperty("data").EnumerateArray().Single(c => c.GetProperty("id").GetGuid() == company.Conversation);

    private Task SetLastInboundAsync(ApiCompany company, DateTimeOffset at) => api.Host.Database.ExecuteAsAdminAsync(
        "update fleet.conversations set last_inbound_at = $2 where id = $1", P.Uuid(company.Conversation), P.Time(at));
}
