using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Answers;
using FleetChat.Core.Monitoring;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Consent;

/// <summary>What drivers say about being written to: STOP, START, HELP, and what they answer to the question.</summary>
internal static class ConsentWords
{
    public const string StoppedReason = "consent_stopped";
    public const string BegunReason = "consent_begun";
    public const string DeclinedReason = "consent_declined";
    public const string HelpReason = "consent_help";

    /// <summary>A confirmation is due within five minutes (47 CFR 64.1200), and later it would be a message after a STOP.</summary>
    private static readonly TimeSpan ConfirmationValidFor = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan AnswerValidFor = TimeSpan.FromHours(1);

    /// <summary>STOP: the phone is silent, and all who share it have withdrawn. One word back, whatever else waits, and no second one while it lasts.</summary>
    /// <param name="conversations">All of the user's; he wrote in the first.</param>
    public static async Task StopAsync(Processing processing, InboundMessage inbound, Guid message, IReadOnlyList<Guid> conversations, CancellationToken ct)
    {
        var (db, key, time, chat) = (processing.Db, processing.Key, processing.Time, conversations[0]);
        var stoppedAt = await MessageSql.StopAsync(db, conversations, inbound.SentAt, time.GetUtcNow(), ct);
        var drivers = await DriverConsent.LockOfConversationsAsync(db, conversations, ct);
        if (drivers.Count == 0) return;
        string[] languages = [.. drivers.SelectMany(d => ConsentQuestion.LanguagesOf(processing.Settings, d.Language)).Distinct()];
        var wording = ConsentTexts.Get(ConsentTexts.Stopped, languages, processing.Settings.CompanyName);
        foreach (var driver in drivers)
        {
            var proof = ProofOf(inbound, message, inbound.Payload is null ? ConsentMethods.Word : ConsentMethods.Tap) with
            {
                Wording = wording, Request = await ConsentRequests.CloseAsync(processing, driver.Id, ConsentState.Withdrawn, null, ct),
            };
            await DriverConsent.TryChangeAsync(db, key, time, driver.Id, driver.Conversation, driver.Consent, ConsentState.Withdrawn, proof, ct);
        }
        var confirmation = new NewMessage(time.NewId(), chat, drivers is [{ IsActive: true } only] ? only.Id : null, MessageKind.Text, new(wording.Text), StoppedReason, $"stop:{chat:N}:{stoppedAt.UtcTicks}")
        {
            ValidUntil = inbound.SentAt + ConfirmationValidFor,
            Supersedes = AboutStop(chat),
            Purpose = MessagePurpose.Stop,
        };
        await Outbox.TryAddAsync(db, key, time, confirmation, processing.SendLaneOf(chat), ct);
    }

    /// <summary>START, from whomever: the phone is silent no longer. Who agreed to what is decided when it is known who wrote.</summary>
    public static async Task ResumeAsync(Processing processing, IReadOnlyList<Guid> conversations, DateTimeOffset saidAt, CancellationToken ct)
    {
        if (!await MessageSql.ResumeAsync(processing.Db, conversations, saidAt, ct)) return;
        foreach (var chat in conversations) await Outbox.SupersedeAsync(processing.Db, processing.Time, AboutStop(chat), ct);
    }

    /// <summary>START: he agrees to what he was told last; whom nobody has told anything is asked.</summary>
    public static async Task<AnswerOutcome> StartAsync(Processing processing, DriverAnswer answer, CancellationToken ct)
    {
        var driver = answer.Driver;
        if (await MessageSql.IsStoppedAsync(processing.Db, [answer.Conversation], ct)) return new(DispatcherReasons.OptedOut);
        if (driver.ConsentStatus == ConsentState.Unknown && await ConsentQuestion.TryOpenAsync(processing, driver, ConsentProof.Driver, ct) is not null) return new(Reason: null);
        if (await IsOvertakenAsync(processing, driver, ConsentState.Granted, answer.Inbound, ct)) return new(DispatcherReasons.StepNotPossible);
        if (await ConsentRecords.FindWordingAsync(processing.Db, processing.Key, driver.Id, ct) is not { } wording)
            wording = ConsentTexts.Get(ConsentTexts.Begun, ConsentQuestion.LanguagesOf(processing.Settings, driver), processing.Settings.CompanyName);
        await GrantAsync(processing, answer.Inbound, driver, answer.Conversation, ProofOf(answer.Inbound, answer.MessageId, ConsentMethods.Word) with { Wording = wording }, ct);
        return new(Reason: null);
    }

    /// <summary>HELP: who writes here and how to end it. A dispatcher sees it all the same.</summary>
    public static async Task<AnswerOutcome> HelpAsync(Processing processing, DriverAnswer answer, CancellationToken ct)
    {
        var wording = ConsentTexts.Get(ConsentTexts.Help, ConsentQuestion.LanguagesOf(processing.Settings, answer.Driver), processing.Settings.CompanyName);
        await SayAsync(processing, answer.Inbound, answer.Conversation, answer.Driver.Id, wording, HelpReason, ct);
        return new(DispatcherReasons.FreeText);
    }

    /// <summary>YES or NO to the question: by a button under it, or in a word where it is what he was asked last.</summary>
    /// <returns>Null: it is an answer to something else.</returns>
    public static async Task<AnswerOutcome?> TryAnswerAsync(Processing processing, DriverAnswer answer, Meaning meaning, CancellationToken ct)
    {
        if (meaning is not (Meaning.Yes or Meaning.No)) return null;
        if (answer.Answered is null && answer.Driver.ConsentStatus != ConsentState.Asked) return null;
        var offered = answer.Answered is { } message ? await AnswerSql.ListActionsAsync(processing.Db, processing.Key, message.Id, ct) : [ButtonActions.ConsentYes];
        return offered.Contains(ButtonActions.ConsentYes) ? await AnswerAsync(processing, answer, meaning == Meaning.Yes, ct) : null;
    }

    public static async Task<AnswerOutcome> AnswerAsync(Processing processing, DriverAnswer answer, bool agrees, CancellationToken ct)
    {
        var (db, key, driver) = (processing.Db, processing.Key, answer.Driver);
        var question = answer.Answered is { } answered ? await ConsentQuestion.FindAsync(db, key, answered.Id, ct) : await ConsentQuestion.FindLastAsync(db, key, driver.Id, ct);
        // A STOP is undone by START alone, and a question that nobody put is answered by nothing.
        if (question is not var (id, wording) || driver.ConsentStatus == ConsentState.Withdrawn) return new(DispatcherReasons.StepNotPossible);
        if (await IsOvertakenAsync(processing, driver, agrees ? ConsentState.Granted : ConsentState.Declined, answer.Inbound, ct)) return new(DispatcherReasons.StepNotPossible);
        var proof = ProofOf(answer.Inbound, answer.MessageId, answer.IsTap ? ConsentMethods.Tap : ConsentMethods.Word) with { Wording = wording, Question = id };
        if (agrees) await GrantAsync(processing, answer.Inbound, driver, answer.Conversation, proof, ct);
        else await DeclineAsync(processing, answer, proof, ct);
        return new(Reason: null);
    }

    /// <returns>Whether it would undo what he said after it.</returns>
    public static async Task<bool> IsOvertakenAsync(Processing processing, DriverRow driver, string state, InboundMessage inbound, CancellationToken ct)
        => driver.ConsentStatus != state && await ConsentRecords.HasLaterWordAsync(processing.Db, driver.Id, inbound.SentAt, ct);

    /// <summary>The driver agreed, in whichever way.</summary>
    public static async Task GrantAsync(Processing processing, InboundMessage inbound, DriverRow driver, Guid conversation, ConsentProof proof, CancellationToken ct)
    {
        await ChangeAsync(processing, driver, conversation, ConsentState.Granted, proof, ct);
        var wording = ConsentTexts.Get(ConsentTexts.Begun, ConsentQuestion.LanguagesOf(processing.Settings, driver), processing.Settings.CompanyName);
        await SayAsync(processing, inbound, conversation, driver.Id, wording, BegunReason, ct);
    }

    private static async Task DeclineAsync(Processing processing, DriverAnswer answer, ConsentProof proof, CancellationToken ct)
    {
        if (!await ChangeAsync(processing, answer.Driver, answer.Conversation, ConsentState.Declined, proof, ct)) return;
        var wording = ConsentTexts.Get(ConsentTexts.Declined, ConsentQuestion.LanguagesOf(processing.Settings, answer.Driver), processing.Settings.CompanyName);
        await SayAsync(processing, answer.Inbound, answer.Conversation, answer.Driver.Id, wording, DeclinedReason, ct);
    }

    private static async Task<bool> ChangeAsync(Processing processing, DriverRow driver, Guid conversation, string state, ConsentProof proof, CancellationToken ct)
    {
        var request = await ConsentRequests.CloseAsync(processing, driver.Id, state, conversation, ct);
        await Alerts.CloseAsync(processing.Db, processing.Time, AlertCodes.DriverConsentUnanswered, driver.Id.ToString(), ct);
        return await DriverConsent.TryChangeAsync(processing.Db, processing.Key, processing.Time, driver.Id, conversation, driver.ConsentStatus, state, proof with { Request = request }, ct);
    }

    /// <summary>A word back to what somebody said about consent, once for each message of his.</summary>
    public static Task SayAsync(Processing processing, InboundMessage inbound, Guid conversation, Guid? driver, Wording wording, string reason, CancellationToken ct)
    {
        var message = new NewMessage(processing.Time.NewId(), conversation, driver, MessageKind.Text, new(wording.Text), reason,
            $"{reason}:{Convert.ToHexStringLower(processing.Key.WamidIndex(inbound.Wamid))}")
        {
            ValidUntil = inbound.SentAt + AnswerValidFor,
            Purpose = MessagePurpose.Consent,
        };
        return Outbox.TryAddAsync(processing.Db, processing.Key, processing.Time, message, processing.SendLaneOf(conversation), ct);
    }

    /// <summary>What WhatsApp brought is the proof: its id of the message, what it said, and when.</summary>
    public static ConsentProof ProofOf(InboundMessage inbound, Guid message, string method) => new(method, inbound.SentAt, ConsentProof.Driver)
    {
        Message = message,
        Evidence = JsonSerializer.Serialize(new { wamid = inbound.Wamid, type = inbound.Type, text = inbound.Content.Text, payload = inbound.Payload, sent_at = inbound.SentAt.UtcDateTime }),
    };

    private static string AboutStop(Guid conversation) => $"consent_stopped:{conversation:N}";
}
