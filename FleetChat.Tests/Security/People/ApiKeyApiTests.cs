using System.Net;
using System.Text.Json;
using System.Text;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Tests.Http;

namespace FleetChat.Tests.Security.People;

public sealed class ApiKeyApiTests(PeopleFixture people) : IClassFixture<PeopleFixture>
{
    private DateTimeOffset Now => people.Host.Get<TimeProvider>().GetUtcNow();

    [Fact]
    public async Task Key_is_shown_once_works_and_stands_in_the_list_without_its_secret()
    {
        var made = await JsonAsync(await PostAsync("/api/keys", """{"name":"ERP","scopes":["read"]}"""));
        var token = made.GetProperty("token").GetString()!;
        using var used = await people.SendAsync(token, "/api/drivers");
        var list = (await JsonAsync(await people.AskAsync(Roles.TenantAdmin, "/api/keys"))).ToString();

        Assert.Equal(HttpStatusCode.OK, used.StatusCode);
        Assert.Contains(made.GetProperty("key").GetProperty("id").GetString()!, list, StringComparison.Ordinal);
        Assert.DoesNotContain(token[^43..], list, StringComparison.Ordinal);
        Assert.StartsWith("user:", await AuditAsync("api_key.created", IdOf(made)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repeated_request_makes_one_key_and_shows_the_same()
    {
        var first = await JsonAsync(await PostAsync("/api/keys", """{"name":"twice","scopes":["read"]}""", "key-twice"));
        var again = await JsonAsync(await PostAsync("/api/keys", """{"name":"twice","scopes":["read"]}""", "key-twice"));

        Assert.Equal(first.ToString(), again.ToString());
        Assert.Equal(1, await CountAsync("twice"));
    }

    [Fact]
    public async Task Request_that_died_before_its_answer_makes_no_second_key_and_the_one_it_shows_works()
    {
        await JsonAsync(await PostAsync("/api/keys", """{"name":"died","scopes":["read"]}""", "key-died"));
        await people.Host.Database.ExecuteAsAdminAsync("update fleet.idempotency_keys set status_code = null, response = null, created_at = now() - interval '2 minutes' where key = 'key-died'");

        var again = await JsonAsync(await PostAsync("/api/keys", """{"name":"died","scopes":["read"]}""", "key-died"));

        Assert.Equal(1, await CountAsync("died"));
        using var used = await people.SendAsync(again.GetProperty("token").GetString()!, "/api/drivers");
        Assert.Equal(HttpStatusCode.OK, used.StatusCode);
    }

    [Fact]
    public async Task Old_key_lives_on_until_its_given_end_and_the_successor_has_what_it_had()
    {
        var old = await JsonAsync(await PostAsync("/api/keys", $$"""{"name":"rotated","scopes":["read","write"],"expires_at":"{{Now.AddDays(90):O}}"}"""));
        var until = Now.AddHours(2);

        var rotated = await JsonAsync(await PostAsync($"/api/keys/{IdOf(old)}/rotate", $$"""{"old_expires_at":"{{until:O}}"}"""));

        foreach (var token in new[] { old, rotated })
        {
            using var used = await people.SendAsync(token.GetProperty("token").GetString()!, "/api/drivers");
            Assert.Equal(HttpStatusCode.OK, used.StatusCode);
        }
        var successor = rotated.GetProperty("key");
        Assert.Equal("rotated read,write", $"{successor.GetProperty("name")} {string.Join(',', successor.GetProperty("scopes").EnumerateArray())}");
        Assert.Equal(Now.AddDays(90), successor.GetProperty("expires_at").GetDateTimeOffset(), TimeSpan.FromMinutes(1));
        Assert.Equal(until, rotated.GetProperty("old_expires_at").GetDateTimeOffset(), TimeSpan.FromSeconds(1));

        var ended = await JsonAsync(await PostAsync($"/api/keys/{IdOf(rotated)}/rotate", $$"""{"old_expires_at":"{{Now.AddSeconds(1):O}}"}"""));
        await Until.TrueAsync(
            async () =>
            {
                using var refused = await people.SendAsync(rotated.GetProperty("token").GetString()!, "/api/drivers");
                return refused.StatusCode == HttpStatusCode.Unauthorized;
            },
            because: "the old key to end");
        using var last = await people.SendAsync(ended.GetProperty("token").GetString()!, "/api/drivers");
        Assert.Equal(HttpStatusCode.OK, last.StatusCode);
        using var tooLate = await PostAsync($"/api/keys/{IdOf(rotated)}/rotate", null);
        await HttpAssert.ProblemAsync(tooLate, HttpStatusCode.Conflict, "api_keys.ended");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(31 * 24 * 60)]
    public async Task Overlap_that_is_over_or_too_long_is_refused(int minutes)
    {
        var key = await JsonAsync(await PostAsync("/api/keys", """{"name":"overlap","scopes":["read"]}"""));

        using var refused = await PostAsync($"/api/keys/{IdOf(key)}/rotate", $$"""{"old_expires_at":"{{Now.AddMinutes(minutes):O}}"}""");

        Assert.Equal("$.old_expires_at", HttpAssert.Field(await HttpAssert.ProblemAsync(refused, HttpStatusCode.BadRequest, "api_keys.overlap_invalid")));
    }

    [Fact]
    public async Task Rotation_does_not_lengthen_a_life()
    {
        var key = await JsonAsync(await PostAsync("/api/keys", $$"""{"name":"short","scopes":["read"],"expires_at":"{{Now.AddHours(1):O}}"}"""));

        var rotated = await JsonAsync(await PostAsync($"/api/keys/{IdOf(key)}/rotate", null));

        Assert.Equal(Now.AddHours(1), rotated.GetProperty("old_expires_at").GetDateTimeOffset(), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Revoked_key_is_refused_with_its_next_request()
    {
        var key = await JsonAsync(await PostAsync("/api/keys", """{"name":"revoked","scopes":["read"]}"""));

        using var revoked = await people.AskAsync(Roles.TenantAdmin, $"/api/keys/{IdOf(key)}", method: "DELETE");
        using var used = await people.SendAsync(key.GetProperty("token").GetString()!, "/api/drivers");

        Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);
        await HttpAssert.ProblemAsync(used, HttpStatusCode.Unauthorized, "access.unauthenticated");
        Assert.StartsWith("user:", await AuditAsync("api_key.revoked", IdOf(key)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DELETE", "")]
    [InlineData("POST", "/rotate")]
    public async Task Another_companys_key_gets_the_same_404_as_a_missing_one(string method, string then)
    {
        var answers = new List<string>();
        foreach (var id in new[] { people.B.Key.KeyId, "0123456789abcdef", "no id" })
        {
            using var response = await people.AskAsync(Roles.TenantAdmin, $"/api/keys/{Uri.EscapeDataString(id)}{then}", method: method);
            await HttpAssert.ProblemAsync(response, HttpStatusCode.NotFound, "api_keys.not_found");
            answers.Add(await response.Content.ReadAsStringAsync());
        }

        Assert.Single(answers.Distinct());
        using var used = await people.B.GetAsync("/api/drivers");
        Assert.Equal(HttpStatusCode.OK, used.StatusCode);
    }

    [Fact]
    public async Task List_goes_on_where_its_page_ended_and_holds_nothing_of_another_company()
    {
        for (var i = 0; i < 4; i++) await JsonAsync(await PostAsync("/api/keys", """{"name":"paged","scopes":["read"]}"""));

        var all = (await JsonAsync(await people.AskAsync(Roles.TenantAdmin, "/api/keys?limit=200"))).GetProperty("data").EnumerateArray().Select(key => key.GetProperty("id").GetString()!).ToList();
        var (oneByOne, cursor) = (new List<string>(), "");
        do
        {
            var page = await JsonAsync(await people.AskAsync(Roles.TenantAdmin, $"/api/keys?limit=1{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}"));
            oneByOne.AddRange(page.GetProperty("data").EnumerateArray().Select(key => key.GetProperty("id").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString() ?? "";
        }
        while (cursor.Length > 0);

        Assert.Equal(all, oneByOne);
        Assert.Contains(people.A.Key.KeyId, all);
        Assert.DoesNotContain(people.B.Key.KeyId, all);
    }

    [Theory]
    [InlineData("{}", "$.name")]
    [InlineData("""{"name":"x"}""", "$.scopes")]
    [InlineData("""{"name":"x","scopes":["everything"]}""", "$.scopes")]
    [InlineData("""{"name":"x","scopes":["read"],"expires_at":"2020-01-01T00:00:00Z"}""", "$.expires_at")]
    public async Task Key_that_makes_no_sense_is_not_made(string body, string field)
    {
        using var response = await PostAsync("/api/keys", body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(field, HttpAssert.Field(JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement));
    }

    private async Task<HttpResponseMessage> PostAsync(string path, string? json, string? idempotencyKey = null)
    {
        using var client = new DescribedClient { BaseAddress = people.Host.Address, DefaultRequestHeaders = { Authorization = new("Bearer", people.Issuer.Token(Roles.TenantAdmin)) } };
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        return await client.SendAsync(request);
    }

    private static string IdOf(JsonElement made) => made.GetProperty("key").GetProperty("id").GetString()!;

    private Task<long> CountAsync(string name) => people.Host.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.api_keys where name = $1", P.Text(name));

    private Task<string> AuditAsync(string action, string subject) => people.Host.Database.ScalarAsAdminAsync<string>(
        "select actor from fleet.audit_entries where action = $1 and subject = $2", P.Text(action), P.Text(subject));

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
            return JsonDocument.Parse(text).RootElement;
        }
    }
}
