using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging.Templates;

/// <summary>A company's templates.</summary>
/// <param name="TemplateSet">That the company uses, such as <c>transport_standard_v2</c>.</param>
/// <param name="MessageFooter">As it is now.</param>
/// <param name="Items">Those of this set and footer, and older versions that serve until these are approved.</param>
public sealed record TemplateList(string TemplateSet, string MessageFooter, TemplateProgress Progress, IReadOnlyList<TemplateView> Items);

/// <summary>A template in one language and one version of the footer.</summary>
/// <param name="Template">Its name in the set.</param>
/// <param name="Name">At Meta.</param>
/// <param name="Version">Counts the company's footers.</param>
/// <param name="Status">Meta's word; <c>NOT_SUBMITTED</c> until it has one.</param>
/// <param name="IsLive">Approved as UTILITY.</param>
/// <param name="IsSent">Messages in this language go out with it now.</param>
/// <param name="Language">WhatsApp's code.</param>
/// <param name="Category">Only UTILITY is used.</param>
/// <param name="RejectionReason">Meta's; OTHER_CONTENT: Meta has another text under this name.</param>
/// <param name="Quality">GREEN, YELLOW, RED; null where Meta does not say.</param>
public sealed record TemplateView(
    string Template, string Language, string Name, int Version, string Status, string Category, bool IsLive, bool IsSent, string? RejectionReason, string? Quality,
    DateTimeOffset? SubmittedAt, DateTimeOffset? ApprovedAt, TemplatePreview Preview);

/// <summary>What a driver gets.</summary>
/// <param name="Text">Filled in.</param>
/// <param name="Footer">Empty: none.</param>
public sealed record TemplatePreview(string Text, string Footer, IReadOnlyList<string> Buttons);

/// <summary>How a company's templates stand.</summary>
public sealed class ListTemplates(TenantDbs dbs, TenantSettingsCache settings)
{
    public async Task<Result<TemplateList>> HandleAsync(TenantId id, CancellationToken ct)
    {
        if (await settings.ReadAsync(id, ct) is not { } tenant) return GetTenant.NotFound;
        var wanted = WantedTemplate.Of(tenant);
        var rows = tenant.WhatsAppAccountId is { } account ? await TemplateSql.ListAsync(dbs.For(id), account, ct) : [];
        var current = wanted.Select(w => rows.Find(r => (r.Name, r.Language) == (w.Name, w.Language)) ?? Unsubmitted(tenant, w)).ToList();
        var sent = rows.Where(r => r.IsLive).GroupBy(r => (r.Template, r.Language)).Select(g => g.OrderByDescending(r => r.Footer == tenant.MessageFooter).ThenByDescending(r => r.Version).First()).ToHashSet();
        var older = rows.Where(r => sent.Contains(r) && !current.Contains(r));
        return new TemplateList(tenant.TemplateSet, tenant.MessageFooter, ProgressOf(current),
            [.. current.Concat(older).OrderBy(r => r.Template, StringComparer.Ordinal).ThenBy(r => r.Language, StringComparer.Ordinal).ThenByDescending(r => r.Version)
                .Select(r => View(r, sent.Contains(r), wanted))]);
    }

    private static TemplateRow Unsubmitted(TenantSettings tenant, WantedTemplate wanted) => new(wanted.Name, wanted.Language, tenant.TemplateSet, wanted.Template.Name, 1, wanted.Footer)
    {
        Status = TemplateStatus.NotSubmitted,
        Category = wanted.Template.Category,
    };

    private static TemplateProgress ProgressOf(List<TemplateRow> rows)
    {
        var (live, waiting) = (rows.Count(r => r.IsLive), rows.Count(r => !r.IsLive && TemplateStatus.IsWaiting(r.Status) && r.Category == TemplateStatus.Utility));
        return new(rows.Count, live, waiting, rows.Count - live - waiting);
    }

    private static TemplateView View(TemplateRow row, bool isSent, IReadOnlyList<WantedTemplate> wanted)
    {
        // One of a set that the company left has no text here any more.
        var template = wanted.FirstOrDefault(w => (w.Template.Name, w.Language) == (row.Template, row.Language))?.Template;
        return new(row.Template, row.Language, row.Name, row.Version, row.Status, row.Category, row.IsLive, isSent, row.RejectionReason, row.Quality, row.SubmittedAt, row.ApprovedAt,
            new(template?.Fill(template.Examples) ?? "", row.Footer, template?.Buttons ?? []));
    }
}
