using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Answers;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Consent;

/// <summary>
/// START with the code of an invitation: who sends it is the driver whom it was made for, by whatever WhatsApp shows of him. It is
/// good once. Who gives one that is used or over is told so without a word about the fleet, and a dispatcher looks at it.
/// </summary>
internal static class ConsentByCode
{
    private const string AnswerReason = "consent_code";

    /// <summary>Wrong codes of one chat in a day after which none is looked up any more: there are 130,000, and a few are open.</summary>
    private const int MostGuesses = 5;

    /// <returns>Why a dispatcher has to look at it, and which driver it is.</returns>
    public static async Task<(string? Reason, Guid? Driver)> TakeAsync(Processing processing, InboundMessage inbound, Guid message, Guid conversation, string code, CancellationToken ct)
    {
        var (db, key, now) = (processing.Db, processing.Key, processing.Time.GetUtcNow());
        if (await CountGuessesAsync(db, conversation, now - TimeSpan.FromDays(1), ct) >= MostGuesses) return (DispatcherReasons.ConsentCode, null);
        // The driver's row goes before the request's, so it is looked up twice.
        if (await ConsentRequests.FindDriverAsync(db, key, code, ct) is not { } known || await DriverSql.LockAsync(db, key, known, ct) is not { Status: "active" } driver
            || await ConsentRequests.LockByCodeAsync(db, key, code, ct) is not { } request)
            return await RefuseAsync(processing, inbound, conversation, DispatcherReasons.ConsentCode, ct);

        var isHis = driver.Conversation == conversation;
        if (request.Status is ConsentState.Granted or ConsentRequests.Replaced && isHis)
            return ((await StartAgainAsync(processing, inbound, message, driver, conversation, ct)).Reason, driver.Id);
        if (request.Status == ConsentState.Granted) return await RefuseAsync(processing, inbound, conversation, DispatcherReasons.ConsentCodeUsed, ct);
        if (!request.IsOpen || request.ExpiresAt <= now) return await RefuseAsync(processing, inbound, conversation, DispatcherReasons.ConsentCode, ct);

        if (await ConsentWords.IsOvertakenAsync(processing, driver, ConsentState.Granted, inbound, ct)) return (DispatcherReasons.StepNotPossible, driver.Id);
        var (chat, isOtherPhone) = isHis ? ((Guid?)conversation, false) : await TieAsync(processing, driver, conversation, ct);
        if (chat is not { } tied) return await RefuseAsync(processing, inbound, conversation, DispatcherReasons.ConsentCodeUsed, ct);
        await ConsentWords.ResumeAsync(processing, [tied], inbound.SentAt, ct);
        if (await MessageSql.IsStoppedAsync(db, [tied], ct)) return (DispatcherReasons.OptedOut, driver.Id);
        var begun = await DriverSql.FindAsync(db, key, driver.Id, ct) ?? driver;
        var wording = ConsentTexts.Get(ConsentTexts.Invitation, ConsentQuestion.LanguagesOf(processing.Settings, begun), processing.Settings.CompanyName);
        await ConsentWords.GrantAsync(processing, inbound, begun, tied, ConsentWords.ProofOf(inbound, message, ConsentMethods.Code) with { Wording = wording }, ct);
        return (isOtherPhone ? DispatcherReasons.ConsentOtherPhone : null, driver.Id);
    }

    // His code has done its work, and START is START.
    private static async Task<AnswerOutcome> StartAgainAsync(Processing processing, InboundMessage inbound, Guid message, DriverRow driver, Guid conversation, CancellationToken ct)
    {
        await ConsentWords.ResumeAsync(processing, [conversation], inbound.SentAt, ct);
        return await ConsentWords.StartAsync(processing, new(inbound, message, conversation, driver, null, IsTap: false), ct);
    }

    /// <returns>The driver's chat from now on; null: this one is other drivers'.</returns>
    private static async Task<(Guid? Chat, bool IsOtherPhone)> TieAsync(Processing processing, DriverRow driver, Guid conversation, CancellationToken ct)
    {
        var db = processing.Db;
        var locked = (await DriverPhones.LockAsync(db, driver.Id, ct))!;
        if (await TieConversation.LockAsync(db, conversation, ct) is not { HasDriver: false } chat) return (null, false);
        var tied = await TieConversation.TieAsync(db, processing.Key, processing.Time, locked, chat, ConsentProof.Driver, ct);
        db.Audit(processing.Time, ConsentProof.Driver, "conversation.tied", chat.Id.ToString(), driver.Id.ToString());
        return (tied, locked.Conversation is not null && tied != locked.Conversation);
    }

    private static async Task<(string? Reason, Guid? Driver)> RefuseAsync(Processing processing, InboundMessage inbound, Guid conversation, string reason, CancellationToken ct)
    {
        var wording = ConsentTexts.Get(ConsentTexts.CodeUnknown, ConsentQuestion.LanguagesOf(processing.Settings, language: null), processing.Settings.CompanyName);
        await ConsentWords.SayAsync(processing, inbound, conversation, null, wording, AnswerReason, ct);
        return (reason, null);
    }

    private const string CountGuesses = $"""
        select count(*)::int
        from fleet.dispatcher_entries
        where tenant_id = $1
          and conversation_id = $2
          and reason in ('{DispatcherReasons.ConsentCode}', '{DispatcherReasons.ConsentCodeUsed}')
          and since > $3
        """;

    private static Task<int> CountGuessesAsync(TenantDb db, Guid conversation, DateTimeOffset since, CancellationToken ct)
        => db.FindAsync(CountGuesses, row => row.GetInt32(0), ct, P.Uuid(conversation), P.Time(since));
}
