using System.Net.Http.Headers;
using System.Text.Json;
using System.Text;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security.Access;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;
using FleetChat.Tests.Http;
using FleetChat.Tests.Security.People;

namespace FleetChat.Tests.Tenants;

/// <summary>A host with its people, and with both simulators as Samsara and Meta of the companies that are registered.</summary>
public sealed class ConnectedFixture : PeopleFixture
{
    public const string Platform = "/api/platform/tenants";
    private static long s_orgs = 7_000_000;
    private static int s_numbers;

    public SamsaraSimulator Samsara { get; private set; } = null!;

    public WhatsAppSimulator Meta { get; private set; } = null!;

    protected override IReadOnlyDictionary<string, string?> MoreSettings => new Dictionary<string, string?>
    {
        ["FleetChat:Samsara:BaseUrl"] = Samsara.Address.ToString(),
        ["FleetChat:WhatsApp:GraphBaseUrl"] = Meta.Address.ToString(),
    };

    public override async Task InitializeAsync()
    {
        (Samsara, Meta) = (await SamsaraSimulator.StartAsync(), await WhatsAppSimulator.StartAsync());
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await Samsara.DisposeAsync();
        await Meta.DisposeAsync();
    }

    public Task<HttpResponseMessage> RegisterAsync(object body, string? idempotencyKey = null) => AsOperatorAsync(HttpMethod.Post, Platform, body, idempotencyKey: idempotencyKey);

    /// <returns>The company's id.</returns>
    public async Task<string> RegisteredAsync(string name = "Connected Carriers")
        => (await JsonAsync(await RegisterAsync(new { company_name = name, country = "US", time_zone = "America/Chicago", invite_admin = false }))).GetProperty("tenant_id").GetString()!;

    public async Task<JsonElement> CompanyAsync(string id) => await JsonAsync(await AsOperatorAsync(HttpMethod.Get, $"{Platform}/{id}"));

    /// <summary>By the operator, as the company is now.</summary>
    public async Task<HttpResponseMessage> ChangeAsync(string id, object body)
    {
        using var seen = await AsOperatorAsync(HttpMethod.Get, $"{Platform}/{id}");
        return await AsOperatorAsync(HttpMethod.Patch, $"{Platform}/{id}", body, seen.Headers.ETag?.ToString());
    }

    public Task<HttpResponseMessage> AsOperatorAsync(HttpMethod method, string path, object? body = null, string? ifMatch = null, string? idempotencyKey = null)
        => AsAsync(Roles.PlatformOperator, method, path, body, ifMatch, idempotencyKey);

    public async Task<HttpResponseMessage> AsAsync(string subject, HttpMethod method, string path, object? body = null, string? ifMatch = null, string? idempotencyKey = null)
    {
        using var client = new DescribedClient { BaseAddress = Host.Address };
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Issuer.Token(subject));
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        if (body is not null) request.Content = new StringContent(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        return await client.SendAsync(request);
    }

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage answered)
    {
        using var response = answered;
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    /// <returns>Another organization of Samsara's, and a token that may read all that is needed.</returns>
    public async Task<(long Org, string Token)> AddOrgAsync()
    {
        var org = Interlocked.Increment(ref s_orgs);
        var token = $"samsara_api_token_of_{org}";
        await Samsara.Control.AddOrgAsync(new(org, $"Org {org}", $"unused {org}"));
        await Samsara.Control.AddTokenAsync(org, new(token, Scopes: [.. SamsaraScope.Needed.Select(scope => scope.Name)]));
        return (org, token);
    }

    /// <returns>A number in an account of a company's own, ready for use, and its token.</returns>
    public async Task<(string NumberId, string Account, string Phone, string Token)> AddNumberAsync()
    {
        var number = Interlocked.Increment(ref s_numbers);
        var own = (NumberId: $"99500{number:0000}", Account: $"88500{number:0000}", Phone: $"1312555{number:0000}", Token: $"whatsapp_token_of_{number:0000}");
        await Meta.Control.AddWabaAsync(new(own.Account, "Own", Subscribed: false));
        await Meta.Control.AddTokenAsync(new(own.Token, [own.Account]));
        await Meta.Control.AddNumberAsync(new(own.NumberId, own.Account, own.Phone, "Own"));
        return own;
    }
}

[CollectionDefinition(nameof(ConnectedFixture))]
public sealed class OneConnectedHost : ICollectionFixture<ConnectedFixture>;
