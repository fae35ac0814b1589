using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Tests.Security;
using FleetChat.Tests.Security.People;

namespace FleetChat.Tests.Corporate;

/// <summary>A parent with two children, and the people of each: <c>{name}-overseer</c>, <c>{name}-parent</c>, <c>{name}-child</c> and <c>{name}-sibling</c>, the last three admins.</summary>
internal sealed class Family : IDisposable
{
    private readonly PeopleFixture _people;
    private readonly string _name;

    private Family(PeopleFixture people, string name, ApiCompany parent, ApiCompany child, ApiCompany sibling)
        => (_people, _name, Parent, Child, Sibling) = (people, name, parent, child, sibling);

    public ApiCompany Parent { get; }

    public ApiCompany Child { get; }

    public ApiCompany Sibling { get; }

    public string Overseer => $"{_name}-overseer";

    /// <summary>In the parent's <c>memberships</c>.</summary>
    public Guid OverseerId { get; private set; }

    public static async Task<Family> SetUpAsync(PeopleFixture people, string name)
    {
        var family = new Family(
            people, name, await ApiCompany.SetUpAsync(people.Host, $"{name}_parent_001"), await ApiCompany.SetUpAsync(people.Host, $"{name}_child_001"), await ApiCompany.SetUpAsync(people.Host, $"{name}_sibling_001"));
        family.OverseerId = await people.AddMemberAsync(family.Parent, family.Overseer, Roles.CorporateOverseer);
        await people.AddMemberAsync(family.Parent, $"{name}-parent", Roles.TenantAdmin);
        await people.AddMemberAsync(family.Child, $"{name}-child", Roles.TenantAdmin);
        await people.AddMemberAsync(family.Sibling, $"{name}-sibling", Roles.TenantAdmin);
        foreach (var child in new[] { family.Child, family.Sibling }) await HttpAssert.JsonAsync(family.SetParentAsync(child, family.Parent.Tenant.Value));
        return family;
    }

    public Task<HttpResponseMessage> SetParentAsync(ApiCompany child, string parent, Uri? host = null)
        => _people.AskAsync(Roles.PlatformOperator, PathOf(child), method: "PUT", json: $$"""{"parent_tenant_id":"{{parent}}"}""", host: host);

    public Task<HttpResponseMessage> ClearParentAsync(ApiCompany child, Uri? host = null) => _people.AskAsync(Roles.PlatformOperator, PathOf(child), method: "DELETE", host: host);

    /// <param name="path">Behind <c>/api/corporate/tenants</c>.</param>
    public Task<HttpResponseMessage> LookAsync(string path = "", string? subject = null, Uri? host = null) => _people.AskAsync(subject ?? Overseer, $"/api/corporate/tenants{path}", host: host);

    public Task<JsonElement> SeeAsync(string path = "", string? subject = null) => HttpAssert.JsonAsync(LookAsync(path, subject));

    /// <summary>Whose child it is, behind the API's back; empty: nobody's.</summary>
    public Task<string> ParentOfAsync(ApiCompany child)
        => _people.Host.Database.ScalarAsAdminAsync<string>("select coalesce(parent_tenant_id, '') from directory.tenants where tenant_id = $1", P.Text(child.Tenant.Value));

    /// <summary>What the company's audit trail says of it as a child, in order.</summary>
    public Task<string> AuditAsync(ApiCompany child) => _people.Host.Database.ScalarAsAdminAsync<string>(
        "select coalesce(string_agg(action || ' ' || subject || ' ' || detail, ',' order by at, id), '') from fleet.audit_entries where tenant_id = $1 and action like 'corporate.%'", P.Text(child.Tenant.Value));

    public void Dispose()
    {
        Parent.Dispose();
        Child.Dispose();
        Sibling.Dispose();
    }

    private static string PathOf(ApiCompany child) => $"/api/platform/tenants/{child.Tenant}/parent";
}
