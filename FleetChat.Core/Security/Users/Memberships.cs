using FleetChat.Core.Data;
using FleetChat.Core.Security.Identity;
using Npgsql;

namespace FleetChat.Core.Security.Users;

/// <param name="Actor">Who lets him in, for the audit trail.</param>
internal sealed record NewMember(PersonIndex Person, string Role, string Email, string Actor);

internal sealed record Member(Guid Id, string Role, string TenantStatus, string CompanyName, string? SuspendedFor);

/// <summary>Who is a member of the tenant, and as what.</summary>
internal static class Memberships
{
    private const string Find = """
        select m.id, m.role, t.status, t.company_name, t.suspended_for
        from fleet.memberships m
        join fleet.tenants t on t.tenant_id = m.tenant_id
        where m.tenant_id = $1
          and m.user_index = $2
          and m.ended_at is null
        """;

    public static Task<Member?> FindAsync(TenantDb db, PersonIndex person, CancellationToken ct)
        => db.FindAsync(Find, row => new Member(row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetString(3), row.TextOrNull(4)), ct, P.Bytes(person.Bytes));

    private const string Insert = """
        insert into fleet.memberships (tenant_id, id, user_index, role, email, created_at, changed_at)
        values ($1, $2, $3, $4, $5, $6, $6)
        """;

    private const string InsertPointer = """
        insert into directory.user_tenants (tenant_id, user_index, created_at)
        values ($1, $2, $3)
        """;

    /// <returns>Null if he is a member already: the transaction is of no use any more then.</returns>
    public static async Task<Guid?> TryAddAsync(TenantTransaction db, DataKey key, TimeProvider time, NewMember member, CancellationToken ct)
    {
        var (id, now) = (time.NewId(), time.GetUtcNow());
        await using var batch = db.Batch()
            .Add(Insert, P.Uuid(id), P.Bytes(member.Person.Bytes), P.Text(member.Role), P.Bytes(key.Encrypt(EncryptedColumns.MembershipEmail, id, member.Email)), P.Time(now))
            .Add(InsertPointer, P.Bytes(member.Person.Bytes), P.Time(now));
        try
        {
            await batch.ExecuteAsync(ct);
            db.Audit(time, member.Actor, "user.added", id.ToString(), member.Role);
            return id;
        }
        catch (PostgresException exception) when (exception.ConstraintName is "memberships_user" or "user_tenants_pkey")
        {
            return null;
        }
    }
}
