using System.Text;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Security.Identity;
using FleetChat.Core.Security.Users;
using FleetChat.Core.Security;
using FleetChat.Simulators.OpenId;
using FleetChat.Tests.Http;
using Microsoft.Azure.Functions.Worker.Builder;

namespace FleetChat.Tests.Security.People;

/// <summary>A host with an issuer, two companies, and people of each role: in A under their role's name, in B an admin called <c>other</c>.</summary>
public class PeopleFixture : IAsyncLifetime
{
    /// <summary>To put something of the test's own in a service's place.</summary>
    internal Action<FunctionsApplicationBuilder>? Configure { get; init; }

    internal IssuerSimulator Issuer { get; private set; } = null!;

    /// <summary>Tokens of A's keys by their one scope, once somebody needs them.</summary>
    public Dictionary<string, string> Keys { get; } = [];

    public ApiHost Host { get; private set; } = null!;

    public ApiCompany A { get; private set; } = null!;

    public ApiCompany B { get; private set; } = null!;

    public virtual async Task InitializeAsync()
    {
        Issuer = await IssuerSimulator.StartAsync();
        Host = await ApiHost.StartAsync("people", new Dictionary<string, string?>(MoreSettings)
        {
            ["FleetChat:Identity:Issuers:0:Issuer"] = Issuer.Issuer,
            ["FleetChat:Identity:Issuers:0:Audience"] = IssuerSimulator.Audience,
            ["FleetChat:Identity:Issuers:0:MetadataUri"] = Issuer.MetadataUri.ToString(),
            ["FleetChat:Identity:PlatformPeople:0:Issuer"] = Issuer.Issuer,
            ["FleetChat:Identity:PlatformPeople:0:Subject"] = Roles.PlatformOperator,
            ["FleetChat:Identity:PlatformPeople:0:Role"] = Roles.PlatformOperator,
            ["FleetChat:Identity:PlatformPeople:1:Issuer"] = Issuer.Issuer,
            ["FleetChat:Identity:PlatformPeople:1:Subject"] = Roles.Support,
            ["FleetChat:Identity:PlatformPeople:1:Role"] = Roles.Support,
        }, Configure);
        A = await ApiCompany.SetUpAsync(Host, "alfa_haulage_001");
        B = await ApiCompany.SetUpAsync(Host, "bravo_freight_001");
        foreach (var role in Roles.OfMembers) await AddMemberAsync(A, role, role);
        await AddMemberAsync(B, "other", Roles.TenantAdmin);
        await GrantSupportAsync(A);
    }

    public virtual async Task DisposeAsync()
    {
        A.Dispose();
        B.Dispose();
        await Host.DisposeAsync();
        await Issuer.DisposeAsync();
    }

    public async Task<Guid> AddMemberAsync(ApiCompany company, string subject, string role)
    {
        var index = await Host.Get<PersonIndexes>().OfAsync(new(Issuer.Issuer, subject), default);
        var key = await Host.Get<DataKeys>().GetAsync(company.Tenant, default);
        await using var db = await Host.Get<TenantDbs>().BeginAsync(company.Tenant, default);
        var id = await Memberships.TryAddAsync(db, key, Host.Get<TimeProvider>(), new(index, role, $"{subject}@example.com", "test"), default);
        await db.CommitAsync(default);
        return id!.Value;
    }

    public Task GrantSupportAsync(ApiCompany company, string span = "1 hour") => Host.Database.ExecuteAsAdminAsync("""
        insert into fleet.support_grants (tenant_id, id, granted_by, created_at, expires_at)
        values ($1, gen_random_uuid(), 'test', now() - interval '2 hours', now() + $2::text::interval)
        """, P.Text(company.Tenant.Value), P.Text(span));

    /// <summary>Of the host, beside those of its people.</summary>
    protected virtual IReadOnlyDictionary<string, string?> MoreSettings => new Dictionary<string, string?>();

    /// <param name="tenant">What the header says; null: nothing.</param>
    /// <param name="host">Null: the fixture's own.</param>
    public Task<HttpResponseMessage> AskAsync(string subject, string path, string? tenant = null, string method = "GET", string? json = null, Uri? host = null)
        => SendAsync(Issuer.Token(subject), path, tenant, method, json, host);

    /// <param name="host">Null: the fixture's own.</param>
    public async Task<HttpResponseMessage> SendAsync(string bearer, string path, string? tenant = null, string method = "GET", string? json = null, Uri? host = null)
    {
        using var client = new DescribedClient { BaseAddress = host ?? Host.Address };
        using var request = new HttpRequestMessage(new(method.ToUpperInvariant()), path);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {bearer}");
        if (tenant is not null) request.Headers.TryAddWithoutValidation(AccessRequest.TenantHeader, tenant);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return await client.SendAsync(request);
    }
}
