using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Security.Users;

/// <param name="Actor">Who removes him, for the audit trail.</param>
public sealed record RemoveUserInput(TenantId Tenant, Guid User, string Actor);

public sealed record RemovedUser(Guid Id, DateTimeOffset RemovedAt);

/// <summary>Ends a membership at once: the member's next request is refused as a stranger's.</summary>
public sealed class RemoveUser(TenantDbs dbs, TimeProvider time)
{
    public async Task<Result<RemovedUser>> HandleAsync(RemoveUserInput input, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await Admins.IsLastAsync(db, input.User, ct)) return UserErrors.LastAdmin;
        if (await EndAsync(db, input.User, now, ct) is not { } index) return UserErrors.NotFound;
        await db.WriteAsync(DeletePointer, ct, P.Bytes(index));
        db.Audit(time, input.Actor, "user.removed", input.User.ToString());
        await db.CommitAsync(ct);
        return new RemovedUser(input.User, now);
    }

    private const string End = """
        update fleet.memberships
        set ended_at = $3
        where tenant_id = $1
          and id = $2
          and ended_at is null
        returning user_index
        """;

    private static Task<byte[]?> EndAsync(TenantTransaction db, Guid user, DateTimeOffset now, CancellationToken ct)
        => db.FindAsync(End, row => row.Bytes(0), ct, P.Uuid(user), P.Time(now));

    private const string DeletePointer = """
        delete from directory.user_tenants
        where tenant_id = $1
          and user_index = $2
        """;
}
