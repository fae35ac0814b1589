using System.Net;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Tenants;

/// <summary>What a company sets of its own day.</summary>
public sealed class ChangeTenantTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Company_changes_its_own_settings_and_no_others()
    {
        var before = (await api.B.GetJsonAsync("/api/tenant")).GetProperty("configuration").GetRawText();
        using var answer = await PatchAsync("""{"escalate_after_minutes":30,"most_unasked_messages":3}""");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        var own = (await api.A.GetJsonAsync("/api/tenant")).GetProperty("configuration");
        Assert.Equal((30, 3, "load"), (own.GetProperty("escalate_after_minutes").GetInt32(), own.GetProperty("most_unasked_messages").GetInt32(), own.GetProperty("load_reference_key").GetString()));
        Assert.Equal(before, (await api.B.GetJsonAsync("/api/tenant")).GetProperty("configuration").GetRawText());
    }

    [Theory]
    [InlineData("""{"escalate_after_minutes":0}""", "$.escalate_after_minutes")]
    [InlineData("""{"escalate_after_minutes":1441}""", "$.escalate_after_minutes")]
    [InlineData("""{"most_unasked_messages":0}""", "$.most_unasked_messages")]
    [InlineData("""{"most_unasked_messages":101}""", "$.most_unasked_messages")]
    [InlineData("""{"most_unasked_messages":"six"}""", "$.most_unasked_messages")]
    [InlineData("""{"load_reference_key":""}""", "$.load_reference_key")]
    public async Task What_makes_no_sense_is_refused_with_its_place(string json, string path)
    {
        using var answer = await PatchAsync(json);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(path, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> PatchAsync(string json)
        => api.A.SendAsync(new(HttpMethod.Patch, "/api/tenant") { Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json") });
}
