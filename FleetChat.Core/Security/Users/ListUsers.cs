using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Security.Users;

/// <param name="Email">Where he was invited.</param>
public sealed record UserView(Guid Id, string Email, [OneOf(typeof(Roles), nameof(Roles.OfMembers))] string Role, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt)
{
    internal const string Columns = "id, email, role, created_at, changed_at";

    internal static UserView Read(NpgsqlDataReader row, DataKey key)
        => new(row.GetGuid(0), key.Decrypt(EncryptedColumns.MembershipEmail, row.GetGuid(0), row.Bytes(1)), row.GetString(2), row.Time(3), row.Time(4));
}

/// <summary>The tenant's members, the newest first.</summary>
public sealed class ListUsers(TenantDbs dbs, Pages pages)
{
    public async Task<Result<Page<UserView>>> HandleAsync(TenantId tenant, PageRequest page, CancellationToken ct)
    {
        var window = await pages.OpenAsync(tenant, "users", Position.BeforeNewest, page, ct);
        if (!window.IsOk) return window.Error;
        var rows = await ListAsync(dbs.For(tenant), window.Value, ct);
        return window.Value.Page(rows, user => new(user.CreatedAt, user.Id));
    }

    private const string List = $"""
        select {UserView.Columns}
        from fleet.memberships
        where tenant_id = $1
          and ended_at is null
          and (created_at, id) < ($2, $3)
        order by created_at desc, id desc
        limit $4
        """;

    private static Task<List<UserView>> ListAsync(TenantDb db, PageWindow window, CancellationToken ct)
        => db.ListAsync(List, row => UserView.Read(row, window.Key), ct, P.Time(window.After.Time), P.Uuid(window.After.Id), window.Rows);
}
