using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using FleetChat.Core.Data;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Http;

public sealed partial class ListTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Pages_hold_every_row_once_and_in_order()
    {
        using var company = await ApiCompany.SetUpAsync(api.Host, "paging_haulage_001");
        var start = new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
        // Three at each time: the order among them is the ids'.
        for (var i = 0; i < 24; i++) await company.AddInboundAsync($"message {i}", start.AddMinutes(i / 3), waits: false);

        var all = await AllAsync(company, "/api/messages?limit=200");
        var byFive = await AllAsync(company, "/api/messages?limit=5");

        // With the two that every company of these tests has.
        Assert.Equal(26, all.Count);
        Assert.Equal(Ids(all), Ids(byFive));
        Assert.Equal(all.OrderByDescending(m => m.GetProperty("timestamp").GetDateTimeOffset()).Select(m => m.GetProperty("timestamp").GetDateTimeOffset()), all.Select(m => m.GetProperty("timestamp").GetDateTimeOffset()));
    }

    [Theory]
    [InlineData("/api/drivers")]
    [InlineData("/api/transports")]
    [InlineData("/api/conversations")]
    [InlineData("/api/conversations?needs=dispatcher")]
    [InlineData("/api/alerts?include=closed")]
    [InlineData("/api/events")]
    [InlineData("/api/webhook-endpoints")]
    public async Task Every_list_goes_on_where_its_page_ended(string path)
    {
        using var company = await ApiCompany.SetUpAsync(api.Host, $"list{path.GetHashCode(StringComparison.Ordinal):x}_001");
        await company.AddSecondOfEverythingAsync();
        var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';

        var all = await AllAsync(company, path);
        var oneByOne = await AllAsync(company, $"{path}{separator}limit=1");

        Assert.True(all.Count >= 2, $"{path} has {all.Count}");
        Assert.Equal(Ids(all), Ids(oneByOne));
    }

    [Fact]
    public async Task Cursor_of_another_company_or_filter_is_refused()
    {
        await api.A.AddInboundAsync("one more", waits: false);
        var cursor = (await api.A.GetJsonAsync("/api/messages?limit=1")).GetProperty("next_cursor").GetString();
        Assert.NotNull(cursor);

        using var foreign = await api.B.GetAsync($"/api/messages?limit=1&cursor={cursor}");
        using var filtered = await api.A.GetAsync($"/api/messages?limit=1&direction=inbound&cursor={cursor}");
        using var elsewhere = await api.A.GetAsync($"/api/alerts?limit=1&cursor={cursor}");

        foreach (var response in new[] { foreign, filtered, elsewhere })
            Assert.Equal("cursor", HttpAssert.Field(await HttpAssert.ProblemAsync(response, HttpStatusCode.BadRequest, "request.cursor_invalid")));
    }

    [Fact]
    public async Task Filters_leave_only_what_they_say()
    {
        var other = await api.A.AddDriverAsync("driver-filter", "Ben", "+15558239999");

        Assert.Equal(api.A.Transport, Single(await AllAsync(api.A, $"/api/transports?driver_id={api.A.Driver}&status=en_route")));
        Assert.Empty(await AllAsync(api.A, $"/api/transports?driver_id={other}"));
        Assert.Empty(await AllAsync(api.A, "/api/transports?status=completed"));
        Assert.Empty(await AllAsync(api.A, "/api/drivers?status=deactivated"));
        Assert.Empty(await AllAsync(api.A, "/api/messages?direction=outbound"));
        Assert.Empty(await AllAsync(api.A, $"/api/messages?driver_id={other}"));
        Assert.Contains(api.A.Message.ToString(), Ids(await AllAsync(api.A, $"/api/messages?transport_id={api.A.Transport}&conversation_id={api.A.Conversation}&direction=inbound")));
    }

    [Fact]
    public async Task Transport_has_its_stops_and_a_timeline_of_events_and_messages()
    {
        var transport = await api.A.GetJsonAsync($"/api/transports/{api.A.Transport}");

        Assert.Equal("Dock 4, Dallas", Assert.Single(transport.GetProperty("stops").EnumerateArray()).GetProperty("name").GetString());
        var timeline = transport.GetProperty("timeline").EnumerateArray().ToList();
        Assert.Equal("stop_arrived", timeline[0].GetProperty("what").GetString());
        Assert.Equal("Where do I park?", timeline[1].GetProperty("message").GetProperty("text").GetString());
        Assert.Equal(timeline.OrderBy(At).Select(At), timeline.Select(At));

        static DateTimeOffset At(JsonElement entry) => entry.GetProperty("at").GetDateTimeOffset();
    }

    [Fact]
    public async Task Driver_and_tenant_are_shown_with_readable_names_and_without_secrets()
    {
        var driver = await api.A.GetJsonAsync($"/api/drivers/{api.A.Driver}");
        var tenant = await api.A.GetJsonAsync("/api/tenant");

        Assert.Equal($"Ana of {api.A.Tenant}", driver.GetProperty("name").GetString());
        Assert.Equal("+15558231000", driver.GetProperty("whatsapp_number").GetString());
        var configuration = tenant.GetProperty("configuration");
        Assert.Equal($"https://fleetchat.example/api/samsara/webhook/{api.A.Tenant}", configuration.GetProperty("samsara_config").GetProperty("webhook_url").GetString());
        Assert.Equal("managed_by_fleetchat", configuration.GetProperty("whatsapp_config").GetProperty("business_account_id").GetString());
        Assert.True(configuration.GetProperty("samsara_config").GetProperty("webhook_secret").GetProperty("set").GetBoolean());
        Assert.DoesNotContain("api-token", tenant.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("access-token", tenant.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Closed_alerts_are_shown_when_asked_for()
    {
        await api.B.GetJsonAsync("/api/alerts");
        await api.Host.Database.ExecuteAsAdminAsync("update fleet.alerts set closed_at = now() where tenant_id = $1", P.Text(api.B.Tenant.Value));

        Assert.Empty(await AllAsync(api.B, "/api/alerts"));
        Assert.NotEmpty(await AllAsync(api.B, "/api/alerts?include=closed"));
    }

    [Fact]
    public async Task Times_are_in_UTC_with_a_Z()
    {
        var texts = Time().Matches((await api.A.GetJsonAsync($"/api/transports/{api.A.Transport}")).ToString()).Select(match => match.Value).ToList();

        Assert.NotEmpty(texts);
        Assert.All(texts, text => Assert.EndsWith("Z\"", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_drivers_who_share_a_phone_share_the_conversation()
    {
        var second = await api.A.AddDriverAsync("driver-shared", "Carla", "+15558231000");

        var conversation = (await AllAsync(api.A, "/api/conversations")).Single(c => c.GetProperty("id").GetGuid() == api.A.Conversation);

        Assert.Equal("+15558231000", conversation.GetProperty("whatsapp_number").GetString());
        Assert.Equal([$"Ana of {api.A.Tenant}", "Carla"], conversation.GetProperty("drivers").EnumerateArray().Select(d => d.GetProperty("name").GetString()!).Order(StringComparer.Ordinal));
        Assert.Contains(second.ToString(), conversation.ToString(), StringComparison.Ordinal);
    }

    private static async Task<List<JsonElement>> AllAsync(ApiCompany company, string path)
    {
        var rows = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            var page = await company.GetJsonAsync(cursor is null ? path : $"{path}{separator}cursor={cursor}");
            rows.AddRange(page.GetProperty("data").EnumerateArray());
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);
        return rows;
    }

    private static Guid Single(List<JsonElement> rows) => Assert.Single(rows).GetProperty("id").GetGuid();

    private static IEnumerable<string> Ids(List<JsonElement> rows) => rows.Select(row => row.GetProperty("id").GetString()!);

    [GeneratedRegex("\"\\d{4}-\\d\\d-\\d\\dT[^\"]*\"")]
    private static partial Regex Time();
}
