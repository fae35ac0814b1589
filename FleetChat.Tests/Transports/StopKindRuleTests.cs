using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Transports;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Transports;

public sealed class StopKindRuleTests
{
    [Theory]
    [InlineData("""{"name":"PU Dallas"}""", "pickup")]
    [InlineData("""{"name":"Dallas","notes":"Live Unload, dock 4"}""", "delivery")]
    [InlineData("""{"name":"Dallas","externalIds":{"type":"FUEL"}}""", "other")]
    [InlineData("""{"name":"Dallas","externalIds":{"type":"fuel stop"}}""", "as it was")]
    [InlineData("""{"name":"PU Dallas","externalIds":{"fleetchatKind":"delivery"}}""", "as it was")]
    [InlineData("""{"address":{"name":"pu yard"}}""", "pickup")]
    [InlineData("""{}""", "as it was")]
    public void First_way_that_fits_decides_and_a_dispatchers_own_word_goes_before(string stop, string kind)
    {
        var rules = new StopKindRules(
        [
            new("name", "contains", "pu ", "pickup"), new("notes", "contains", "unload", "delivery"), new("external_id", "equals", "fuel", "other", "type"),
        ]);
        var told = JsonNode.Parse(stop)!.AsObject();
        told["id"] = "7";
        using var payload = JsonDocument.Parse(new JsonObject { ["data"] = new JsonObject { ["route"] = new JsonObject { ["stops"] = new JsonArray(told) } } }.ToJsonString());
        var fact = new RouteFact("1", null, null, "7", default, [new("7", 0, "as it was", null, "scheduled", null, null, null, null, IsListed: true)]);

        Assert.Equal(kind, rules.Apply(fact, payload.RootElement).Stops[0].Kind);
    }
}

public sealed class StopKindApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Good = """{"rules":[{"field":"name","match":"contains","value":"Dock","kind":"delivery"}]}""";

    [Fact]
    public async Task Company_says_by_rules_of_its_own_what_its_stops_are_for()
    {
        using var answer = await PutAsync(api.A, Good);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        Assert.Equal("delivery", (await api.A.GetJsonAsync("/api/stop-kinds")).GetProperty("rules")[0].GetProperty("kind").GetString());
        Assert.Equal(0, (await api.B.GetJsonAsync("/api/stop-kinds")).GetProperty("rules").GetArrayLength());
    }

    [Theory]
    [InlineData("{}", "$.rules")]
    [InlineData("""{"rules":[null]}""", "$.rules[0].field")]
    [InlineData("""{"rules":[{"field":"colour","match":"contains","value":"x","kind":"pickup"}]}""", "$.rules[0].field")]
    [InlineData("""{"rules":[{"field":"external_id","match":"equals","value":"x","kind":"pickup"}]}""", "$.rules[0].key")]
    [InlineData("""{"rules":[{"field":"name","match":"like","value":"x","kind":"pickup"}]}""", "$.rules[0].match")]
    [InlineData("""{"rules":[{"field":"name","match":"equals","value":"","kind":"pickup"}]}""", "$.rules[0].value")]
    [InlineData("""{"rules":[{"field":"name","match":"equals","value":"x","kind":"both"}]}""", "$.rules[0].kind")]
    public async Task What_is_no_rule_is_refused_with_its_place(string json, string path)
    {
        using var answer = await PutAsync(api.A, json);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(path, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> PutAsync(ApiCompany company, string json)
        => company.SendAsync(new(HttpMethod.Put, "/api/stop-kinds") { Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json") });
}
