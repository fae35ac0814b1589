using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Core.Tenants.Onboarding;

namespace FleetChat.Core.Tenants;

/// <summary>A company that is brought in begins to work: from now on its drivers are written to.</summary>
public sealed class ActivateTenant(TenantDbs dbs, GetTenant get, TenantSettingsCache settings, TimeProvider time)
{
    public async Task<Result<TenantView>> HandleAsync(TenantId tenant, string actor, CancellationToken ct)
    {
        await using (var db = await dbs.BeginAsync(tenant, ct))
        {
            if (await TenantLock.TakeAsync(db, ct) is null) return GetTenant.NotFound;
            var company = (await get.FindAsync(db, ct))!;
            if (company.Status == "active") return company;
            if (company.Status == "suspended") return AccessErrors.TenantSuspended(null);
            if (company.Status != "onboarding" || await OnboardingSql.FindAsync(db, ct) is { State: OnboardingState.Undoing or OnboardingState.Undone }) return TenantErrors.NotOnboarding;
            if (GdprRules.FindObstacle(company) is { } obstacle) return obstacle;
            var zone = TimeZoneInfo.FindSystemTimeZoneById(company.TimeZone);
            await using (var batch = db.Batch()
                .Add(Activate)
                .Add(TenantStatus.SaveInDirectory, P.Text("active"))
                .Add(ServiceTerms.Note, P.Day(BillingPeriod.Today(time.GetUtcNow(), zone)), P.Text(company.ServiceTier), P.Bool(true))
                .Add(TenantVersions.Count, P.Time(time.GetUtcNow()))
                .Add(TenantVersions.Insert, TenantVersions.Parameters(time.GetUtcNow(), actor, SettingChanges.Of("status", "onboarding", "active"))))
                await batch.ExecuteAsync(ct);
            await Books.KeepAsync(db, zone, ct);
            db.Audit(time, actor, "tenant.activated", tenant.Value);
            await db.CommitAsync(ct);
        }
        await settings.ReadAsync(tenant, ct);
        return await get.HandleAsync(tenant, ct);
    }

    private const string Activate = """
        update fleet.tenants
        set status = 'active'
        where tenant_id = $1
        """;
}
