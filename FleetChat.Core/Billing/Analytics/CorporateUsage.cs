using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Analytics;

/// <summary>What a parent and its children used in some days, each company's in its own time zone.</summary>
/// <param name="Total">Of all companies and days; its key is null.</param>
/// <param name="Data">Rows of all companies together.</param>
/// <param name="Companies">Each by itself: the parent first, then its children by id.</param>
public sealed record CorporateUsage(
    DateOnly From, DateOnly Until, [OneOf(typeof(CorporateUsageBy), nameof(CorporateUsageBy.All))] string By, CorporateUsageRow Total, IReadOnlyList<CorporateUsageRow> Data, IReadOnlyList<CompanyUsage> Companies);

/// <param name="Key">The day, the reason for which messages were sent, or WhatsApp's category; null: there is none, or nobody told it.</param>
/// <param name="ActiveDrivers">With at least one of the messages. Each company's drivers are its own.</param>
public sealed record CorporateUsageRow(string? Key, long MessagesOut, long MessagesIn, long ActiveDrivers);

/// <param name="Data">As the company's own analytics show them.</param>
public sealed record CompanyUsage(TenantId TenantId, string CompanyName, UsageRow Total, IReadOnlyList<UsageRow> Data);

/// <summary>What a row of a corporate account's analytics is of. Part of the API.</summary>
public static class CorporateUsageBy
{
    public static readonly IReadOnlyList<string> All = [UsageBy.Day, UsageBy.EventType, UsageBy.Category];
}
