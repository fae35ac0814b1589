using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Core.Tenants.Numbers;

namespace FleetChat.Core.Tenants.Onboarding;

/// <summary>
/// The end of a company that was not brought in: it is closed, what it gave is forgotten, and its data key is destroyed. The id stays taken. The key goes first: as
/// long as the rows say that it goes on, this is repeated. One that pays for others, which may begin before it is in itself, is not closed before its books are.
/// </summary>
public sealed class CloseOnboarding(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, ClosingBooks books, TimeProvider time)
{
    /// <exception cref="InvalidOperationException">Its books are not settled: to be tried again.</exception>
    public async Task HandleAsync(TenantId tenant, string actor, CancellationToken ct)
    {
        if (await OnboardingSql.FindAsync(dbs.For(tenant), ct) is not { State: OnboardingState.Undoing }) return;
        await using (var db = await dbs.BeginAsync(tenant, ct))
        {
            if (await books.FindObstacleAsync(db, ct) is { } obstacle) throw new InvalidOperationException($"{tenant} can't be closed yet: {obstacle.Code}");
            await SamsaraClaims.LeaveAsync(db, ct);
            await NumberAssignments.EndAsync(db, time.GetUtcNow(), ct);
            await using var batch = db.Batch()
                .Add(ForgetCompany)
                .Add(TenantStatus.SaveInDirectory, P.Text("terminated"))
                .Add(ForgetSecrets, P.Time(time.GetUtcNow()))
                .Add(TenantVersions.Insert, TenantVersions.Parameters(time.GetUtcNow(), actor, SettingChanges.Of("status", "onboarding", "terminated")));
            await batch.ExecuteAsync(ct);
            await db.CommitAsync(ct);
        }
        await keys.DestroyAsync(tenant, ct);
        await using (var db = await dbs.BeginAsync(tenant, ct))
        {
            await OnboardingSql.SetStateAsync(db, OnboardingState.Undone, null, time.GetUtcNow(), ct);
            db.Audit(time, actor, "onboarding.undone", tenant.Value);
            await db.CommitAsync(ct);
        }
        await settings.ReadAsync(tenant, ct);
    }

    private const string ForgetCompany = """
        update fleet.tenants
        set status = 'terminated', primary_contact = null, address = null, tax_id = null
        where tenant_id = $1
        """;

    private const string ForgetSecrets = """
        update fleet.tenant_configurations
        set samsara_api_token = null, samsara_webhook_secret = null, samsara_org_id = null, whatsapp_phone_number = null, whatsapp_phone_number_id = null, whatsapp_business_account_id = null,
            whatsapp_access_token = null, secret_notes = '{}', version = version + 1, updated_at = $2
        where tenant_id = $1
        """;
}
