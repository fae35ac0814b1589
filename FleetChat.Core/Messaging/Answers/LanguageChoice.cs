using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;

namespace FleetChat.Core.Messaging.Answers;

/// <summary>A driver chooses the language that he is written to in: by its name, or by the button that he taps of a message that came in two.</summary>
internal static class LanguageChoice
{
    private static readonly TimeSpan ConfirmationValidFor = TimeSpan.FromHours(1);

    private static readonly Dictionary<string, string> Confirmations = new()
    {
        [Languages.English] = "OK, you will get messages in English from now on.",
        [Languages.Spanish] = "Listo, desde ahora recibirás los mensajes en español.",
        [Languages.French] = "C'est noté : vous recevrez désormais les messages en français.",
    };

    /// <returns>The language that a word stands for; null if it is another word.</returns>
    public static string? Of(string text) => Keywords.Find(text) switch
    {
        Meaning.SpeakEnglish => Languages.English,
        Meaning.SpeakSpanish => Languages.Spanish,
        Meaning.SpeakFrench => Languages.French,
        _ => null,
    };

    /// <summary>The driver said so, and hears it in the new language.</summary>
    /// <param name="cause">The message that he said it in.</param>
    public static async Task ChangeAsync(Processing processing, Guid conversation, Guid driver, string language, Guid cause, DateTimeOffset saidAt, CancellationToken ct)
    {
        await SetAsync(processing.Db, driver, language, processing.Time.GetUtcNow(), ct);
        var message = new NewMessage(processing.Time.NewId(), conversation, driver, MessageKind.Text, new(Confirmations[language]), "language", $"language:{cause:N}")
        {
            ValidUntil = saidAt + ConfirmationValidFor,
        };
        await Outbox.TryAddAsync(processing.Db, processing.Key, processing.Time, message, processing.SendLaneOf(conversation), ct);
    }

    private const string FindContent = """
        select content
        from fleet.message_logs
        where tenant_id = $1
          and id = $2
        """;

    /// <summary>Nobody chose a language for him, and he answers a message in this one: he reads it. Not worth a word.</summary>
    public static async Task InferAsync(Processing processing, DriverRow driver, Guid tapped, CancellationToken ct)
    {
        if (driver.Language is not null) return;
        var content = await processing.Db.FindAsync(FindContent, row => MessageContent.Open(processing.Key, tapped, row.Bytes(0)), ct, P.Uuid(tapped));
        if (content?.Language is { } code && TemplateSet.LanguageOf(code) is { } language)
            await SetAsync(processing.Db, driver.Id, language, processing.Time.GetUtcNow(), ct);
    }

    private const string Set = """
        update fleet.drivers
        set language = $3, updated_at = $4
        where tenant_id = $1
          and id = $2
        """;

    private static Task SetAsync(TenantDb db, Guid driver, string language, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(Set, ct, P.Uuid(driver), P.Text(language), P.Time(now));
}
