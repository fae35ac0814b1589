using System.Net;
using System.Text;
using System.Text.Json;
using FleetChat.Functions.Security;
using FleetChat.Tests.Conventions;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Http;

public sealed class OpenApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Document_has_every_route_of_the_app_and_no_other()
    {
        var described = Operations(await DocumentAsync()).Select(operation => $"{operation.Method} {operation.Path} ({operation.Id})").ToList();

        var routes = Route.All.Where(route => !SignedRoutes.Names.Contains(route.Function)).Select(route => route.ToString()).ToList();
        Findings.AssertNone(routes.Except(described).Select(route => $"not described: {route}"));
        Findings.AssertNone(described.Except(routes).Select(route => $"not there: {route}"));
    }

    [Fact]
    public async Task Open_routes_are_those_that_the_document_calls_open()
    {
        var open = Operations(await DocumentAsync()).Where(operation => operation.IsOpen).Select(operation => operation.Id);

        Assert.Equal(OpenRoutes.Names.Order(), open.Order());
    }

    [Fact]
    public async Task Every_reference_leads_somewhere()
    {
        var document = await DocumentAsync();

        Findings.AssertNone(References(document).Where(reference => !Leads(document, reference)));
    }

    [Theory]
    [InlineData(200, """{"data": [], "next_cursor": null}""", "")]
    [InlineData(200, """{"data": []}""", "next_cursor")]
    [InlineData(200, """{"data": [], "next_cursor": null, "total": 3}""", "total")]
    [InlineData(200, """{"data": {}, "next_cursor": null}""", "array")]
    [InlineData(202, """{"data": [], "next_cursor": null}""", "no such answer")]
    public void What_is_not_as_described_is_found_out(int status, string body, string fault)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

        var found = string.Join('\n', ApiContract.FindDifferences(HttpMethod.Get, "/api/drivers", response, Encoding.UTF8.GetBytes(body)));

        Assert.Equal(fault.Length > 0, found.Length > 0);
        Assert.Contains(fault, found, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Page_shows_every_route_and_fetches_nothing()
    {
        using var client = new DescribedClient { BaseAddress = api.Host.Address };
        using var response = await client.GetAsync("/api/docs");
        var page = await response.Content.ReadAsStringAsync();

        Findings.AssertNone(ApiDocument.Operations.Keys.Where(name => !page.Contains($"id=\"{name}\"", StringComparison.Ordinal)));
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch("(src|href)=\"(https?:)?//", page);
        Assert.StartsWith("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/tenant")]
    [InlineData("/api/usage")]
    [InlineData("/api/drivers")]
    [InlineData("/api/drivers/{driver}")]
    [InlineData("/api/drivers/{invited}/consent")]
    [InlineData("/api/imports")]
    [InlineData("/api/imports/{import}")]
    [InlineData("/api/imports/{import}/rows")]
    [InlineData("/api/transports")]
    [InlineData("/api/transports/{transport}")]
    [InlineData("/api/stop-kinds")]
    [InlineData("/api/templates")]
    [InlineData("/api/messages")]
    [InlineData("/api/messages/{message}")]
    [InlineData("/api/messages/{message}/why")]
    [InlineData("/api/media/{medium}")]
    [InlineData("/api/conversations?needs=dispatcher")]
    [InlineData("/api/alerts")]
    [InlineData("/api/events")]
    [InlineData("/api/events/{event}/why")]
    [InlineData("/api/pauses")]
    [InlineData("/api/me")]
    [InlineData("/api/webhook-endpoints")]
    [InlineData("/api/webhook-endpoints/{endpoint}")]
    [InlineData("/api/webhook-endpoints/{endpoint}/deliveries")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task What_is_read_is_as_described(string path)
    {
        // Its client looks at each answer.
        var answer = await api.A.GetJsonAsync(path
            .Replace("{driver}", api.A.Driver.ToString(), StringComparison.Ordinal)
            .Replace("{import}", api.A.Import.ToString(), StringComparison.Ordinal)
            .Replace("{invited}", api.A.Invited.ToString(), StringComparison.Ordinal)
            .Replace("{transport}", api.A.Transport.ToString(), StringComparison.Ordinal)
            .Replace("{medium}", api.A.Medium.ToString(), StringComparison.Ordinal)
            .Replace("{event}", api.A.Event.ToString(), StringComparison.Ordinal)
            .Replace("{message}", api.A.Message.ToString(), StringComparison.Ordinal)
            .Replace("{endpoint}", api.A.WebhookEndpoint.ToString(), StringComparison.Ordinal));

        Assert.NotEmpty(answer.EnumerateObject());
    }

    private async Task<JsonElement> DocumentAsync() => await api.A.GetJsonAsync("/api/openapi.json");

    private static IEnumerable<(string Method, string Path, string Id, bool IsOpen)> Operations(JsonElement document)
        => from path in document.GetProperty("paths").EnumerateObject()
           from operation in path.Value.EnumerateObject()
           select (operation.Name, path.Name, operation.Value.GetProperty("operationId").GetString()!, operation.Value.TryGetProperty("security", out _));

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => member.Name == "$ref" ? [member.Value.GetString()!] : References(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };

    private static bool Leads(JsonElement document, string reference)
    {
        foreach (var name in reference.Split('/').Skip(1))
        {
            if (!document.TryGetProperty(name, out document)) return false;
        }
        return true;
    }
}
