using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Consent;

/// <summary>The question whether a driver may be written to, as a template with two buttons. Who has chosen no language gets it in two.</summary>
internal static class ConsentQuestion
{
    public const string Reason = "consent_question";
    public const string ReminderReason = "consent_reminder";

    private const string NoteFirst = """
        update fleet.drivers
        set first_message_at = coalesce(first_message_at, $3)
        where tenant_id = $1
          and id = $2
        """;

    /// <summary>Asks. The driver's row is locked by the caller.</summary>
    /// <returns>Null: he stands where nobody asks him.</returns>
    public static async Task<ConsentRequest?> TryOpenAsync(Processing processing, DriverRow driver, string actor, CancellationToken ct)
    {
        var (db, time) = (processing.Db, processing.Time);
        if (driver.Conversation is not { } conversation || !ConsentState.IsLegal(driver.ConsentStatus, ConsentState.Asked)) return null;
        var request = (await ConsentRequests.TryOpenAsync(processing, driver.Id, conversation, null, actor, ct))!;
        var proof = new ConsentProof(ConsentMethods.Question, time.GetUtcNow(), actor) { Wording = WordingOf(processing.Settings, driver), Request = request.Id };
        await DriverConsent.TryChangeAsync(db, processing.Key, time, driver.Id, conversation, driver.ConsentStatus, ConsentState.Asked, proof, ct);
        await db.ExecuteAsync(NoteFirst, ct, P.Uuid(driver.Id), P.Time(time.GetUtcNow()));
        await SendAsync(processing, driver, conversation, request, Reason, ct);
        return request;
    }

    /// <summary>Asks once more.</summary>
    public static Task RemindAsync(Processing processing, DriverRow driver, ConsentRequest request, CancellationToken ct)
        => SendAsync(processing, driver, request.Conversation!.Value, request, ReminderReason, ct);

    private static async Task SendAsync(Processing processing, DriverRow driver, Guid conversation, ConsentRequest request, string reason, CancellationToken ct)
    {
        var lane = processing.SendLaneOf(conversation);
        foreach (var language in LanguagesOf(processing.Settings, driver))
        {
            var message = new NewMessage(processing.Time.NewId(), conversation, driver.Id, MessageKind.Template, Make(processing.Settings, driver, language), reason,
                $"consent:{request.Id:N}:{request.Reminders}:{language}")
            {
                ValidUntil = request.ExpiresAt,
                Purpose = MessagePurpose.Question,
            };
            await Outbox.TryAddAsync(processing.Db, processing.Key, processing.Time, message, lane, ct);
        }
    }

    public static IReadOnlyList<string> LanguagesOf(TenantSettings tenant, DriverRow driver) => LanguagesOf(tenant, driver.Language);

    /// <param name="language">The driver's; null: he has chosen none.</param>
    public static IReadOnlyList<string> LanguagesOf(TenantSettings tenant, string? language)
        => language is not null ? [language] : [tenant.DefaultLanguage, Languages.Beside(tenant.DefaultLanguage)];

    private static MessageContent Make(TenantSettings tenant, DriverRow driver, string language)
        => TemplateMessages.Make(TemplateSet.Get(tenant.TemplateSet), TemplateSet.ConsentQuestion, language, [ButtonActions.ConsentYes, ButtonActions.ConsentNo],
            TemplateParameter.From(driver.Name, 60), tenant.CompanyName);

    private static Wording WordingOf(TenantSettings tenant, DriverRow driver)
    {
        var language = LanguagesOf(tenant, driver)[0];
        return new(Make(tenant, driver, language).Text, TemplateSet.ConsentQuestion, language);
    }

    private const string FindLast = $"""
        select id, content
        from fleet.message_logs
        where tenant_id = $1
          and driver_id = $2
          and direction = 'outbound'
          and split_part(reason, ':', 1) in ('{Reason}', '{ReminderReason}')
        order by timestamp desc, id desc
        limit 1
        """;

    /// <returns>The question as it was put to the driver last; null: it never was.</returns>
    public static Task<(Guid Message, Wording Wording)?> FindLastAsync(TenantDb db, DataKey key, Guid driver, CancellationToken ct)
        => db.FindAsync<(Guid, Wording)?>(FindLast, row => Read(key, row.GetGuid(0), row.Bytes(1)), ct, P.Uuid(driver));

    private const string Find = """
        select id, content
        from fleet.message_logs
        where tenant_id = $1
          and id = $2
        """;

    public static Task<(Guid Message, Wording Wording)?> FindAsync(TenantDb db, DataKey key, Guid message, CancellationToken ct)
        => db.FindAsync<(Guid, Wording)?>(Find, row => Read(key, row.GetGuid(0), row.Bytes(1)), ct, P.Uuid(message));

    private static (Guid, Wording) Read(DataKey key, Guid id, byte[] sealedContent)
    {
        var content = MessageContent.Open(key, id, sealedContent);
        return (id, new(content.Text, content.Template ?? TemplateSet.ConsentQuestion, TemplateSet.LanguageOf(content.Language ?? "") ?? Languages.English));
    }
}
