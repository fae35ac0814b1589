using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Security.Users;

/// <param name="By">A company's admin, or FleetChat's operator, who takes back what operators invited.</param>
public sealed record CancelInvitationInput(TenantId Tenant, Guid Invitation, Caller By);

public sealed record CancelledInvitation(Guid Id, DateTimeOffset CancelledAt);

/// <summary>Takes an invitation back: its token lets nobody in any more.</summary>
public sealed class CancelInvitation(TenantDbs dbs, TimeProvider time)
{
    public async Task<Result<CancelledInvitation>> HandleAsync(CancelInvitationInput input, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        // Who accepts it at this moment does so before or after, and not both.
        await TenantLock.TakeAsync(db, ct);
        if (!await CancelAsync(db, input, now, ct)) return UserErrors.InvitationNotFound;
        db.Audit(time, input.By.Actor, "user.invitation_cancelled", input.Invitation.ToString());
        await db.CommitAsync(ct);
        return new CancelledInvitation(input.Invitation, now);
    }

    private const string Cancel = """
        update fleet.invitations
        set cancelled_at = $3
        where tenant_id = $1
          and id = $2
          and accepted_at is null
          and cancelled_at is null
          and expires_at > $3
          and (is_first or not $4)
        """;

    private static async Task<bool> CancelAsync(TenantTransaction db, CancelInvitationInput input, DateTimeOffset now, CancellationToken ct)
        => await db.ExecuteAsync(Cancel, ct, P.Uuid(input.Invitation), P.Time(now), P.Bool(input.By.Role == Roles.PlatformOperator)) == 1;
}
