using System.Net;
using FleetChat.Core.Security.Access;
using FleetChat.Tests.Corporate;

namespace FleetChat.Tests.Security.People;

/// <summary>What was taken from somebody at one host is taken from him at the other, with his next request there.</summary>
public sealed class TwoHostsTests(TwoHosts hosts) : IClassFixture<TwoHosts>
{
    private const string Missing = "0199b0a0-0000-7000-8000-00000000dead";
    private const int Rounds = 5;

    private PeopleFixture People => hosts.People;

    [Fact]
    public async Task Revoked_key_is_refused_at_the_other_host_at_once()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var key = await ApiCompany.KeyAsync(People.Host, People.A.Tenant, "read");
            Assert.Equal(HttpStatusCode.OK, await WithKeyAsync(key.Token, hosts.One));
            Assert.Equal(HttpStatusCode.OK, await WithKeyAsync(key.Token, hosts.Other));

            await DoneAsync(Roles.TenantAdmin, $"/api/keys/{key.KeyId}", "DELETE");

            Assert.Equal(HttpStatusCode.Unauthorized, await WithKeyAsync(key.Token, hosts.Other));
            Assert.Equal(HttpStatusCode.Unauthorized, await WithKeyAsync(key.Token, hosts.One));
        }

        async Task<HttpStatusCode> WithKeyAsync(string token, Uri host)
        {
            using var response = await People.SendAsync(token, "/api/drivers", host: host);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task Removed_member_is_a_stranger_at_the_other_host_at_once()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var subject = $"leaving-{round}";
            var member = await People.AddMemberAsync(People.A, subject, Roles.Dispatcher);
            foreach (var host in new[] { hosts.One, hosts.Other }) Assert.Equal(HttpStatusCode.OK, await AskAsync(subject, host));

            await DoneAsync(Roles.TenantAdmin, $"/api/users/{member}", "DELETE");

            Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(subject, hosts.Other));
            Assert.Empty((await HttpAssert.JsonAsync(People.AskAsync(subject, "/api/me", host: hosts.Other))).GetProperty("tenants").EnumerateArray());
        }

        async Task<HttpStatusCode> AskAsync(string subject, Uri host)
        {
            using var response = await People.AskAsync(subject, "/api/drivers", host: host);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task Changed_role_holds_at_the_other_host_at_once_in_both_directions()
    {
        var member = await People.AddMemberAsync(People.A, "changing", Roles.Dispatcher);
        for (var round = 0; round < Rounds; round++)
        {
            Assert.Equal(HttpStatusCode.NotFound, await WriteAsync());
            await DoneAsync(Roles.TenantAdmin, $"/api/users/{member}", "PATCH", """{"role":"viewer"}""");
            Assert.Equal(HttpStatusCode.Forbidden, await WriteAsync());
            await DoneAsync(Roles.TenantAdmin, $"/api/users/{member}", "PATCH", """{"role":"dispatcher"}""");
        }

        async Task<HttpStatusCode> WriteAsync()
        {
            using var response = await People.AskAsync("changing", $"/api/drivers/{Missing}", method: "PATCH", json: """{"language":"es"}""", host: hosts.Other);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task Child_that_is_taken_from_its_parent_is_gone_at_the_other_host_at_once()
    {
        using var family = await Family.SetUpAsync(People, "far");
        string[] parts = ["", "/drivers", "/transports"];
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var part in parts) Assert.Equal(HttpStatusCode.OK, await LookAsync(part));
            await HttpAssert.JsonAsync(family.ClearParentAsync(family.Child, hosts.One));
            foreach (var part in parts) Assert.Equal(HttpStatusCode.NotFound, await LookAsync(part));
            Assert.Single((await HttpAssert.JsonAsync(family.LookAsync(host: hosts.Other))).GetProperty("data").EnumerateArray());
            await HttpAssert.JsonAsync(family.SetParentAsync(family.Child, family.Parent.Tenant.Value, hosts.One));
        }

        async Task<HttpStatusCode> LookAsync(string part)
        {
            using var response = await family.LookAsync($"/{family.Child.Tenant}{part}", host: hosts.Other);
            return response.StatusCode;
        }
    }

    private async Task DoneAsync(string subject, string path, string method, string? json = null)
        => await HttpAssert.JsonAsync(People.AskAsync(subject, path, method: method, json: json, host: hosts.One));
}
