using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging.Templates;

/// <summary>A due message's template.</summary>
/// <param name="Name">In the set.</param>
/// <param name="Language">Meta's code.</param>
/// <param name="DriversLanguage">Null: nobody named one.</param>
/// <param name="ApprovedName">At Meta; null: none is approved in this language.</param>
internal sealed record DueTemplate(string Name, string Language, string? DriversLanguage, string? ApprovedName);

/// <summary>
/// How a template message goes out: with what Meta has approved. Where it has approved nothing in its language, it goes as text inside
/// WhatsApp's window, else in another language that is approved, else it waits.
/// </summary>
/// <param name="others">What is approved in other languages, the likeliest first, of the templates that are not in their own.</param>
internal sealed class TemplateChoice(TenantSettings tenant, ILookup<string, (string Language, string ApprovedName)> others)
{
    private const int LongestTitle = 20;

    private const string ListOthers = """
        select distinct on (a.template, a.language) a.template, a.language, a.name
        from fleet.message_templates a
        where a.tenant_id = $1
          and a.account_id = $2
          and a.template = any($3)
          and a.language = any($4)
          and a.status = 'APPROVED'
          and a.category = 'UTILITY'
        order by a.template, a.language, a.footer = $5 desc, a.version desc
        """;

    public static async Task<TemplateChoice> OfAsync(TenantDb db, TenantSettings tenant, IReadOnlyList<DueMessage> due, DateTimeOffset now, CancellationToken ct)
    {
        string[] templates = [.. due.Where(m => MayChangeLanguage(m, now)).Select(m => m.Template!.Name).Distinct()];
        if (templates.Length == 0) return new(tenant, Array.Empty<(string, (string, string))>().ToLookup(o => o.Item1, o => o.Item2));
        // What people of a company can read who can't read their own.
        string[] languages = [TemplateSet.CodeOf(tenant.DefaultLanguage), TemplateSet.CodeOf(Languages.English)];
        var found = await db.ListAsync(ListOthers, row => (Template: row.GetString(0), Language: row.GetString(1), Name: row.GetString(2)), ct,
            P.Text(tenant.WhatsAppAccountId), P.Texts(templates), P.Texts(languages), P.Text(tenant.MessageFooter));
        return new(tenant, found.OrderBy(f => Array.IndexOf(languages, f.Language)).ToLookup(f => f.Template, f => (f.Language, f.Name)));
    }

    /// <returns>Null: it waits.</returns>
    public Begun? Choose(DueMessage message, Begun opened, DateTimeOffset now)
    {
        if (message.Template is not { } template) return opened;
        if (template.ApprovedName is { } name) return opened with { ApprovedName = name };
        if (IsWindowOpen(message, now)) return opened with { Content = AsText(opened.Content) };
        if (!MayChangeLanguage(message, now)) return null;
        foreach (var (language, approved) in others[template.Name])
        {
            if (InLanguage(opened.Content, language) is { } content) return opened with { Content = content, ApprovedName = approved, IsInOtherLanguage = true };
        }
        return null;
    }

    public static HeldForTemplate HoldOf(DueMessage message) => new(message.OutboundId, message.Reason, $"held: template {message.Template!.Name} is not approved in {message.Template.Language}");

    /// <summary>As Meta knows it: the log tells it by its name in the set.</summary>
    public static MessageContent AtMeta(Begun begun) => begun.ApprovedName is { } name ? begun.Content with { Template = name } : begun.Content;

    private const string WriteContent = """
        update fleet.message_logs
        set content = $3
        where tenant_id = $1
          and id = $2
        """;

    private const string WriteLanguage = """
        update fleet.outbound
        set template_language = $3
        where tenant_id = $1
          and id = $2
        """;

    private const string Note = """
        insert into fleet.decisions (tenant_id, at, kind, subject, outcome, message_id)
        values ($1, $2, 'held', $3, $4, $5)
        """;

    /// <summary>The log shows what was sent.</summary>
    public static async Task WriteAsync(TenantDb db, DataKey key, Begun begun, DateTimeOffset now, CancellationToken ct)
    {
        var language = begun.Content.Language;
        await using var batch = db.Batch()
            .Add(WriteContent, P.Uuid(begun.MessageId), P.Bytes(begun.Content.Seal(key, begun.MessageId)))
            .Add(WriteLanguage, P.Uuid(begun.OutboundId), P.Text(language))
            .Add(Note, P.Time(now), P.Text(begun.Reason), P.Text($"sent in {language}: not approved in the driver's language"), P.Uuid(begun.MessageId));
        await batch.ExecuteAsync(ct);
    }

    private static bool IsWindowOpen(DueMessage message, DateTimeOffset now) => SendPolicy.IsWindowOpen(message.Facts.LastInboundAt, now);

    // A question about consent proves what was asked in the words that were kept of it. Where nobody named a language the first message
    // goes out in two, and one in place of the other would come twice.
    private static bool MayChangeLanguage(DueMessage message, DateTimeOffset now)
        => message is { Template: { ApprovedName: null, DriversLanguage: not null }, Facts.Purpose: null } && !IsWindowOpen(message, now);

    private MessageContent? InLanguage(MessageContent content, string language)
        => TemplateSet.LanguageOf(language) is { } ours && TemplateSet.Get(tenant.TemplateSet) is var set && set.Find(content.Template!, language) is { } template && template.Examples.Count == (content.Parameters?.Count ?? 0)
            ? TemplateMessages.MakeLong(set, content.Template!, ours, [.. content.Buttons?.Select(b => b.Action) ?? []], [.. content.Parameters ?? []])
            : null;

    // WhatsApp's own buttons are shorter than a template's.
    private static MessageContent AsText(MessageContent content) => content with
    {
        Template = null,
        Language = null,
        Parameters = null,
        Buttons = content.Buttons is { Count: > 0 } buttons ? [.. buttons.Select(b => b with { Title = TemplateParameter.Cut(b.Title, LongestTitle) })] : null,
    };
}
