using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing;

/// <param name="Actor">Who takes it back, for the audit trail.</param>
public sealed record WithdrawLimitsInput(TenantId Tenant, string Actor);

/// <summary>Takes back what <see cref="OverrideLimits"/> allowed: the tier's limits hold at once. Who is enrolled stays.</summary>
public sealed class WithdrawLimits(TenantDbs dbs, GetUsage get, TimeProvider time)
{
    public async Task<Result<UsageView>> HandleAsync(WithdrawLimitsInput input, CancellationToken ct)
    {
        await using (var db = await dbs.BeginAsync(input.Tenant, ct))
        {
            if (await db.ExecuteAsync(Delete, ct) > 0) db.Audit(time, input.Actor, "limits.withdrawn", input.Tenant.Value);
            await db.CommitAsync(ct);
        }
        return await get.HandleAsync(input.Tenant, ct);
    }

    private const string Delete = """
        delete from fleet.limit_overrides
        where tenant_id = $1
        """;
}
