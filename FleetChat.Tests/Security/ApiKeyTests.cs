using System.Text;
using FleetChat.Core;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Security.Audit;
using FleetChat.Core.Tenants;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace FleetChat.Tests.Security;

public sealed class ApiKeyTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private readonly FakeTimeProvider _time = new(new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));
    private readonly IOptions<PlatformOptions> _platform = Options.Create(new PlatformOptions { Environment = "test", PublicBaseUrl = new("https://fleetchat.example") });

    // One for all: their chains are in one database.
    private static readonly DirectoryInfo s_secrets = Directory.CreateTempSubdirectory("fleetchat-test-secrets-");

    private TenantDbs Dbs => new(
        fixture.Database.AppSource, new(new FolderSecretStore(s_secrets.FullName), fixture.Database.SystemSource, new FolderAnchorStore(Path.Combine(s_secrets.FullName, "anchors"))));

    private AuthenticateApiKey Authenticate => new(new(fixture.Database.SystemSource), Dbs, _platform, _time);

    [Fact]
    public async Task Key_finds_its_tenant_with_its_scopes()
    {
        var tenant = await TenantAsync("finds_001");
        var key = await CreateAsync(tenant, ["write", "read", "read"]);

        var found = await Authenticate.HandleAsync($"Bearer {key.Token}", CancellationToken.None);

        Assert.NotNull(found);
        Assert.Equal(tenant, found.Tenant);
        Assert.Equal(key.KeyId, found.KeyId);
        Assert.Equal(["read", "write"], found.Scopes);
        Assert.Equal("active", found.TenantStatus);
    }

    [Fact]
    public async Task Secret_is_stored_as_a_hash_only()
    {
        var key = await CreateAsync(await TenantAsync("hashed_001"), ["read"]);

        var secret = key.Token[^43..];
        Assert.Matches("^fc_test_[a-z0-9]{16}_[A-Za-z0-9_-]{43}$", key.Token);
        var row = await fixture.Database.ScalarAsAdminAsync<string>("select k::text || d::text from fleet.api_keys k join directory.api_keys d using (key_id) where key_id = $1", P.Text(key.KeyId));
        Assert.DoesNotContain(secret, row, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(Encoding.ASCII.GetBytes(secret)), row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_is_in_no_text_of_a_key()
    {
        var key = await CreateAsync(await TenantAsync("quiet_001"), ["read"]);

        Assert.True(ApiKeyToken.TryParse(key.Token, out var token));
        Assert.DoesNotContain(key.Token[^43..], $"{key} {token}", StringComparison.Ordinal);
        Assert.Equal(key.Token, token.Reveal());
    }

    [Fact]
    public async Task Whatever_is_no_valid_key_finds_nobody()
    {
        var token = (await CreateAsync(await TenantAsync("strict_001"), ["read"])).Token;
        var parts = token.Split('_', 4);
        var otherSecret = ApiKeyToken.Create("test").Reveal()[^43..];

        string?[] headers =
        [
            null, "", "Bearer", "Bearer ", token, $"Basic {token}", $"Bearer {token}x", $"Bearer {token[..^1]}", $"Bearer {token} {token}",
            $"Bearer fc_prod_{parts[2]}_{parts[3]}", $"Bearer fc_test_{parts[2]}_{otherSecret}", $"Bearer fc_test_{"0123456789abcdef"}_{parts[3]}",
            $"Bearer FC_test_{parts[2]}_{parts[3]}", $"Bearer fc_test_{parts[2]}_{parts[3].ToUpperInvariant()}", $"Bearer {token}\n",
        ];
        var found = new List<AuthenticatedKey?>();
        foreach (var header in headers.Where(h => h != $"Bearer {token}\n")) found.Add(await Authenticate.HandleAsync(header, CancellationToken.None));

        Assert.All(found, Assert.Null);
        Assert.NotNull(await Authenticate.HandleAsync($"bearer {token}", CancellationToken.None));
    }

    [Fact]
    public async Task Key_ends_at_the_moment_it_expires()
    {
        var tenant = await TenantAsync("expires_001");
        var key = await CreateAsync(tenant, ["read"], _time.GetUtcNow().AddHours(1));

        _time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1));
        Assert.NotNull(await Authenticate.HandleAsync($"Bearer {key.Token}", CancellationToken.None));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await Authenticate.HandleAsync($"Bearer {key.Token}", CancellationToken.None));
    }

    [Fact]
    public async Task Revoked_key_is_refused_by_one_who_has_just_seen_it()
    {
        var tenant = await TenantAsync("revoked_001");
        var key = await CreateAsync(tenant, ["read"]);
        var authenticate = Authenticate;
        Assert.NotNull(await authenticate.HandleAsync($"Bearer {key.Token}", CancellationToken.None));

        var first = await new RevokeApiKey(Dbs, _time).HandleAsync(new(tenant, key.KeyId, "operator"), CancellationToken.None);
        _time.Advance(TimeSpan.FromMinutes(1));
        var again = await new RevokeApiKey(Dbs, _time).HandleAsync(new(tenant, key.KeyId, "operator"), CancellationToken.None);

        Assert.Null(await authenticate.HandleAsync($"Bearer {key.Token}", CancellationToken.None));
        Assert.Equal(first.Value.RevokedAt, again.Value.RevokedAt);
    }

    [Fact]
    public async Task Key_of_another_tenant_cannot_be_revoked()
    {
        var key = await CreateAsync(await TenantAsync("mine_001"), ["read"]);
        var other = await TenantAsync("theirs_001");

        var result = await new RevokeApiKey(Dbs, _time).HandleAsync(new(other, key.KeyId, "operator"), CancellationToken.None);

        Assert.Equal(ApiKeyErrors.KeyNotFound, result.Error);
        Assert.NotNull(await Authenticate.HandleAsync($"Bearer {key.Token}", CancellationToken.None));
    }

    [Theory]
    [InlineData("active", true, true)]
    [InlineData("onboarding", true, true)]
    [InlineData("terminating", true, true)]
    [InlineData("suspended", true, false)]
    [InlineData("terminated", false, false)]
    public async Task Tenants_status_says_what_it_may(string status, bool reads, bool writes)
    {
        var tenant = await TenantAsync($"status_{status}_001", status);
        var key = await CreateAsync(tenant, ["read"]);

        var found = (await Authenticate.HandleAsync($"Bearer {key.Token}", CancellationToken.None))!;

        Assert.Equal(reads, AccessErrors.FindRefusal(found.TenantStatus, found.SuspendedFor, Permission.ReadDrivers) is null);
        Assert.Equal(writes, AccessErrors.FindRefusal(found.TenantStatus, found.SuspendedFor, Permission.ChangeDrivers) is null);
    }

    [Fact]
    public async Task Keys_that_make_no_sense_are_not_made()
    {
        var tenant = await TenantAsync("sense_001");

        Assert.Equal(ApiKeyErrors.NameInvalid, (await MakeAsync(new(tenant, "", ["read"], null, "test"))).Error);
        Assert.Equal(ApiKeyErrors.ScopesInvalid, (await MakeAsync(new(tenant, "key", [], null, "test"))).Error);
        Assert.Equal(ApiKeyErrors.ScopesInvalid, (await MakeAsync(new(tenant, "key", ["read", "everything"], null, "test"))).Error);
        Assert.Equal(ApiKeyErrors.ExpiryInvalid, (await MakeAsync(new(tenant, "key", ["read"], _time.GetUtcNow(), "test"))).Error);
        Assert.Equal(ApiKeyErrors.TenantNotFound, (await MakeAsync(new(TenantId.Parse("nobody_001"), "key", ["read"], null, "test"))).Error);
    }

    [Fact]
    public async Task Making_and_revoking_a_key_is_in_the_audit_trail()
    {
        var tenant = await TenantAsync("audited_001");
        var key = await CreateAsync(tenant, ["read"]);
        await new RevokeApiKey(Dbs, _time).HandleAsync(new(tenant, key.KeyId, "operator"), CancellationToken.None);

        Assert.Equal("api_key.created by test, api_key.revoked by operator", await fixture.Database.ScalarAsAdminAsync<string>("""
            select string_agg(action || ' by ' || actor, ', ' order by action)
            from fleet.audit_entries
            where subject = $1
            """, P.Text(key.KeyId)));
    }

    private Task<Result<CreatedApiKey>> MakeAsync(CreateApiKeyInput input)
        => new CreateApiKey(Dbs, _platform, _time).HandleAsync(input, CancellationToken.None);

    private async Task<CreatedApiKey> CreateAsync(TenantId tenant, string[] scopes, DateTimeOffset? expiresAt = null)
        => (await MakeAsync(new(tenant, "test", scopes, expiresAt, "test"))).Value;

    private async Task<TenantId> TenantAsync(string id, string status = "active")
    {
        await fixture.Database.ExecuteAsAdminAsync("""
            with entered as (insert into directory.tenants (tenant_id, status, data_region, created_at) values ($1, $2, 'us', now()))
            insert into fleet.tenants (tenant_id, company_name, service_tier, status, data_region, country, time_zone, default_language, currency, key_secret_name, created_at)
            values ($1, $1, 'starter', $2, 'us', 'US', 'America/Chicago', 'en', 'USD', 'none', now())
            """, P.Text(id), P.Text(status));
        return TenantId.Parse(id);
    }
}
