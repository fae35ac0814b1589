using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;

namespace FleetChat.Core.Transports;

/// <param name="Rules">All of them, in their order: they replace those before.</param>
public sealed record StopKindList(IReadOnlyList<StopKindRule>? Rules = null);

/// <param name="Actor">Who changes them, for the audit trail.</param>
public sealed record ChangeStopKindsInput(TenantId Tenant, StopKindList List, string Actor);

/// <summary>How a company says what its stops are for.</summary>
public sealed class ChangeStopKinds(TenantDbs dbs, TenantSettingsCache settings, TimeProvider time)
{
    private const int MostRules = 50;
    private const int LongestText = 100;

    private static readonly Error CountOutOfRange = Error.Invalid("stop_kinds.count", $"Give a list of up to {MostRules} rules.", "$.rules");

    public async Task<Result<StopKindList>> GetAsync(TenantId tenant, CancellationToken ct)
        => await settings.FindFreshAsync(tenant, ct) is { } found ? new StopKindList(found.StopKinds.Rules) : GetTenant.NotFound;

    public async Task<Result<StopKindList>> HandleAsync(ChangeStopKindsInput input, CancellationToken ct)
    {
        if (FindFault(input.List.Rules) is { } fault) return fault;
        var rules = JsonSerializer.Serialize(input.List.Rules, StopKindRules.Json);
        var now = time.GetUtcNow();
        await using (var db = await dbs.BeginAsync(input.Tenant, ct))
        {
            await using (var batch = db.Batch()
                .Add(Save, P.Text(rules), P.Time(now))
                .Add(TenantVersions.Insert, TenantVersions.Parameters(now, input.Actor, SettingChanges.Of("stop_kinds", null, JsonNode.Parse(rules)))))
                await batch.ExecuteAsync(ct);
            // What a rule looks for is the company's own words.
            db.Audit(time, input.Actor, "stop_kinds.changed", input.Tenant.Value, $"{input.List.Rules!.Count} rules");
            await db.CommitAsync(ct);
        }
        await settings.ReadAsync(input.Tenant, ct);
        return input.List;
    }

    private static Error? FindFault(IReadOnlyList<StopKindRule>? rules)
    {
        if (rules is null || rules.Count > MostRules) return CountOutOfRange;
        for (var at = 0; at < rules.Count; at++)
        {
            if (FindFault(rules[at]) is var (member, fault)) return RuleInvalid(at, member, fault);
        }
        return null;
    }

    private static Error RuleInvalid(int at, string member, string fault) => Error.Invalid("stop_kinds.rule_invalid", fault, $"$.rules[{at}].{member}");

    private static (string Member, string Fault)? FindFault(StopKindRule? rule) => rule switch
    {
        null => ("field", "Give a rule."),
        { Field: not (StopKindRule.Name or StopKindRule.Notes or StopKindRule.ExternalId) } => ("field", "Give name, notes or external_id."),
        { Field: StopKindRule.ExternalId, Key: not { Length: > 0 and <= LongestText } } => ("key", $"Give the externalIds' key, of up to {LongestText} characters."),
        { Match: not (StopKindRule.Contains or StopKindRule.Is) } => ("match", "Give contains or equals."),
        { Value: not { Length: > 0 and <= LongestText } } => ("value", $"Give a text of 1 to {LongestText} characters."),
        { Kind: not (StopKind.Pickup or StopKind.Delivery or StopKind.Other) } => ("kind", "Give pickup, delivery or other."),
        _ => null,
    };

    private const string Save = """
        update fleet.tenant_configurations
        set stop_kinds = $2::jsonb, version = version + 1, updated_at = $3
        where tenant_id = $1
        """;
}
