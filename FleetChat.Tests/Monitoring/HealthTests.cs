using System.Net;
using System.Text.Json;
using FleetChat.Core.Monitoring;
using FleetChat.Tests.Http;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Monitoring;

/// <summary>What load balancers and people on call are told, without a word about any company.</summary>
public sealed class HealthTests : IAsyncLifetime
{
    private ApiHost _host = null!;

    public async Task InitializeAsync() => _host = await ApiHost.StartAsync("health");

    public Task DisposeAsync() => _host.DisposeAsync().AsTask();

    [Fact]
    public async Task Ready_says_so_and_nothing_to_do()
    {
        var (status, body) = await GetAsync("health/ready");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            ["company_keys True", "database True", "keys True", "migrations True", "status ready", "system_role True", "what_to_do "],
            body.EnumerateObject().Where(part => part.Name != "version").Select(part => $"{part.Name} {part.Value}").Order(StringComparer.Ordinal));
        Assert.NotEmpty(body.GetProperty("version").GetString()!);
    }

    [Fact]
    public async Task Database_that_is_older_than_the_build_makes_it_unavailable_and_is_told_with_what_to_do()
    {
        await _host.Database.ExecuteAsAdminAsync("delete from migration.journal where scriptname = '0024_number_history.sql'");

        var (status, body) = await GetAsync("health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal(("unavailable", false), (body.GetProperty("status").GetString(), body.GetProperty("migrations").GetBoolean()));
        Assert.Contains("installer", body.GetProperty("what_to_do").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Database_that_refuses_the_host_makes_it_unavailable_and_it_stays_alive()
    {
        await _host.Database.ExecuteAsAdminAsync("revoke usage on schema fleet from fleetchat_app");

        var (status, body) = await GetAsync("health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.False(body.GetProperty("database").GetBoolean());
        Assert.Contains("Postgres", body.GetProperty("what_to_do").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("health/live")).Status);
    }

    [Theory]
    [InlineData("revoke usage on schema fleet from fleetchat_system")]
    [InlineData("revoke select on directory.tenants from fleetchat_system")]
    public async Task System_role_that_the_database_refuses_makes_it_unavailable_and_is_named(string refusal)
    {
        await _host.Database.ExecuteAsAdminAsync(refusal);

        var (status, body) = await GetAsync("health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal((true, false, true), (body.GetProperty("database").GetBoolean(), body.GetProperty("system_role").GetBoolean(), body.GetProperty("migrations").GetBoolean()));
        Assert.Contains("FleetChat:Postgres:System", body.GetProperty("what_to_do").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lost_key_of_a_company_degrades_it_and_does_not_take_it_from_the_others()
    {
        using var company = await ApiCompany.SetUpAsync(_host, "locked_out_001");
        var key = Path.Combine(_host.SecretsFolder, await _host.Database.ScalarAsAdminAsync<string>("select key_secret_name from fleet.tenants"));
        File.Move(key, $"{key}-kept");
        await _host.Get<WatchKeys>().HandleAsync(default);

        var (status, body) = await GetAsync("health/ready");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(("degraded", false, true), (body.GetProperty("status").GetString(), body.GetProperty("company_keys").GetBoolean(), body.GetProperty("keys").GetBoolean()));
        Assert.Contains("alerts about the platform", body.GetProperty("what_to_do").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(company.Tenant.Value, body.GetRawText(), StringComparison.Ordinal);

        File.Move($"{key}-kept", key);
        await _host.Get<WatchKeys>().HandleAsync(default);
        Assert.Equal("ready", (await GetAsync("health/ready")).Body.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Lost_master_key_makes_it_unavailable()
    {
        File.Delete(Path.Combine(_host.SecretsFolder, "fleetchat-master-key"));

        var (status, body) = await GetAsync("health/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal((true, true, false), (body.GetProperty("database").GetBoolean(), body.GetProperty("migrations").GetBoolean(), body.GetProperty("keys").GetBoolean()));
        Assert.Contains("master key", body.GetProperty("what_to_do").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("health/live")).Status);
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> GetAsync(string path)
    {
        using var client = new DescribedClient { BaseAddress = _host.Address };
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return (response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()));
    }
}
