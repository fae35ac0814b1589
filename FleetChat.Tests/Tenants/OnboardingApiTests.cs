using System.Net;
using System.Text.Json;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Tenants;

/// <summary>Onboarding over HTTP, with its orchestration at work. AccessTests tells who may.</summary>
[Collection(nameof(ConnectedFixture))]
public sealed class OnboardingApiTests(ConnectedFixture host)
{
    [Fact]
    public async Task Begun_looked_at_taken_back_and_gone()
    {
        var id = await host.RegisteredAsync("Short Stay");
        var path = $"{ConnectedFixture.Platform}/{id}/onboarding";
        using (var none = await host.AsOperatorAsync(HttpMethod.Get, path)) await HttpAssert.ProblemAsync(none, HttpStatusCode.NotFound, "onboarding.not_found");

        var begun = await ConnectedFixture.JsonAsync(await host.AsOperatorAsync(HttpMethod.Post, path));
        var again = await ConnectedFixture.JsonAsync(await host.AsOperatorAsync(HttpMethod.Post, path));
        Assert.Equal(("running", begun.GetProperty("started_at").GetString()), (Text(again, "state"), again.GetProperty("started_at").GetString()));
        Assert.Equal(["registration", "number", "display_name", "templates", "samsara", "roster", "activation"], begun.GetProperty("steps").EnumerateArray().Select(step => Text(step, "step")));
        await Until.TrueAsync(async () => (await ConnectedFixture.JsonAsync(await host.AsOperatorAsync(HttpMethod.Get, path))).GetProperty("for_people").GetArrayLength() == 2, because: "it to say what people have to do");

        Assert.Contains(Text(await ConnectedFixture.JsonAsync(await host.AsOperatorAsync(HttpMethod.Delete, path)), "state"), new[] { "undoing", "undone" });
        await Until.TrueAsync(async () => Text(await ConnectedFixture.JsonAsync(await host.AsOperatorAsync(HttpMethod.Get, path)), "state") == "undone", because: "it to be undone");
        Assert.Equal("terminated", Text(await host.CompanyAsync(id), "status"));
        using var late = await host.ChangeAsync(id, new { company_name = "Too late" });
        await HttpAssert.ProblemAsync(late, HttpStatusCode.Conflict, "tenants.leaving");
    }

    [Fact]
    public async Task A_company_that_works_already_is_not_brought_in()
    {
        using var answer = await host.AsOperatorAsync(HttpMethod.Post, $"{ConnectedFixture.Platform}/{host.A.Tenant}/onboarding");
        await HttpAssert.ProblemAsync(answer, HttpStatusCode.Conflict, "onboarding.over");
        using var own = await host.A.GetAsync("/api/onboarding");
        await HttpAssert.ProblemAsync(own, HttpStatusCode.NotFound, "onboarding.not_found");
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
