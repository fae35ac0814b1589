using System.Net;
using System.Text;
using FleetChat.Functions.Security;
using FleetChat.Tests.Http;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Conventions;

/// <summary>A route that needs no API key because a signature guards it has to look at that signature.</summary>
public sealed class SignedRouteTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    public static TheoryData<string> Functions => [.. SignedRoutes.Names];

    private const string Count = "select count(*) from fleet.inbox";

    [Theory]
    [MemberData(nameof(Functions))]
    public async Task Without_a_signature_or_with_a_wrong_one_it_refuses_and_stores_nothing(string function)
    {
        var before = await api.Host.Database.ScalarAsAdminAsync<long>(Count);
        var route = Route.All.Single(r => r.Function == function);

        Assert.True(await AnswerAsync(route, signature: null) is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
        Assert.True(await AnswerAsync(route, signature: new string('0', 64)) is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
        Assert.Equal(before, await api.Host.Database.ScalarAsAdminAsync<long>(Count));
    }

    private async Task<HttpStatusCode> AnswerAsync(Route route, string? signature)
    {
        using var client = new HttpClient { BaseAddress = api.Host.Address };
        // What the handshake needs is in the query, where a POST does not look.
        var address = route.Path.Replace("{tenantId}", api.A.Tenant.Value, StringComparison.Ordinal) + $"?hub.mode=subscribe&hub.challenge=1&hub.verify_token={signature}";
        using var request = new HttpRequestMessage(new(route.Method), address);
        if (route.Method != "get") request.Content = new StringContent("""{"eventType":"Ping"}""", Encoding.UTF8, "application/json");
        if (signature is not null)
        {
            request.Headers.Add("X-Samsara-Timestamp", $"{api.Host.Get<TimeProvider>().GetUtcNow().ToUnixTimeSeconds()}");
            request.Headers.Add("X-Samsara-Signature", $"v1={signature}");
            request.Headers.Add("X-Hub-Signature-256", $"sha256={signature}");
        }

        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }
}
