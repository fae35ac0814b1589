using System.Net;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Messaging.Rules;

public sealed class RuleApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Company_changes_its_own_rule_and_nobody_elses()
    {
        var answer = await PatchAsync("stop_departed", """{"is_on":true,"urgency":"normal"}""");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(await IsOnAsync(api.A));
        Assert.False(await IsOnAsync(api.B));
    }

    [Theory]
    [InlineData("no_such_rule", """{"is_on":true}""", HttpStatusCode.NotFound)]
    [InlineData("stop_arrived", """{"urgency":"very"}""", HttpStatusCode.BadRequest)]
    [InlineData("eta_slipped", """{"settle_seconds":-1}""", HttpStatusCode.BadRequest)]
    [InlineData("stop_coming_up", """{"lead_minutes":100000}""", HttpStatusCode.BadRequest)]
    [InlineData("eta_slipped", """{"threshold_minutes":1441}""", HttpStatusCode.BadRequest)]
    [InlineData("stop_arrived", """{"settle_seconds":60}""", HttpStatusCode.BadRequest)]
    [InlineData("stop_arrived", """{"lead_minutes":10}""", HttpStatusCode.BadRequest)]
    [InlineData("stop_departed", """{"threshold_minutes":5}""", HttpStatusCode.BadRequest)]
    [InlineData("stop_arrived", """{"template":"x"}""", HttpStatusCode.BadRequest)]
    public async Task What_makes_no_sense_is_refused_and_changes_nothing(string rule, string body, HttpStatusCode expected)
        => Assert.Equal(expected, (await PatchAsync(rule, body)).StatusCode);

    private Task<HttpResponseMessage> PatchAsync(string rule, string body)
        => api.A.SendAsync(new(HttpMethod.Patch, $"/api/rules/{rule}") { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") });

    private static async Task<bool> IsOnAsync(ApiCompany company)
        => (await company.GetJsonAsync("/api/rules")).GetProperty("data").EnumerateArray().Single(r => r.GetProperty("id").GetString() == "stop_departed").GetProperty("is_on").GetBoolean();
}
