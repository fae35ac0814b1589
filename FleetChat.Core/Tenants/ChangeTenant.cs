using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Core.Tenants;

/// <summary>What a company sets of its own day. What is null stays as it is.</summary>
/// <param name="EscalateAfterMinutes">How long something may wait for a dispatcher before it is alerted: 1 to 1,440.</param>
/// <param name="MostUnaskedMessages">What a driver is told in a day without having done anything, 1 to 100; what comes after is told together.</param>
/// <param name="DriverConsentRequired">Whether a driver has to say yes himself before evidence of his consent counts.</param>
/// <param name="LoadReferenceKey">Key in a Samsara route's externalIds under which the load's number is kept.</param>
public sealed record TenantChange(int? EscalateAfterMinutes = null, int? MostUnaskedMessages = null, string? LoadReferenceKey = null, bool? DriverConsentRequired = null);

/// <param name="Actor">Who changes it, for the audit trail.</param>
public sealed record ChangeTenantInput(TenantId Tenant, TenantChange Change, string Actor);

/// <summary>A company changes its own settings.</summary>
public sealed class ChangeTenant(TenantDbs dbs, TenantSettingsCache settings, GetTenant get, TimeProvider time)
{
    private const int LongestEscalation = 24 * 60;
    private const int MostMessages = 100;
    private const int LongestKey = 100;

    public async Task<Result<TenantView>> HandleAsync(ChangeTenantInput input, CancellationToken ct)
    {
        if (FindFault(input.Change) is { } fault) return fault;
        var (change, now) = (input.Change, time.GetUtcNow());
        await using (var db = await dbs.BeginAsync(input.Tenant, ct))
        {
            await using var batch = db.Batch()
                .Add(Save, P.Number(change.EscalateAfterMinutes), P.Number(change.MostUnaskedMessages), P.Text(change.LoadReferenceKey), P.Time(now), P.Bool(change.DriverConsentRequired))
                .Add(AuditTrail.Insert, AuditTrail.Parameters(time, input.Actor, "tenant.changed", input.Tenant.Value, JsonSerializer.Serialize(change, JsonSerializerOptions.Web)));
            await batch.ExecuteAsync(ct);
            await db.CommitAsync(ct);
        }
        await settings.ReadAsync(input.Tenant, ct);
        return await get.HandleAsync(input.Tenant, ct);
    }

    private static Error? FindFault(TenantChange change) => change switch
    {
        { EscalateAfterMinutes: < 1 or > LongestEscalation } => Error.Invalid("tenants.escalation_out_of_range", "Give 1 to 1440 minutes.", "$.escalate_after_minutes"),
        { MostUnaskedMessages: < 1 or > MostMessages } => Error.Invalid("tenants.most_messages_out_of_range", "Give 1 to 100 messages a day.", "$.most_unasked_messages"),
        { LoadReferenceKey.Length: 0 or > LongestKey } => Error.Invalid("tenants.load_key_invalid", "Give a key of 1 to 100 characters.", "$.load_reference_key"),
        _ => null,
    };

    private const string Save = """
        update fleet.tenant_configurations
        set escalate_after_minutes = coalesce($2, escalate_after_minutes), most_unasked_messages = coalesce($3, most_unasked_messages),
            load_reference_key = coalesce($4, load_reference_key), driver_consent_required = coalesce($6, driver_consent_required), version = version + 1, updated_at = $5
        where tenant_id = $1
        """;
}
