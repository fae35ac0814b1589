using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Core.Tenants.Onboarding;

namespace FleetChat.Core.Tenants;

/// <param name="For"><c>unpaid</c> or <c>asked</c>.</param>
public sealed record Suspension(TenantId TenantId, [OneOf(typeof(TenantStatus), nameof(TenantStatus.All))] string Status, [OneOf(typeof(SuspendTenant), nameof(SuspendTenant.Reasons))] string? For);

/// <summary>
/// Takes a company out of service, and back in. What arrives is still taken in and what is stored can be read; nothing is sent and nothing
/// changed. Back in service, what is still valid goes out.
/// </summary>
public sealed class SuspendTenant(TenantDbs dbs, TenantSettingsCache settings, TimeProvider time)
{
    /// <summary>Kept, so the words never change.</summary>
    public static readonly IReadOnlyList<string> Reasons = ["unpaid", "asked"];

    public static readonly Error ReasonUnknown = Error.Invalid("suspensions.reason_unknown", "Give unpaid or asked.", "$.reason");

    public static readonly Error NotPossible = Error.Conflict("suspensions.not_possible", "Only a company that is active or onboarding can be suspended; this one is closing or closed.");

    /// <summary>Suspended again, another reason replaces the first.</summary>
    public async Task<Result<Suspension>> SuspendAsync(TenantId tenant, string? reason, string actor, CancellationToken ct)
    {
        if (reason is null || !Reasons.Contains(reason)) return ReasonUnknown;
        return await ChangeAsync(tenant, "suspended", reason, "tenant.suspended", actor, ct);
    }

    /// <summary>A company that is in service stays in it.</summary>
    public Task<Result<Suspension>> LiftAsync(TenantId tenant, string actor, CancellationToken ct) => ChangeAsync(tenant, null, null, "tenant.suspension_lifted", actor, ct);

    /// <param name="status">Null: the one before the suspension.</param>
    private async Task<Result<Suspension>> ChangeAsync(TenantId tenant, string? status, string? reason, string action, string actor, CancellationToken ct)
    {
        await using (var db = await dbs.BeginAsync(tenant, ct))
        {
            if (await db.FindAsync(Lock, row => new Standing(row.GetString(0), row.TextOrNull(1), row.TextOrNull(2)), ct) is not { } before) return GetTenant.NotFound;
            if (status is not null && before.Status is not ("active" or "onboarding" or "suspended")) return NotPossible;
            var after = status is not null
                ? new Standing(status, reason, before.From ?? (before.Status == "suspended" ? "active" : before.Status))
                : before.Status == "suspended" ? new(before.From ?? "active", null, null) : before;
            if (after == before) return new Suspension(tenant, before.Status, before.For);
            await db.WriteAsync(Save, ct, P.Text(after.Status), P.Text(after.For), P.Text(after.From));
            await db.WriteAsync(TenantStatus.SaveInDirectory, ct, P.Text(after.Status));
            await db.WriteAsync(TenantVersions.Count, ct, P.Time(time.GetUtcNow()));
            await db.WriteAsync(TenantVersions.Insert, ct, TenantVersions.Parameters(time.GetUtcNow(), actor, before.ChangesTo(after)));
            if (status is null) await OnboardingSql.TellAsync(db, time, ct);
            db.Audit(time, actor, action, tenant.Value, reason ?? "", new(before.Status, after.Status));
            await db.CommitAsync(ct);
            reason = after.For;
            status = after.Status;
        }
        await settings.ReadAsync(tenant, ct);
        return new Suspension(tenant, status, reason);
    }

    private const string Lock = """
        select status, suspended_for, suspended_from
        from fleet.tenants
        where tenant_id = $1
        for no key update
        """;

    private const string Save = """
        update fleet.tenants
        set status = $2, suspended_for = $3, suspended_from = $4
        where tenant_id = $1
        """;

    private sealed record Standing(string Status, string? For, string? From)
    {
        public JsonObject ChangesTo(Standing after)
        {
            var changes = new JsonObject();
            if (after.Status != Status) changes.Add("status", SettingChanges.Change(Status, after.Status));
            if (after.For != For) changes.Add("suspended_for", SettingChanges.Change(For, after.For));
            return changes;
        }
    }
}
