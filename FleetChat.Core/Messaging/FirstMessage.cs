using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Security;

namespace FleetChat.Core.Messaging;

/// <summary>
/// The first message to a driver whose language nobody named goes out in two. A template has one language, and one of two would have
/// to be approved for each pair: so it is two messages, in either order. The one that he answers tells his language.
/// </summary>
internal static class FirstMessage
{
    private const string TryNote = """
        update fleet.drivers
        set first_message_at = $3
        where tenant_id = $1
          and id = $2
          and first_message_at is null
          and language is null
        """;

    /// <param name="message">In the company's language, and queued already.</param>
    /// <param name="make">Its content in another one.</param>
    public static async Task AddBesideAsync(
        TenantDb db, DataKey key, TimeProvider time, DriverRow driver, string companysLanguage, NewMessage message, Func<string, MessageContent> make, CancellationToken ct)
    {
        if (driver.Language is not null || message.Kind != MessageKind.Template) return;
        if (await db.ExecuteAsync(TryNote, ct, P.Uuid(driver.Id), P.Time(time.GetUtcNow())) == 0) return;
        var language = Languages.Beside(companysLanguage);
        var beside = message with { Id = time.NewId(), Content = make(language), EffectKey = $"{message.EffectKey}:{language}" };
        await Outbox.TryAddAsync(db, key, time, beside, Outbox.LaneOf(message.Conversation), ct);
    }
}
