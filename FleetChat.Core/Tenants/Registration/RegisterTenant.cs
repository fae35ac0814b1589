using FleetChat.Core.Billing;
using FleetChat.Core.Corporate;
using FleetChat.Core.Data;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Security.Users;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Core.Tenants.Numbers;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FleetChat.Core.Tenants.Registration;

/// <param name="RegistrationKey">One company each, however often it comes.</param>
/// <param name="RequestHash">SHA-256 of the request: another one with the same key is a mistake.</param>
/// <param name="By">FleetChat's operator.</param>
public sealed record RegisterTenantInput(Configuration.Registration Registration, string RegistrationKey, byte[] RequestHash, Caller By);

/// <summary>Creates a company that is to be brought in: its id, its data key, its rows, and its first admin's invitation. Each step may be repeated.</summary>
public sealed class RegisterTenant(SystemDb system, TenantDbs dbs, DataKeys keys, GetTenant get, InviteUser invite, IOptions<SamsaraOptions> samsara, TimeProvider time)
{
    /// <summary>Of the first invitation: repeated, there is no second.</summary>
    private const string FirstInvitation = "registration";

    /// <summary>What a company expects holds for so long against its tier; then it is known better.</summary>
    private const int DaysOfFirstLimits = 365;

    public async Task<Result<TenantView>> HandleAsync(RegisterTenantInput input, CancellationToken ct)
    {
        if (input.Registration.FindFault() is { } fault) return fault;
        var entry = await TenantRegister.TakeAsync(system, input, DataKeys.NewName(), time.GetUtcNow(), ct);
        if (!entry.RequestHash.AsSpan().SequenceEqual(input.RequestHash)) return IdempotencyKeys.Reused;
        if (await get.FindAsync(dbs.For(entry.Tenant), ct) is null && await CreateAsync(entry, input, ct) is { } refused) return refused;
        // A company that was taken back meanwhile has nobody to invite, and no key to write to him with.
        if (input.Registration is { InviteAdmin: true, PrimaryContact.Email: { } email } && await IsBroughtInAsync(entry.Tenant, ct))
            await invite.HandleAsync(new(entry.Tenant, email, Roles.TenantAdmin, input.By) { IdempotencyKey = FirstInvitation }, ct);
        return (await get.FindAsync(dbs.For(entry.Tenant), ct))!;
    }

    private async Task<bool> IsBroughtInAsync(TenantId tenant, CancellationToken ct) => (await get.FindAsync(dbs.For(tenant), ct))!.Status == "onboarding";

    private async Task<Error?> CreateAsync(RegisterEntry entry, RegisterTenantInput input, CancellationToken ct)
    {
        var parent = await CorporateLinks.FindParentAsync(dbs, input.Registration.ParentTenantId, ct);
        if (parent is null && input.Registration.ParentTenantId is not null) return CorporateErrors.ParentNotFound;
        var key = await keys.EnsureAsync(entry.Tenant, entry.KeySecretName, ct);
        await using var db = await dbs.BeginAsync(entry.Tenant, ct);
        try
        {
            await InsertAsync(db, key, entry, input, ct);
            if (parent is { } of && await LinkAsync(db, of, input.By, ct) is { } refused) return refused;
            await db.CommitAsync(ct);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // The same registration, by another process a moment ago.
        }
        return null;
    }

    private async Task<Error?> LinkAsync(TenantTransaction db, TenantId parent, Caller by, CancellationToken ct)
    {
        if (await CorporateLinks.TrySetAsync(db, parent, ct) is { } refused) return refused;
        db.Audit(time, by.Actor, "corporate.parent_set", parent.Value);
        return null;
    }

    private const string InsertDirectory = """
        insert into directory.tenants (tenant_id, status, data_region, created_at)
        values ($1, 'onboarding', $2, $3)
        """;

    private const string InsertTenant = """
        insert into fleet.tenants (tenant_id, company_name, service_tier, status, data_region, country, time_zone, default_language, currency, key_secret_name, created_at)
        values ($1, $2, $3, 'onboarding', $4, $5, $6, $7, $8, $9, $10)
        """;

    private const string InsertConfiguration = """
        insert into fleet.tenant_configurations (tenant_id, samsara_base_url, updated_at)
        values ($1, $2, $3)
        """;

    private async Task InsertAsync(TenantTransaction db, DataKey key, RegisterEntry entry, RegisterTenantInput input, CancellationToken ct)
    {
        var (made, now) = (input.Registration, time.GetUtcNow());
        var samsaraUrl = samsara.Value.BaseUrl ?? DataRegions.Find(made.DataRegion)!.SamsaraUrl;
        await using var batch = db.Batch()
            .Add(InsertDirectory, P.Text(made.DataRegion), P.Time(now))
            .Add(InsertTenant, P.Text(made.CompanyName), P.Text(made.ServiceTier), P.Text(made.DataRegion), P.Text(made.Country), P.Text(made.TimeZone), P.Text(made.DefaultLanguage),
                P.Text(made.Currency), P.Text(entry.KeySecretName), P.Time(now))
            .Add(TenantSql.SaveCompany, TenantSql.CompanyParameters(key, entry.Tenant, made.Details))
            .Add(InsertConfiguration, P.Text(samsaraUrl.ToString()), P.Time(now))
            .Add(Books.Open)
            .Add(TenantVersions.Insert, TenantVersions.Parameters(now, input.By.Actor, SettingChanges.Of("status", null, "onboarding")));
        if (made.EstimatedDriverCount > ResourceLimits.OfTier(made.ServiceTier).MaxDrivers)
            batch.Add(OverrideLimits.Save, P.Number(made.EstimatedDriverCount), P.Big(null), P.Big(null), P.Day(DateOnly.FromDateTime(now.UtcDateTime).AddDays(DaysOfFirstLimits)), P.Text(input.By.Actor), P.Time(now));
        await batch.ExecuteAsync(ct);
        db.Audit(time, input.By.Actor, "tenant.registered", entry.Tenant.Value, $"{made.ServiceTier}, {made.DataRegion}");
    }
}
