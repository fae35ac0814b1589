using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.WhatsApp;

/// <summary>Templates over Meta's Graph API.</summary>
public sealed class WhatsAppTemplates(HttpClient http, IOptions<WhatsAppOptions> options) : IWhatsAppTemplates
{
    private const string Fields = "id,name,language,status,category,rejected_reason,quality_score,components";

    /// <summary>Of 100 each: more than an account may have.</summary>
    private const int MostPages = 80;

    private readonly GraphHttp _graph = new(http, options);

    public async Task<IReadOnlyList<MetaTemplate>> ListAsync(WhatsAppAccount account, CancellationToken ct)
    {
        var (all, after) = (new List<MetaTemplate>(), "");
        for (var page = 0; page < MostPages; page++)
        {
            var path = $"{Segment(account.AccountId)}/message_templates?fields={Fields}&limit=100{(after.Length > 0 ? $"&after={Uri.EscapeDataString(after)}" : "")}";
            (var items, after) = await _graph.GetAsync(path, account.AccessToken, ReadPage, ct);
            all.AddRange(items);
            if (after.Length == 0) return all;
        }
        // More without an end: the list can't be had whole.
        throw new WhatsAppException(WhatsAppFailure.Unknown, 0, null, null);
    }

    public Task<SubmittedTemplate> SubmitAsync(WhatsAppAccount account, TemplateSubmission template, CancellationToken ct)
    {
        var body = new JsonObject
        {
            ["name"] = template.Name,
            ["language"] = template.Language,
            ["category"] = template.Category,
            ["parameter_format"] = "POSITIONAL",
            ["components"] = Components(template),
        };
        return _graph.PostAsync($"{Segment(account.AccountId)}/message_templates", account.AccessToken, body, ReadSubmitted, ct);
    }

    public Task EditAsync(WhatsAppAccount account, string id, TemplateSubmission template, CancellationToken ct)
        => _graph.PostAsync(Segment(id), account.AccessToken, new() { ["components"] = Components(template) }, _ => true, ct);

    public Task UnpauseAsync(WhatsAppAccount account, string id, CancellationToken ct) => _graph.PostAsync($"{Segment(id)}/unpause", account.AccessToken, [], _ => true, ct);

    private static JsonArray Components(TemplateSubmission template)
    {
        var body = new JsonObject { ["type"] = "BODY", ["text"] = template.Body };
        if (template.Examples.Count > 0) body["example"] = new JsonObject { ["body_text"] = new JsonArray(new JsonArray([.. template.Examples.Select(e => (JsonNode)e)])) };
        var components = new JsonArray(body);
        if (template.Footer.Length > 0) components.Add(new JsonObject { ["type"] = "FOOTER", ["text"] = template.Footer });
        if (template.Buttons.Count > 0)
            components.Add(new JsonObject { ["type"] = "BUTTONS", ["buttons"] = new JsonArray([.. template.Buttons.Select(b => new JsonObject { ["type"] = "QUICK_REPLY", ["text"] = b })]) });
        return components;
    }

    private static SubmittedTemplate ReadSubmitted(JsonElement answer)
        => new(answer.Id("id") ?? throw new JsonException("a template without an id"), answer.Id("status") ?? "PENDING", answer.Id("category") ?? "UTILITY");

    /// <returns>What is on the page, and where the next one begins; empty: there is none.</returns>
    private static (IReadOnlyList<MetaTemplate> Items, string After) ReadPage(JsonElement answer)
    {
        // Whatever a 200 without a list is, it does not say that there is nothing.
        if (answer.Member("data") is not { ValueKind: JsonValueKind.Array }) throw new JsonException("a page without a list");
        var paging = answer.Member("paging");
        return ([.. answer.Items("data").Select(Read).OfType<MetaTemplate>()], paging.Text("next") is null ? "" : paging.Member("cursors").Text("after") ?? "");
    }

    private static MetaTemplate? Read(JsonElement item)
    {
        if (item.Id("id") is not { } id || item.Text("name") is not { } name || item.Id("language") is not { } language) return null;
        var buttons = Component(item, "BUTTONS")?.Items("buttons").Select(b => b.Text("text") ?? "") ?? [];
        return new(id, name, language.Replace('-', '_'), item.Id("status") ?? "UNKNOWN", item.Id("category") ?? "UNKNOWN",
            item.Id("rejected_reason") is { } reason and not "NONE" ? reason : null, item.Member("quality_score").Id("score"),
            Component(item, "BODY").Text("text") ?? "", Component(item, "FOOTER").Text("text") ?? "", [.. buttons]);
    }

    // In upper and in lower case both.
    private static JsonElement? Component(JsonElement item, string type)
        => item.Items("components").Where(c => string.Equals(c.Text("type"), type, StringComparison.OrdinalIgnoreCase)).Select(c => (JsonElement?)c).FirstOrDefault();

    private static string Segment(string id) => Uri.EscapeDataString(id);
}
