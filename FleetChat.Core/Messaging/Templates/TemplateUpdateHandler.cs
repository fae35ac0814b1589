using System.Text.Json;
using FleetChat.Core.Inbox;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging.Templates;

/// <summary>
/// Meta tells what became of a template. It tells so out of order, late and twice: news that are older than what is known change nothing,
/// and whatever is told, Meta is asked at once how it stands now.
/// </summary>
public sealed class TemplateUpdateHandler : IInboxHandler
{
    private const string StatusUpdate = "message_template_status_update";
    private const string QualityUpdate = "message_template_quality_update";
    private const string CategoryUpdate = "template_category_update";
    private const string ComponentsUpdate = "message_template_components_update";

    public bool Handles(string source, string kind) => source == InboxSource.WhatsApp && kind is StatusUpdate or QualityUpdate or CategoryUpdate or ComponentsUpdate;

    public Concerns ConcernsOf(InboxRow row) => Concerns.Nobody;

    public async Task<string> HandleAsync(InboxRow row, Processing processing, CancellationToken ct)
    {
        var value = row.Payload.Member("change").Member("value");
        if (value.Text("message_template_name") is not { } name || value.Id("message_template_language") is not { } language) return "ignored: names no template";
        // The tenant's number may have moved to another account since.
        if (row.Payload.Id("account") is not { } account || account != processing.Settings.WhatsAppAccountId) return "ignored: another account";
        var changed = await FollowTemplates.TakeAsync(processing, account, [NewsIn(value!.Value, new(name, language.Replace('-', '_')) { IsHearsay = true })], HappenedAt(row), ct);
        await processing.CallSoonAsync(KeepTemplates.Call(processing.Time.GetUtcNow()), ct);
        return changed > 0 ? "noted: template changed" : "noted: template";
    }

    // By its members: Meta's own example of the quality's update bears the status' name. What Meta plans to change is no change yet.
    private static TemplateNews NewsIn(JsonElement value, TemplateNews news)
    {
        if (value.Id("new_quality_score") is { } quality) return news with { Quality = quality };
        if (value.Id("new_category") is { } category) return value.Id("previous_category") is null ? news : news with { Category = category };
        return value.Id("event") is { } status && TemplateStatus.IsKnown(status)
            ? news with { Status = status, Reason = value.Id("reason") is { } reason and not "NONE" ? reason : null, Category = value.Id("message_template_category") }
            : news;
    }

    // A clock of theirs that is ahead must not shut out what is heard next.
    private static DateTimeOffset HappenedAt(InboxRow row) => row.Payload.UnixSeconds("time") is { } told && told < row.ReceivedAt ? told : row.ReceivedAt;
}
