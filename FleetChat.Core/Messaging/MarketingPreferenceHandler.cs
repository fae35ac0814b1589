using System.Text.Json;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging;

/// <summary>
/// Somebody switched marketing messages off, or on again, in WhatsApp itself. That is no STOP: what concerns the work is no
/// marketing and goes on. People are told, so that nobody sends this driver an offer.
/// </summary>
public sealed class MarketingPreferenceHandler : IInboxHandler
{
    public bool Handles(string source, string kind) => source == InboxSource.WhatsApp && kind == WhatsAppDelivery.UserPreferences;

    public Concerns ConcernsOf(InboxRow row) => new([], [.. Stopped(row).SelectMany(IdentitiesOf)]);

    public async Task<string> HandleAsync(InboxRow row, Processing processing, CancellationToken ct)
    {
        var found = 0;
        foreach (var preference in Stopped(row))
        {
            if (await Conversations.FindAsync(processing.Db, processing.Key, [.. IdentitiesOf(preference)], ct) is not { } conversation) continue;
            foreach (var driver in await DriverSql.ListOfConversationAsync(processing.Db, processing.Key, conversation, ct))
            {
                await Alerts.RaiseAsync(processing.Db, processing.Time, AlertCodes.DriverStoppedMarketing, Alerts.Info, driver.Id.ToString(), ct);
                found++;
            }
        }
        return found > 0 ? "noted: stopped marketing" : "ignored: no opt-out of somebody we know";
    }

    private static IEnumerable<JsonElement> Stopped(InboxRow row)
        => row.Payload.Member("change").Member("value").Items("user_preferences")
            .Where(p => p.Text("category") == "marketing_messages" && p.Text("value") == "stop");

    private static IEnumerable<ChatIdentity> IdentitiesOf(JsonElement preference)
    {
        if (PhoneNumber.FromWhatsApp(preference.Text("wa_id")) is { } phone) yield return ChatIdentity.Of(phone);
        if (preference.Text("user_id") is { Length: <= 200 } user) yield return ChatIdentity.OfUser(user);
    }
}
