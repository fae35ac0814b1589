using FleetChat.Core.Data;

namespace FleetChat.Core.Tenants.Registration;

/// <summary>A registration with what was given to it, once.</summary>
/// <param name="KeySecretName">Under which the company's data key lies in the secret store.</param>
internal sealed record RegisterEntry(TenantId Tenant, string KeySecretName, byte[] RequestHash);

/// <summary>Gives companies their ids: from their name and a number that only grows. In the system's role, because nobody is the tenant yet.</summary>
internal static class TenantRegister
{
    // Who counts at the same moment waits for the name's row. A number that is counted and not used is passed over for good.
    private const string Take = """
        with counted as (
            insert into directory.tenant_names as n (stem, last_number)
            select $3, 1 + coalesce(max(substring(t.tenant_id from length($3) + 2)::int), 0)
            from directory.tenants t
            where t.tenant_id ~ ('^' || $3 || '_[0-9]{3,9}$')
            having not exists (select from directory.registrations where registration_key = $1)
            on conflict (stem) do update
            set last_number = greatest(n.last_number + 1, excluded.last_number)
            returning last_number
        )
        insert into directory.registrations (registration_key, request_hash, given_id, key_secret_name, registered_at)
        select $1, $2, $3 || '_' || lpad(last_number::text, greatest(3, length(last_number::text)), '0'), $4, $5
        from counted
        on conflict (registration_key) do nothing
        """;

    private const string Find = """
        select given_id, key_secret_name, request_hash
        from directory.registrations
        where registration_key = $1
        """;

    /// <summary>The same entry however often the registration is repeated.</summary>
    public static async Task<RegisterEntry> TakeAsync(SystemDb db, RegisterTenantInput input, string keySecretName, DateTimeOffset now, CancellationToken ct)
    {
        await db.ExecuteAsync(Take, ct,
            P.Text(input.RegistrationKey), P.Bytes(input.RequestHash), P.Text(CompanyNames.StemOf(input.Registration.CompanyName!)), P.Text(keySecretName), P.Time(now));
        return (await db.FindAsync(Find, row => new RegisterEntry(TenantId.Parse(row.GetString(0)), row.GetString(1), row.Bytes(2)), ct, P.Text(input.RegistrationKey)))!;
    }
}
