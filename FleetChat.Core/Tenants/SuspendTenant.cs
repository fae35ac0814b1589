using System.Text.Json.Nodes;
using FleetChat.Core.Corporate;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Core.Tenants.Onboarding;
using Npgsql;

namespace FleetChat.Core.Tenants;

/// <param name="For">Why; null: it is not suspended.</param>
public sealed record Suspension(TenantId TenantId, [OneOf(typeof(TenantStatus), nameof(TenantStatus.All))] string Status, [OneOf(typeof(SuspendTenant), nameof(SuspendTenant.Grounds))] string? For);

/// <summary>
/// Takes a company out of service, and back in. What arrives is still taken in and what is stored can be read; nothing is sent and nothing
/// changed. Back in service, what is still valid goes out. Those that a company pays for go out of service with it where it does not pay, and come back with it.
/// </summary>
public sealed class SuspendTenant(TenantDbs dbs, SystemDb system, TenantSettingsCache settings, TimeProvider time)
{
    internal const string Unpaid = "unpaid";
    internal const string Asked = "asked";
    internal const string ParentUnpaid = "parent_unpaid";

    /// <summary>What people may say. Kept, so the words never change.</summary>
    public static readonly IReadOnlyList<string> Reasons = [Unpaid, Asked];

    /// <summary>All that there are.</summary>
    public static readonly IReadOnlyList<string> Grounds = [.. Reasons, ParentUnpaid];

    public static readonly Error ReasonUnknown = Error.Invalid("suspensions.reason_unknown", "Give unpaid or asked.", "$.reason");

    public static readonly Error NotPossible = Error.Conflict("suspensions.not_possible", "Only a company that is active or onboarding can be suspended; this one is closing or closed.");

    /// <summary>Suspended again, another reason replaces the first.</summary>
    public async Task<Result<Suspension>> SuspendAsync(TenantId tenant, string? reason, string actor, CancellationToken ct)
    {
        if (reason is null || !Reasons.Contains(reason)) return ReasonUnknown;
        // The children first, here and below: whoever dies on the way finds by the parent's own state that there is something left.
        if (reason == Unpaid)
        {
            foreach (var child in await CorporateLinks.ListChildrenAsync(system, tenant, ct))
                await ChangeAsync(child, "suspended", ParentUnpaid, "tenant.suspended", actor, standing => standing.Status is "active" or "onboarding", null, ct);
        }
        return await ChangeAsync(tenant, "suspended", reason, "tenant.suspended", actor, _ => true, null, ct);
    }

    /// <summary>A company that is in service stays in it.</summary>
    public async Task<Result<Suspension>> LiftAsync(TenantId tenant, string actor, CancellationToken ct)
    {
        await LiftChildrenAsync(tenant, actor, ct);
        return await ChangeAsync(tenant, null, null, Lifted, actor, _ => true, null, ct);
    }

    /// <summary>For a company that has paid: one that is suspended for something else stays so, and one whose parent has not paid is suspended for that from now on.</summary>
    /// <param name="tell">Writes down in the lift's transaction who is to be told of it. Not called if there is nothing to lift.</param>
    internal async Task TryLiftPaidAsync(TenantId tenant, string actor, Func<TenantDb, Task> tell, CancellationToken ct)
    {
        await LiftChildrenAsync(tenant, actor, ct);
        var isParentSuspended = await CorporateLinks.FindParentAsync(dbs.For(tenant), ct) is { } parent && await dbs.For(parent).FindAsync(FindStanding, Read, ct) is { For: Unpaid };
        if (isParentSuspended) await ChangeAsync(tenant, "suspended", ParentUnpaid, "tenant.suspended", actor, IsUnpaid, null, ct);
        else await ChangeAsync(tenant, null, null, Lifted, actor, IsUnpaid, tell, ct);

        static bool IsUnpaid(Standing standing) => standing.For == Unpaid;
    }

    private async Task LiftChildrenAsync(TenantId tenant, string actor, CancellationToken ct)
    {
        foreach (var child in await CorporateLinks.ListChildrenAsync(system, tenant, ct)) await LiftChildAsync(child, actor, ct);
    }

    /// <summary>Another company pays for it, or it does itself: what its parent owed keeps it from nothing any more.</summary>
    internal Task LiftChildAsync(TenantId child, string actor, CancellationToken ct) => ChangeAsync(child, null, null, Lifted, actor, standing => standing.For == ParentUnpaid, null, ct);

    private const string Lifted = "tenant.suspension_lifted";

    /// <param name="status">Null: the one before the suspension.</param>
    /// <param name="applies">To a company that stands so; else it stays so.</param>
    /// <param name="tell">What else is written if it changes.</param>
    private async Task<Result<Suspension>> ChangeAsync(
        TenantId tenant, string? status, string? reason, string action, string actor, Func<Standing, bool> applies, Func<TenantDb, Task>? tell, CancellationToken ct)
    {
        await using (var db = await dbs.BeginAsync(tenant, ct))
        {
            if (await db.FindAsync(Lock, Read, ct) is not { } before) return GetTenant.NotFound;
            if (!applies(before)) return new Suspension(tenant, before.Status, before.For);
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
            if (tell is not null) await tell(db);
            db.Audit(time, actor, action, tenant.Value, reason ?? "", new(before.Status, after.Status));
            await db.CommitAsync(ct);
            reason = after.For;
            status = after.Status;
        }
        await settings.ReadAsync(tenant, ct);
        return new Suspension(tenant, status, reason);
    }

    private static Standing Read(NpgsqlDataReader row) => new(row.GetString(0), row.TextOrNull(1), row.TextOrNull(2));

    private const string FindStanding = """
        select status, suspended_for, suspended_from
        from fleet.tenants
        where tenant_id = $1
        """;

    private const string Lock = $"""
        {FindStanding}
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
