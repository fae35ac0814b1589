using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Security.Identity;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Security.Users;

/// <param name="Token">As it stands in the e-mail.</param>
public sealed record AcceptInvitationInput(Person Person, string? Token)
{
    // A record's own text would print the token.
    public override string ToString() => nameof(AcceptInvitationInput);
}

public sealed record AcceptedInvitation(string TenantId, Guid UserId, [OneOf(typeof(Roles), nameof(Roles.OfMembers))] string Role);

/// <summary>Makes whoever has signed in and shows an invitation's token a member, once.</summary>
public sealed class AcceptInvitation(PersonIndexes indexes, TenantDbs dbs, DataKeys keys, TimeProvider time)
{
    public async Task<Result<AcceptedInvitation>> HandleAsync(AcceptInvitationInput input, CancellationToken ct)
    {
        if (!InvitationToken.TryParse(input.Token, out var token)) return UserErrors.InvitationNotFound;
        var person = await indexes.OfAsync(input.Person, ct);
        await using var db = await dbs.BeginAsync(token.Tenant, ct);
        if (await TenantLock.TakeAsync(db, ct) is not { } tenant || await FindAsync(db, token, ct) is not { } invitation) return UserErrors.InvitationNotFound;
        if (tenant.Status is "suspended" or "terminated") return AccessErrors.TenantNotInService;
        // Whoever did not hear the answer asks again.
        if (invitation.Member is { } member) return member.Person.AsSpan().SequenceEqual(person.Bytes) ? new AcceptedInvitation(token.Tenant.Value, member.Id, member.Role) : UserErrors.InvitationNotFound;
        var now = time.GetUtcNow();
        if (invitation.IsOver || invitation.ExpiresAt <= now || (invitation.IsFirst && await Admins.ExistsAsync(db, ct))) return UserErrors.InvitationNotFound;

        var key = await keys.GetAsync(token.Tenant, ct);
        var email = key.Decrypt(EncryptedColumns.InvitationEmail, token.Id, invitation.Email);
        if (await Memberships.TryAddAsync(db, key, time, new(person, invitation.Role, email, $"invitation:{token.Id}"), ct) is not { } user) return UserErrors.AlreadyMember;
        await db.ExecuteAsync(Accept, ct, P.Uuid(token.Id), P.Time(now), P.Uuid(user));
        await db.CommitAsync(ct);
        return new AcceptedInvitation(token.Tenant.Value, user, invitation.Role);
    }

    private const string Find = """
        select i.email, i.role, i.is_first, i.expires_at, i.accepted_at is not null or i.cancelled_at is not null, m.id, m.user_index, m.role
        from fleet.invitations i
        left join fleet.memberships m on m.tenant_id = $1 and m.id = i.membership_id and m.ended_at is null
        where i.tenant_id = $1
          and i.id = $2
          and i.token_hash = $3
        """;

    private static Task<Invitation?> FindAsync(TenantTransaction db, InvitationToken token, CancellationToken ct)
        => db.FindAsync(Find, row => new Invitation(
            row.Bytes(0), row.GetString(1), row.GetBoolean(2), row.Time(3), row.GetBoolean(4),
            row.GuidOrNull(5) is { } id ? new(id, row.Bytes(6), row.GetString(7)) : null), ct, P.Uuid(token.Id), P.Bytes(token.Hash()));

    private const string Accept = """
        update fleet.invitations
        set accepted_at = $3, membership_id = $4
        where tenant_id = $1
          and id = $2
        """;

    private sealed record Invitation(byte[] Email, string Role, bool IsFirst, DateTimeOffset ExpiresAt, bool IsOver, MadeMember? Member);

    private sealed record MadeMember(Guid Id, byte[] Person, string Role);
}
