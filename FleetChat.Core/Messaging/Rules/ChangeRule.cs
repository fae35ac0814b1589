using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;

namespace FleetChat.Core.Messaging.Rules;

/// <param name="Change">What is null stays as it is.</param>
public sealed record ChangeRuleInput(TenantId Tenant, string Rule, RuleChange Change, string Actor);

/// <summary>A company changes one of its rules; the defaults stay beneath.</summary>
public sealed class ChangeRule(TenantDbs dbs, TenantSettingsCache settings, TimeProvider time)
{
    public static readonly Error NotFound = Error.NotFound("rules.not_found", "There is no such rule. GET /api/rules lists those there are.");

    internal const int LongestSettle = 24 * 60 * 60;
    internal const int LongestLead = 7 * 24 * 60;
    internal const int LongestThreshold = 24 * 60;

    private static readonly Error UrgencyUnknown = Error.Invalid("rules.urgency_unknown", "Give urgent, normal or can_wait.", "$.urgency");
    private static readonly Error SettleOutOfRange = Error.Invalid("rules.settle_out_of_range", "Give 0 to 86400 seconds.", "$.settle_seconds");
    private static readonly Error LeadOutOfRange = Error.Invalid("rules.lead_out_of_range", "Give 0 to 10080 minutes.", "$.lead_minutes");
    private static readonly Error ThresholdOutOfRange = Error.Invalid("rules.threshold_out_of_range", "Give 0 to 1440 minutes.", "$.threshold_minutes");

    public async Task<Result<MessageRule>> HandleAsync(ChangeRuleInput input, CancellationToken ct)
    {
        if (RuleBook.Default.Find(input.Rule) is not { } rule) return NotFound;
        if (FindFault(rule, input.Change) is { } fault) return fault;
        await using (var db = await dbs.BeginAsync(input.Tenant, ct))
        {
            var now = time.GetUtcNow();
            var changes = new Dictionary<string, RuleChange>(RuleBook.Of((await db.FindAsync(Lock, row => row.GetString(0), ct))!).Changes);
            var before = changes.GetValueOrDefault(rule.Id);
            var after = changes[rule.Id] = Merge(before, input.Change);
            await using (var batch = db.Batch()
                .Add(Save, P.Text(JsonSerializer.Serialize(changes, RuleBook.Json)), P.Time(now))
                .Add(TenantVersions.Insert, TenantVersions.Parameters(now, input.Actor, SettingChanges.Of($"rules.{rule.Id}", null, JsonSerializer.SerializeToNode(input.Change, RuleBook.Json)))))
                await batch.ExecuteAsync(ct);
            db.Audit(time, input.Actor, "rule.changed", rule.Id, change: new(before, after));
            await db.CommitAsync(ct);
        }
        return (await settings.ReadAsync(input.Tenant, ct))!.Rules.Find(rule.Id)!;
    }

    // What a rule does not look at would be taken and change nothing.
    private static Error? FindFault(MessageRule rule, RuleChange change)
    {
        if (change.SettleSeconds is not null && rule.SettleSeconds == 0) return NotUsed("settle_seconds");
        if (change.LeadMinutes is not null && rule.LeadMinutes is null) return NotUsed("lead_minutes");
        if (change.ThresholdMinutes is not null && rule.ThresholdMinutes is null) return NotUsed("threshold_minutes");
        if (change.Urgency is { } urgency && !RuleUrgency.All.Contains(urgency)) return UrgencyUnknown;
        if (change.SettleSeconds is < 0 or > LongestSettle) return SettleOutOfRange;
        if (change.LeadMinutes is < 0 or > LongestLead) return LeadOutOfRange;
        return change.ThresholdMinutes is < 0 or > LongestThreshold ? ThresholdOutOfRange : null;
    }

    private static Error NotUsed(string field) => Error.Invalid("rules.not_used", "This rule has no such time: GET /api/rules shows which it has. Leave it out.", $"$.{field}");

    private static RuleChange Merge(RuleChange? old, RuleChange change) => new(
        change.IsOn ?? old?.IsOn, change.Urgency ?? old?.Urgency, change.SettleSeconds ?? old?.SettleSeconds, change.LeadMinutes ?? old?.LeadMinutes,
        change.ThresholdMinutes ?? old?.ThresholdMinutes);

    private const string Lock = """
        select rules::text
        from fleet.tenant_configurations
        where tenant_id = $1
        for no key update
        """;

    private const string Save = """
        update fleet.tenant_configurations
        set rules = $2::jsonb, version = version + 1, updated_at = $3
        where tenant_id = $1
        """;
}
