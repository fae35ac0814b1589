using FleetChat.Core.Billing;
using FleetChat.Core.Corporate;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Templates;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants.Numbers;
using FleetChat.Core.Tenants.Onboarding;
using Npgsql;

namespace FleetChat.Core.Tenants.Configuration;

/// <param name="Actor">Who changes it, for versions and audit trail.</param>
public sealed record ChangeTenantInput(TenantId Tenant, TenantChange Change, string Actor)
{
    /// <summary>The version that the caller saw; null: whatever there is.</summary>
    public int? SeenVersion { get; init; }

    /// <summary>FleetChat's own people may change what companies may not.</summary>
    public bool IsOperator { get; init; }
}

/// <summary>Changes a company and its configuration. Secrets are tried outside before anything is written; each change is a version.</summary>
public sealed class ChangeTenant(
    TenantDbs dbs, SystemDb system, DataKeys keys, GetTenant get, CheckConnections check, FamilyCurrency family, TenantSettingsCache settings, TimeProvider time)
{
    /// <summary>What a template's words are made of.</summary>
    private static readonly string[] s_ofTemplates = ["message_templates", "branding.message_footer"];

    public async Task<Result<TenantView>> HandleAsync(ChangeTenantInput input, CancellationToken ct)
    {
        if (input.Change.FindFault() is { } fault) return fault;
        if (await get.FindAsync(dbs.For(input.Tenant), ct) is not { } seen) return GetTenant.NotFound;
        if (FindObstacle(input, seen) is { } obstacle) return obstacle;
        if (input.Change.Currency is { } currency && currency != seen.Currency && await family.DiffersAsync(input.Tenant, currency, ct)) return CorporateErrors.CurrencyDiffers;
        var checkedConnections = await check.HandleAsync(input.Change, seen, ct);
        if (!checkedConnections.IsOk) return checkedConnections.Error;
        var changed = await WriteAsync(input, seen.Configuration.Version, checkedConnections.Value, ct);
        await settings.ReadAsync(input.Tenant, ct);
        return changed;
    }

    private static Error? FindObstacle(ChangeTenantInput input, TenantView seen)
    {
        if (input.SeenVersion is { } version && version != seen.Configuration.Version) return TenantErrors.Stale;
        if (seen.Status is "terminating" or "terminated") return TenantErrors.Leaving;
        var change = input.Change;
        if (change.ServiceTier is { } tier && tier != seen.ServiceTier && !input.IsOperator) return TenantErrors.OperatorOnly("$.service_tier");
        // What was agreed on is in the currency that it was agreed in.
        if (change.Currency is { } currency && currency != seen.Currency && !input.IsOperator) return TenantErrors.OperatorOnly("$.currency");
        if (change.SamsaraConfig?.WebhookUrl is { } url && url != seen.Configuration.SamsaraConfig.WebhookUrl.ToString()) return TenantErrors.WebhookUrlGiven;
        return GdprRules.FindObstacle(change, seen);
    }

    private const string LockVersion = """
        select version
        from fleet.tenant_configurations
        where tenant_id = $1
        for no key update
        """;

    private async Task<Result<TenantView>> WriteAsync(ChangeTenantInput input, int version, CheckedConnections connections, CancellationToken ct)
    {
        var key = await keys.GetAsync(input.Tenant, ct);
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        // As activation and closing do, the company first; its onboarding next, so that it is not taken back meanwhile.
        await TenantLock.TakeAsync(db, ct);
        if (await OnboardingSql.LockAsync(db, ct) is { State: OnboardingState.Undoing }) return TenantErrors.TakenBack;
        // What was seen and checked is what is changed, or nothing is.
        if (await db.FindAsync(LockVersion, row => row.GetInt32(0), ct) != version) return TenantErrors.Stale;
        var (before, now) = ((await get.FindAsync(db, ct))!, time.GetUtcNow());
        if (await TakeOutsideAsync(db, before, input.Change, connections, now, ct) is { } taken) return taken;
        await SaveAsync(db, key, input, connections, now, ct);
        var after = (await get.FindAsync(db, ct))!;
        var changes = SettingChanges.Between(before, after);
        if (changes.Count == 0) return before;
        await db.WriteAsync(TenantVersions.Insert, ct, TenantVersions.Parameters(now, input.Actor, changes));
        var zone = TimeZoneInfo.FindSystemTimeZoneById(after.TimeZone);
        if (changes.ContainsKey("service_tier")) await db.WriteAsync(ServiceTerms.Continue, ct, P.Day(BillingPeriod.Today(now, zone)), P.Text(after.ServiceTier));
        if (changes.ContainsKey("time_zone")) await Books.KeepAsync(db, zone, ct);
        db.Audit(time, input.Actor, "tenant.changed", input.Tenant.Value, string.Join(", ", changes.Select(change => change.Key)), SettingChanges.Sides(changes));
        await OnboardingSql.TellAsync(db, time, ct);
        var hasToken = connections.Number is not null && input.Change.WhatsappConfig?.AccessToken is not null;
        if (hasToken) await SendingHoldSql.EndForTakenTokenAsync(db, now, ct);
        // Meta's review takes long enough.
        if (s_ofTemplates.Any(changes.ContainsKey)) await KeepTemplates.LookNowAsync(db, key, time, ct);
        else if (hasToken && after.Status == "active") await KeepTemplates.LookSoonAsync(db, key, time, ct);
        await db.CommitAsync(ct);
        return after;
    }

    /// <summary>A part of the organization, a number: what another company may have.</summary>
    private async Task<Error?> TakeOutsideAsync(TenantTransaction db, TenantView before, TenantChange change, CheckedConnections connections, DateTimeOffset now, CancellationToken ct)
    {
        var samsara = before.Configuration;
        var (org, group) = (connections.SamsaraOrgId ?? samsara.SamsaraConnection.OrgId, change.SamsaraConfig?.GroupId ?? samsara.SamsaraConfig.GroupId);
        if (change.SamsaraConfig is not null && org is not null && !await SamsaraClaims.TryTakeAsync(db, org, group, ct)) return TenantErrors.GroupOverlaps;
        if (connections.Number is not { IsNew: true } number) return null;
        try
        {
            await NumberAssignments.EndAsync(db, now, ct);
            await NumberAssignments.BeginAsync(db, system, number.PhoneNumberId, number.AccountId, now, ct);
            return null;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation && NumberAssignments.FindConflict(exception) is { } conflict)
        {
            return conflict;
        }
    }

    private static async Task SaveAsync(TenantTransaction db, DataKey key, ChangeTenantInput input, CheckedConnections connections, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = db.Batch()
            .Add(TenantSql.SaveCompany, TenantSql.CompanyParameters(key, input.Tenant, input.Change))
            .Add(TenantSql.SaveConfiguration, TenantSql.ConfigurationParameters(key, input.Tenant, input.Change, connections, input.Actor, now));
        await batch.ExecuteAsync(ct);
    }
}
