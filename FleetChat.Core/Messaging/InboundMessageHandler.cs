using FleetChat.Core.Billing;
using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Answers;
using FleetChat.Core.Messaging.Media;
using FleetChat.Core.Security;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging;

/// <summary>
/// Somebody wrote to the company's number. A tap under a message of ours moves what that message is about; everything else
/// is put before a dispatcher.
/// </summary>
public sealed class InboundMessageHandler : IInboxHandler
{
    private const string UnknownSenderAnswer =
        "This number isn't on the company's driver list. Dispatch was told.\nEste número no está en la lista de conductores de la empresa. Ya avisamos a despacho."
        + "\nCe numéro n'est pas sur la liste des conducteurs de l'entreprise. La répartition est prévenue.";

    private static readonly TimeSpan AnswerValidFor = TimeSpan.FromHours(1);

    /// <summary>Of a trip that nobody has ended nothing more is heard: after this it says nothing about who drives.</summary>
    private static readonly TimeSpan TransportIsStale = TimeSpan.FromHours(24);

    public bool Handles(string source, string kind) => source == InboxSource.WhatsApp && kind == WhatsAppDelivery.Message;

    public Concerns ConcernsOf(InboxRow row)
        => InboundMessage.TryRead(row.Payload, row.ReceivedAt) is { } message ? new([], message.From) : Concerns.Nobody;

    public async Task<string> HandleAsync(InboxRow row, Processing processing, CancellationToken ct)
    {
        if (InboundMessage.TryRead(row.Payload, row.ReceivedAt) is not { } inbound) return "ignored: has no id";
        if (inbound.From.Count == 0) return "ignored: names no sender";
        var (db, time) = (processing.Db, processing.Time);
        if (inbound.Type == "request_welcome") return "ignored: nothing was said";
        var conversations = await Conversations.JoinAsync(db, processing.Key, inbound.From, time, ct);
        var (conversation, id, now) = (conversations[0], time.NewId(), time.GetUtcNow());
        if (!await MessageSql.TryInsertInboundAsync(db, processing.Key, id, conversation, inbound, now, ct)) return "known already";
        if (inbound.OpensWindow && await MessageSql.NoteInboundAsync(db, conversation, inbound.SentAt, now, ct)) processing.SendLaneOf(conversation);
        var medium = await InboundMedia.TryAddAsync(processing, inbound, id, ct);

        var answered = await FindAnsweredAsync(db, processing.Key, inbound, conversations, ct);
        var drivers = (await DriverSql.ListOfConversationAsync(db, processing.Key, conversation, ct)).FindAll(d => d.Status == "active");
        var driver = await FindWriterAsync(processing, conversation, inbound, answered, drivers, ct);
        var arrived = new Arrived(inbound, id, medium, conversations, answered, driver, drivers);
        var reason = await DecideAsync(arrived, processing, ct);
        var (transport, stop) = (answered?.Transport ?? arrived.Outcome?.Transport, answered?.Stop ?? arrived.Outcome?.Stop);
        driver = arrived.Begun ?? driver;
        await MessageSql.AttributeAsync(db, id, driver, answered?.Id, transport, stop, reason ?? (inbound.OpensWindow ? "answer" : inbound.Type),
            inbound.OpensWindow && !arrived.IsConsent, processing.Settings.TimeZone, UsageFacts.UsedAt(inbound.SentAt, now), ct);
        if (reason is null && inbound.OpensWindow) await ReadMarks.AddAsync(processing, conversation, ct);
        if (reason is null) return inbound.OpensWindow ? "answer: done" : $"noted: {inbound.Type}";
        await MessageSql.AddEntryAsync(db, time, conversation, id, driver, reason, inbound.SentAt, ct);
        return $"dispatcher: {reason}";
    }

    /// <returns>Why a dispatcher has to look at it; null if there is nothing to look at.</returns>
    private static async Task<string?> DecideAsync(Arrived arrived, Processing processing, CancellationToken ct)
    {
        var inbound = arrived.Inbound;
        // STOP is heard from everybody, and before anything else is asked of the message.
        if (inbound.AsksForStop)
        {
            arrived.IsConsent = true;
            await ConsentWords.StopAsync(processing, inbound, arrived.MessageId, arrived.Conversations, ct);
            return DispatcherReasons.OptedOut;
        }
        return inbound.Kind switch
        {
            InboundKind.System => null,
            InboundKind.NumberChange => DispatcherReasons.NumberChanged,
            InboundKind.Unsupported => DispatcherReasons.NotUnderstood,
            InboundKind.Edit => DispatcherReasons.Edited,
            InboundKind.Revocation => await RevokeAsync(arrived, processing, ct),
            InboundKind.Message when inbound.Content.Media is null && ConsentCodes.Find(inbound.Content.Text) is { } code => await BeginAsync(arrived, code, processing, ct),
            _ => await AnswerAsync(arrived, processing, ct),
        };
    }

    private static async Task<string?> RevokeAsync(Arrived arrived, Processing processing, CancellationToken ct)
    {
        if (arrived.Inbound.Revokes is { } wamid && await MessageSql.EraseAsync(processing.Db, processing.Key, wamid, arrived.Conversations, ct) is { } revoked)
            await InboundMedia.EraseAsync(processing, revoked, ct);
        return null;
    }

    private static async Task<string?> BeginAsync(Arrived arrived, string code, Processing processing, CancellationToken ct)
    {
        arrived.IsConsent = true;
        (var reason, arrived.Begun) = await ConsentByCode.TakeAsync(processing, arrived.Inbound, arrived.MessageId, arrived.Conversation, code, ct);
        return reason;
    }

    private static async Task<string?> AnswerAsync(Arrived arrived, Processing processing, CancellationToken ct)
    {
        var inbound = arrived.Inbound;
        var meaning = inbound.Kind == InboundKind.Message && inbound.Content.Media is null ? Keywords.Find(inbound.Content.Text) : null;
        arrived.IsConsent = meaning is Meaning.Start or Meaning.Help;
        if (meaning == Meaning.Start) await ConsentWords.ResumeAsync(processing, arrived.Conversations, inbound.SentAt, ct);
        if (arrived.Drivers.Count == 0)
        {
            await AnswerUnknownAsync(arrived, processing, ct);
            return DispatcherReasons.UnknownSender;
        }
        if (ButtonPayload.TryParse(inbound.Payload) is { } tap && arrived.Answered is { } answered && answered.Id == tap.MessageId)
            return await TapAsync(arrived, answered, tap.Action, processing, ct);
        if (inbound.Kind == InboundKind.Reaction)
            return AnswerOf(arrived) is { } reaction ? (await DriverAnswers.ReactAsync(processing, reaction, ct)).Reason : null;
        if (arrived.Driver is not { } driver)
        {
            // It may turn out to be an answer about consent: it counts when that is known.
            arrived.IsConsent = meaning is Meaning.Start or Meaning.Help or Meaning.Yes or Meaning.No;
            await WhoWrites.AskAsync(processing, arrived.Conversation, arrived.Drivers, arrived.MessageId, ct);
            return DispatcherReasons.WhoWrites;
        }
        if (meaning is { } said && AnswerOf(arrived) is { } consent && await AnswerConsentAsync(processing, consent, said, ct) is { } settled)
        {
            arrived.IsConsent = true;
            return arrived.Take(settled);
        }
        if (inbound.Content.Media is null && LanguageChoice.Of(inbound.Content.Text) is { } language)
        {
            await LanguageChoice.ChangeAsync(processing, arrived.Conversation, driver, language, arrived.MessageId, inbound.SentAt, ct);
            return null;
        }
        if (meaning is { } act && AnswerOf(arrived) is { } word && await DriverAnswers.SayAsync(processing, word, act, ct) is { } outcome)
            return arrived.Take(outcome);
        if (inbound.Content.Media is not null && AnswerOf(arrived) is { } photo && await Papers.TryTakeAsync(processing, photo, arrived.Medium, ct) is { } taken)
            return arrived.Take(taken);
        if (inbound.Content.Location is { } place && AnswerOf(arrived) is { } shown && await DriverAnswers.TryArriveAsync(processing, shown, place, ct) is { } there)
            return arrived.Take(there);
        return inbound switch
        {
            { Content.Media: not null } => DispatcherReasons.Attachment,
            { Content.Location: not null } => DispatcherReasons.Location,
            { Content.Text.Length: > 0 } => DispatcherReasons.FreeText,
            _ => DispatcherReasons.NotUnderstood,
        };
    }

    private static async Task<AnswerOutcome?> AnswerConsentAsync(Processing processing, DriverAnswer answer, Meaning meaning, CancellationToken ct) => meaning switch
    {
        Meaning.Start => await ConsentWords.StartAsync(processing, answer, ct),
        Meaning.Help => await ConsentWords.HelpAsync(processing, answer, ct),
        _ => await ConsentWords.TryAnswerAsync(processing, answer, meaning, ct),
    };

    // An answer belongs to the message that it answers: by WhatsApp's context, else by what our button carries. A message of
    // another chat answers nothing here, whatever a payload says.
    private static async Task<LoggedMessage?> FindAnsweredAsync(TenantDb db, DataKey key, InboundMessage inbound, IReadOnlyList<Guid> conversations, CancellationToken ct)
    {
        var answered = inbound.ReplyTo is { } wamid ? await MessageSql.FindByWamidAsync(db, key, wamid, ct) : null;
        if (answered is null && ButtonPayload.TryParse(inbound.Payload) is { } tap) answered = await MessageSql.FindAsync(db, tap.MessageId, ct);
        return answered is { Direction: "outbound" } && conversations.Contains(answered.Conversation) ? answered : null;
    }

    // Nobody is guessed: the driver whose message is answered or who says that it is he, else the only one who may be on the road
    // with this phone, else the one who said so a moment ago.
    private static async Task<Guid?> FindWriterAsync(
        Processing processing, Guid conversation, InboundMessage inbound, LoggedMessage? answered, List<DriverRow> drivers, CancellationToken ct)
    {
        if (answered?.Driver is { } driver) return driver;
        if (drivers.Count <= 1) return drivers.FirstOrDefault()?.Id;
        if (answered is not null && WhoWrites.Named(ButtonPayload.TryParse(inbound.Payload)?.Action, drivers) is { } named) return named;
        var since = processing.Time.GetUtcNow() - TransportIsStale;
        var withTransport = await DriverSql.ListWithTransportAsync(processing.Db, [.. drivers.Select(d => d.Id)], since, ct);
        var underWay = withTransport.FindAll(d => d.IsUnderWay);
        if ((underWay.Count > 0 ? underWay : withTransport) is [var only]) return only.Driver;
        return (await WhoWrites.FindLastAsync(processing, conversation, ct)).Writer is { } said && drivers.Exists(d => d.Id == said) ? said : null;
    }

    // Each is decided on as if it had said from whom it is.
    private static async Task<string?> AttributeWaitingAsync(Arrived arrived, Processing processing, CancellationToken ct)
    {
        if (arrived.Driver is not { } writer) return DispatcherReasons.WhoWrites;
        foreach (var waiting in await WhoWrites.ListWaitingAsync(processing.Db, processing.Key, arrived.Conversation, ct))
        {
            var message = arrived.Inbound with
            {
                Content = waiting.Content, Type = waiting.Type, SentAt = waiting.SentAt, Payload = null, ReplyTo = null, Kind = InboundKind.Message,
            };
            var medium = message.Content.Media is null ? null : await MediaSql.FindOfMessageAsync(processing.Db, waiting.Id, ct);
            var one = arrived with { Inbound = message, MessageId = waiting.Id, Medium = medium, Answered = null };
            var reason = await AnswerAsync(one, processing, ct);
            await WhoWrites.AttributeAsync(processing.Db, waiting, writer, reason, !one.IsConsent, processing.Settings.TimeZone, processing.Time.GetUtcNow(), ct);
        }
        return null;
    }

    private static async Task<string?> TapAsync(Arrived arrived, LoggedMessage answered, string action, Processing processing, CancellationToken ct)
    {
        if (WhoWrites.IsAnswer(action)) return await AttributeWaitingAsync(arrived, processing, ct);
        if (AnswerOf(arrived) is not { } answer) return DispatcherReasons.NotUnderstood;
        if (answer.Driver.Language is null)
        {
            await LanguageChoice.InferAsync(processing, answer.Driver, answered.Id, ct);
            answer = answer with { Driver = await DriverSql.FindAsync(processing.Db, processing.Key, answer.Driver.Id, ct) ?? answer.Driver };
        }
        arrived.IsConsent = action is ButtonActions.ConsentYes or ButtonActions.ConsentNo;
        if (arrived.IsConsent)
            return arrived.Take(await ConsentWords.AnswerAsync(processing, answer with { IsTap = true }, action == ButtonActions.ConsentYes, ct));
        if (DriverActs.OfButton(action) is { } act) return arrived.Take(await DriverAnswers.ActAsync(processing, answer with { IsTap = true }, act, ct));
        return await Papers.TryNameAsync(processing, answer, action, ct) is { } named ? arrived.Take(named) : DispatcherReasons.NotUnderstood;
    }

    /// <returns>Null if nobody can tell whose answer it is.</returns>
    private static DriverAnswer? AnswerOf(Arrived arrived) => arrived.Drivers.Find(d => d.Id == arrived.Driver) is { } driver
        ? new(arrived.Inbound, arrived.MessageId, arrived.Conversation, driver, arrived.Answered, IsTap: false)
        : null;

    // One answer, without a word about the fleet, and never a second one.
    private static async Task AnswerUnknownAsync(Arrived arrived, Processing processing, CancellationToken ct)
    {
        if (!await MessageSql.TryIntroduceAsync(processing.Db, arrived.Conversation, processing.Time.GetUtcNow(), ct)) return;
        var message = new NewMessage(processing.Time.NewId(), arrived.Conversation, null, MessageKind.Text, new(UnknownSenderAnswer), "unknown_sender", $"unknown:{arrived.Conversation:N}")
        {
            ValidUntil = arrived.Inbound.SentAt + AnswerValidFor,
        };
        await Outbox.TryAddAsync(processing.Db, processing.Key, processing.Time, message, processing.SendLaneOf(arrived.Conversation), ct);
    }

    private sealed record Arrived(
        InboundMessage Inbound, Guid MessageId, Guid? Medium, IReadOnlyList<Guid> Conversations, LoggedMessage? Answered, Guid? Driver, List<DriverRow> Drivers)
    {
        public Guid Conversation => Conversations[0];

        /// <summary>Whether it is about consent: then it is no business message.</summary>
        public bool IsConsent { get; set; }

        /// <summary>The driver who began by his code with it.</summary>
        public Guid? Begun { get; set; }

        /// <summary>What it is about, where the message that it answers does not say.</summary>
        public AnswerOutcome? Outcome { get; private set; }

        public string? Take(AnswerOutcome outcome)
        {
            Outcome = outcome;
            return outcome.Reason;
        }
    }
}
