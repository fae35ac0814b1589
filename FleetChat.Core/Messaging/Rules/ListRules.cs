using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging.Rules;

public sealed record RuleList(IReadOnlyList<MessageRule> Data);

/// <summary>A company's rules as they are in force, in the order of a transport's life.</summary>
public sealed class ListRules(TenantSettingsCache settings)
{
    public async Task<Result<RuleList>> HandleAsync(TenantId tenant, CancellationToken ct)
        => await settings.FindFreshAsync(tenant, ct) is { } found ? new RuleList(found.Rules.All) : GetTenant.NotFound;
}
