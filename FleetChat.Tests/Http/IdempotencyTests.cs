using System.Net;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Http;

public sealed class IdempotencyTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private string Path => $"/api/drivers/{api.A.Driver}/messages";

    [Fact]
    public async Task Repeat_gets_the_same_answer_and_sends_nothing()
    {
        using var first = await api.A.PostAsync(Path, """{"text":"Gate 7."}""", "repeat");
        using var repeat = await api.A.PostAsync(Path, """{"text":"Gate 7."}""", "repeat");

        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, repeat.StatusCode);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await repeat.Content.ReadAsStringAsync());
        Assert.Equal("true", repeat.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Equal(HeadersOf(first), HeadersOf(repeat));
        Assert.False(first.Headers.Contains("Idempotent-Replayed"));
        Assert.Equal(1, await MessagesAsync("repeat"));
    }

    [Fact]
    public async Task Other_body_or_other_route_under_the_same_key_gets_422()
    {
        using var first = await api.A.PostAsync(Path, """{"text":"Gate 7."}""", "reused");
        using var otherBody = await api.A.PostAsync(Path, """{"text":"Gate 8."}""", "reused");
        using var otherRoute = await api.A.PostAsync($"/api/conversations/{api.A.Conversation}/handled", null, "reused");

        await HttpAssert.ProblemAsync(otherBody, HttpStatusCode.UnprocessableEntity, "idempotency.key_reused");
        await HttpAssert.ProblemAsync(otherRoute, HttpStatusCode.UnprocessableEntity, "idempotency.key_reused");
        Assert.Equal(1, await MessagesAsync("reused"));
    }

    [Fact]
    public async Task Many_at_once_make_one_message()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => api.A.PostAsync(Path, """{"text":"Gate 7."}""", "at-once")));

        Assert.All(answers, answer => Assert.True(answer.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.Conflict));
        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.Accepted);
        Assert.Single(answers.Where(a => a.StatusCode == HttpStatusCode.Accepted).Select(a => a.Content.ReadAsStringAsync().Result).Distinct());
        Assert.Equal(1, await MessagesAsync("at-once"));
    }

    [Fact]
    public async Task While_the_first_is_at_work_the_repeat_is_told_when_to_come_back()
    {
        using var first = await api.A.PostAsync(Path, """{"text":"Gate 7."}""", "running");
        await ForgetAnswerAsync("running", age: "0 seconds");

        using var repeat = await api.A.PostAsync(Path, """{"text":"Gate 7."}""", "running");

        await HttpAssert.ProblemAsync(repeat, HttpStatusCode.Conflict, "idempotency.still_running");
        Assert.Equal(TimeSpan.FromSeconds(5), repeat.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task When_the_first_died_after_its_work_the_repeat_finds_that_work()
    {
        using var first = await api.A.PostAsync(Path, """{"text":"Gate 7."}""", "died");
        await ForgetAnswerAsync("died", age: "61 seconds");

        using var repeat = await api.A.PostAsync(Path, """{"text":"Gate 7."}""", "died");

        Assert.Equal(await first.Content.ReadAsStringAsync(), await repeat.Content.ReadAsStringAsync());
        Assert.Equal(1, await MessagesAsync("died"));
    }

    [Fact]
    public async Task Refusal_is_repeated_too()
    {
        using var first = await api.A.PostAsync("/api/drivers/no-such-driver/messages", """{"text":"Gate 7."}""", "refused");
        using var repeat = await api.A.PostAsync("/api/drivers/no-such-driver/messages", """{"text":"Gate 7."}""", "refused");

        await HttpAssert.ProblemAsync(first, HttpStatusCode.NotFound, "drivers.not_found");
        await HttpAssert.ProblemAsync(repeat, HttpStatusCode.NotFound, "drivers.not_found");
        Assert.True(repeat.Headers.Contains("Idempotent-Replayed"));
    }

    [Fact]
    public async Task Key_that_is_too_long_or_not_printable_is_refused()
    {
        using var tooLong = await api.A.PostAsync(Path, """{"text":"Gate 7."}""", new string('k', 256));

        await HttpAssert.ProblemAsync(tooLong, HttpStatusCode.BadRequest, "idempotency.key_invalid");
    }

    [Fact]
    public async Task Without_a_key_each_request_is_a_message_of_its_own()
    {
        using var one = await api.A.PostAsync(Path, """{"text":"Gate 9."}""");
        using var two = await api.A.PostAsync(Path, """{"text":"Gate 9."}""");

        Assert.NotEqual(await MessageIdAsync(one), await MessageIdAsync(two));
    }

    private static IEnumerable<string> HeadersOf(HttpResponseMessage response)
        => response.Headers.Concat(response.Content.Headers).Where(HttpAssert.IsComparable).Where(header => header.Key != "Idempotent-Replayed").Select(header => $"{header.Key}: {string.Join(',', header.Value)}");

    private static async Task<Guid> MessageIdAsync(HttpResponseMessage response)
        => JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("message_id").GetGuid();

    private Task<long> MessagesAsync(string key) => api.Host.Database.ScalarAsAdminAsync<long>("""
        select count(*)
        from fleet.message_logs
        where effect_key like 'api:' || $1 || ':%'
        """, P.Text(key));

    // As a process leaves it that dies between its work and its answer.
    private Task ForgetAnswerAsync(string key, string age) => api.Host.Database.ExecuteAsAdminAsync("""
        update fleet.idempotency_keys
        set status_code = null, response = null, created_at = now() - $2::interval
        where key = $1
        """, P.Text(key), P.Text(age));
}
