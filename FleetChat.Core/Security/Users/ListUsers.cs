using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Security.Users;

/// <param name="Email">Where he was invited.</param>
public sealed record UserView(Guid Id, string Email, [OneOf(typeof(Roles), nameof(Roles.OfMembers))] string Role, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt)
{
    internal const string Columns = "id, email, role, created_at, changed_at";

    /// <summary>His e-mail can't be opened, as when its key is lost: it is missing. The rest is as it was.</summary>
    public bool Unreadable { get; init; }

    internal static UserView Read(NpgsqlDataReader row, RowOpener opener)
    {
        var email = opener.Text(EncryptedColumns.MembershipEmail, row.GetGuid(0), row.Bytes(1));
        return new(row.GetGuid(0), email ?? "", row.GetString(2), row.Time(3), row.Time(4)) { Unreadable = email is null };
    }
}

/// <summary>The tenant's members, the newest first.</summary>
public sealed class ListUsers(TenantDbs dbs, Pages pages, UnreadableRows unreadable)
{
    public async Task<Result<Page<UserView>>> HandleAsync(TenantId tenant, PageRequest page, CancellationToken ct)
    {
        var window = await pages.OpenAsync(tenant, "users", Position.BeforeNewest, page, ct);
        if (!window.IsOk) return window.Error;
        var opener = new RowOpener(window.Value.Key);
        var rows = await ListAsync(dbs.For(tenant), window.Value, opener, ct);
        await unreadable.TellAsync(tenant, opener, ct);
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

    private static Task<List<UserView>> ListAsync(TenantDb db, PageWindow window, RowOpener opener, CancellationToken ct)
        => db.ListAsync(List, row => UserView.Read(row, opener), ct, P.Time(window.After.Time), P.Uuid(window.After.Id), window.Rows);
}
