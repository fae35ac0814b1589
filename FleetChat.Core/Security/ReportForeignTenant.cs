using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Security;

/// <param name="Tenant">Whose key or user it is: this company is told, whoever was named.</param>
/// <param name="Credential">The key's id, or the user's with its kind.</param>
/// <param name="Named">What the caller put where a tenant's id belongs.</param>
public sealed record ReportForeignTenantInput(TenantId Tenant, string Actor, string Credential, string Named, string Function);

/// <summary>A key or a token was used on another tenant's address: kept in the audit trail and alerted, whether that tenant exists or not.</summary>
public sealed class ReportForeignTenant(TenantDbs dbs, TimeProvider time)
{
    public async Task HandleAsync(ReportForeignTenantInput input, CancellationToken ct)
    {
        var named = TenantId.TryParse(input.Named, out var id) ? id.Value : "(no tenant id)";
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        await db.WriteAsync(Alerts.Raise, ct, Alerts.Parameters(time, AlertCodes.ForeignTenant, Alerts.Critical, input.Credential));
        db.Audit(time, input.Actor, "access.denied", named, input.Function);
        await db.CommitAsync(ct);
    }
}
