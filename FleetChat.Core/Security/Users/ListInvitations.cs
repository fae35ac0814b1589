using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Security.Users;

/// <summary>The tenant's invitations that wait for an answer, the newest first.</summary>
public sealed class ListInvitations(TenantDbs dbs, Pages pages, UnreadableRows unreadable, TimeProvider time)
{
    public async Task<Result<Page<InvitationView>>> HandleAsync(TenantId tenant, PageRequest page, CancellationToken ct)
    {
        var window = await pages.OpenAsync(tenant, "invitations", Position.BeforeNewest, page, ct);
        if (!window.IsOk) return window.Error;
        var opener = new RowOpener(window.Value.Key);
        var rows = await ListAsync(dbs.For(tenant), window.Value, opener, ct);
        await unreadable.TellAsync(tenant, opener, ct);
        return window.Value.Page(rows, invitation => new(invitation.CreatedAt, invitation.Id));
    }

    private const string List = $"""
        select {InvitationView.Columns}
        from fleet.invitations
        where tenant_id = $1
          and accepted_at is null
          and cancelled_at is null
          and expires_at > $2
          and (created_at, id) < ($3, $4)
        order by created_at desc, id desc
        limit $5
        """;

    private Task<List<InvitationView>> ListAsync(TenantDb db, PageWindow window, RowOpener opener, CancellationToken ct)
        => db.ListAsync(List, row => InvitationView.Read(row, opener), ct, P.Time(time.GetUtcNow()), P.Time(window.After.Time), P.Uuid(window.After.Id), window.Rows);
}
