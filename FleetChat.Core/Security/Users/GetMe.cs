using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Security.Identity;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Security.Users;

/// <param name="Kind"><c>user</c> or <c>api_key</c>.</param>
/// <param name="PlatformRole">Null for all but FleetChat's own people.</param>
public sealed record MeView([OneOf("user", "api_key")] string Kind, string? Issuer, string? Subject, string? PlatformRole, IReadOnlyList<MyTenant> Tenants);

/// <param name="Role">What one is there.</param>
/// <param name="TenantId">For the header X-Tenant-Id.</param>
public sealed record MyTenant(string TenantId, string CompanyName, string Status, [OneOf(Roles.TenantAdmin, Roles.Dispatcher, Roles.Viewer, Roles.CorporateOverseer, Roles.Machine)] string Role);

/// <summary>Who one is, and where.</summary>
public sealed class GetMe(PersonIndexes indexes, SystemDb system, TenantDbs dbs)
{
    public async Task<Result<MeView>> HandleAsync(Caller caller, CancellationToken ct)
        => caller.Person is { } person
            ? new MeView("user", person.Issuer, person.Subject, caller.Role.Length == 0 ? null : caller.Role, await ListTenantsAsync(person, ct))
            : new MeView("api_key", null, null, null, [await GetTenantAsync(dbs.For(caller.Tenant!.Value), caller.Role, ct)]);

    private async Task<List<MyTenant>> ListTenantsAsync(Person person, CancellationToken ct)
    {
        var index = await indexes.OfAsync(person, ct);
        var mine = new List<MyTenant>();
        foreach (var tenant in await UserTenants.ListAsync(system, index, ct))
        {
            if (await Memberships.FindAsync(dbs.For(tenant), index, ct) is { } member)
                mine.Add(new(tenant.Value, member.CompanyName, member.TenantStatus, member.Role));
        }
        return mine;
    }

    private const string FindTenant = """
        select tenant_id, company_name, status
        from fleet.tenants
        where tenant_id = $1
        """;

    private static async Task<MyTenant> GetTenantAsync(TenantDb db, string role, CancellationToken ct)
        => (await db.FindAsync(FindTenant, row => new MyTenant(row.GetString(0), row.GetString(1), row.GetString(2), role), ct))!;
}
