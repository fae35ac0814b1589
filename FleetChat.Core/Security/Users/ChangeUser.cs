using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Security.Users;

/// <param name="Actor">Who changes it, for the audit trail.</param>
public sealed record ChangeUserInput(TenantId Tenant, Guid User, string? Role, string Actor);

/// <summary>Gives a member another role. It holds with his next request.</summary>
public sealed class ChangeUser(TenantDbs dbs, DataKeys keys, TimeProvider time)
{
    public async Task<Result<UserView>> HandleAsync(ChangeUserInput input, CancellationToken ct)
    {
        if (input.Role is not { } role || !Roles.OfMembers.Contains(role)) return UserErrors.RoleInvalid;
        var key = await keys.GetAsync(input.Tenant, ct);
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (role != Roles.TenantAdmin && await Admins.IsLastAsync(db, input.User, ct)) return UserErrors.LastAdmin;
        var before = await FindRoleAsync(db, input.User, ct);
        if (await ChangeAsync(db, key, input.User, role, ct) is not { } user) return UserErrors.NotFound;
        db.Audit(time, input.Actor, "user.role_changed", input.User.ToString(), role, new(before, role));
        await db.CommitAsync(ct);
        return user;
    }

    private const string FindRole = """
        select role
        from fleet.memberships
        where tenant_id = $1
          and id = $2
        for no key update
        """;

    private static Task<string?> FindRoleAsync(TenantTransaction db, Guid user, CancellationToken ct) => db.FindAsync(FindRole, row => row.GetString(0), ct, P.Uuid(user));

    private const string Change = $"""
        update fleet.memberships
        set role = $3, changed_at = case when role = $3 then changed_at else $4 end
        where tenant_id = $1
          and id = $2
          and ended_at is null
        returning {UserView.Columns}
        """;

    private Task<UserView?> ChangeAsync(TenantTransaction db, DataKey key, Guid user, string role, CancellationToken ct)
        => db.FindAsync(Change, row => UserView.Read(row, new(key)), ct, P.Uuid(user), P.Text(role), P.Time(time.GetUtcNow()));
}

/// <summary>A company always has somebody who can let others in.</summary>
internal static class Admins
{
    // Locked, in one order: of two admins who put each other out at once, the second finds that he is the last.
    private const string Lock = """
        select id
        from fleet.memberships
        where tenant_id = $1
          and role = 'tenant_admin'
          and ended_at is null
        order by id
        for update
        """;

    private const string FindAny = """
        select true
        from fleet.memberships
        where tenant_id = $1
          and role = 'tenant_admin'
          and ended_at is null
        limit 1
        """;

    public static Task<bool> ExistsAsync(TenantTransaction db, CancellationToken ct) => db.FindAsync(FindAny, row => row.GetBoolean(0), ct);

    public static async Task<bool> IsLastAsync(TenantTransaction db, Guid user, CancellationToken ct)
        => await db.ListAsync(Lock, row => row.GetGuid(0), ct) is [var last] && last == user;
}
