using FleetChat.Core.Data;
using FleetChat.Core.Security.Identity;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Security.Users;

/// <summary>Pointers from a person to the tenants that he is a member of. They find a membership, and stand for none.</summary>
internal static class UserTenants
{
    private const string List = """
        select tenant_id
        from directory.user_tenants
        where user_index = $1
        order by tenant_id
        """;

    public static Task<List<TenantId>> ListAsync(SystemDb system, PersonIndex person, CancellationToken ct)
        => system.ListAsync(List, row => TenantId.Parse(row.GetString(0)), ct, P.Bytes(person.Bytes));
}
