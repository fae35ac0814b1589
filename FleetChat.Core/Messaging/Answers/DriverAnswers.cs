using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Transports;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging.Answers;

/// <summary>A driver's own message, and what it answers.</summary>
/// <param name="Answered">Null if it answers no message of ours, or none that we know.</param>
/// <param name="IsTap">He saw the button take his tap; a word gets a word back.</param>
internal sealed record DriverAnswer(InboundMessage Inbound, Guid MessageId, Guid Conversation, DriverRow Driver, LoggedMessage? Answered, bool IsTap);

/// <param name="Reason">Why a dispatcher has to look at it; null if there is nothing to look at.</param>
internal sealed record AnswerOutcome(string? Reason, Guid? Transport = null, Guid? Stop = null)
{
    public static readonly AnswerOutcome Unclear = new(DispatcherReasons.FreeText);
}

/// <summary>
/// What a driver does by an answer: the stop or the transport takes the step, if it is a legal one, with his message as its cause
/// in the timeline; Samsara is told what it can take; he gets a word where he would wonder.
/// </summary>
internal static class DriverAnswers
{
    private const string Source = "driver";
    /// <summary>Metres: a yard is large, and the phone may be in the office.</summary>
    private const double AtStop = 500;

    private static readonly TimeSpan TransportIsStale = TimeSpan.FromHours(24);

    /// <returns>Null if the word says nothing here: then it is a sentence like any other.</returns>
    public static async Task<AnswerOutcome?> SayAsync(Processing processing, DriverAnswer answer, Meaning meaning, CancellationToken ct)
    {
        var offered = answer.Answered is { } answered ? await AnswerSql.ListActionsAsync(processing.Db, processing.Key, answered.Id, ct) : [];
        // "Yes" alone answers what he was asked last.
        if (meaning is Meaning.Yes or Meaning.No && answer.Answered is null
            && await AnswerSql.FindLastAsync(processing.Db, processing.Key, answer.Conversation, answer.Driver.Id, answer.Inbound.SentAt, ct) is var (last, actions))
            (answer, offered) = (answer with { Answered = last }, actions);
        return DriverActs.OfWord(meaning, offered) is { } act ? await ActAsync(processing, answer, act, ct) : null;
    }

    public static async Task<AnswerOutcome> ActAsync(Processing processing, DriverAnswer answer, DriverAct act, CancellationToken ct)
    {
        var step = await FindStepAsync(processing, answer, act, ct);
        if (act == DriverAct.Problem) return await ReportProblemAsync(processing, answer, step, ct);
        if (act == DriverAct.Understood) return await UnderstandAsync(answer, step, ct);
        if (step is null) return AnswerOutcome.Unclear;
        // The trip is somebody else's by now: who answers knows nothing of it any more.
        if (!step.Transport.IsOf(answer.Driver.Id)) return await TooLateAsync(step, DispatcherReasons.StepNotPossible, ct);
        return act switch
        {
            DriverAct.Accept => await DecideAsync(step, TransportStatus.Accepted, ct),
            DriverAct.Decline => await DecideAsync(step, TransportStatus.Declined, ct),
            _ when step.Transport.Status is TransportStatus.Cancelled or TransportStatus.Declined => await TooLateAsync(step, null, ct),
            DriverAct.Late => await DelayAsync(step, ct),
            _ => await MoveAsync(step, ct),
        };
    }

    /// <summary>A thumb under a message says that it was seen, and nothing more.</summary>
    public static async Task<AnswerOutcome> ReactAsync(Processing processing, DriverAnswer answer, CancellationToken ct)
    {
        if (answer.Answered is not { Transport: { } transport } about || Keywords.Find(answer.Inbound.Content.Text) != Meaning.Yes) return new(null);
        await TransportSql.TryNoteAsync(processing.Db,
            new(transport, about.Stop, answer.Inbound.SentAt, "acknowledged", Source, $"message:{about.Id:N}:acknowledged", answer.MessageId), processing.Time, ct);
        return new(null, transport, about.Stop);
    }

    /// <summary>A place that a driver shows is where he is: at the next stop it says that he has arrived.</summary>
    /// <returns>Null if it is at no stop that waits for him: then people look at it.</returns>
    public static async Task<AnswerOutcome?> TryArriveAsync(Processing processing, DriverAnswer answer, MessageLocation shown, CancellationToken ct)
    {
        var step = await FindStepAsync(processing, answer, DriverAct.Arrived, ct);
        if (step is not { Stop: { State: StopState.Scheduled or StopState.EnRoute } stop } || !step.Transport.IsOf(answer.Driver.Id)) return null;
        if (await AnswerSql.FindPlaceAsync(processing.Db, stop.Id, ct) is not var (latitude, longitude)) return null;
        return Meters(latitude, longitude, shown.Latitude, shown.Longitude) <= AtStop ? await MoveAsync(step, ct) : null;
    }

    // On a sphere, which is near enough.
    private static double Meters(double latitude, double longitude, double otherLatitude, double otherLongitude)
    {
        const double radius = 6_371_000;
        var (north, east) = (double.DegreesToRadians(otherLatitude - latitude), double.DegreesToRadians(otherLongitude - longitude));
        var half = Math.Pow(Math.Sin(north / 2), 2) + (Math.Cos(double.DegreesToRadians(latitude)) * Math.Cos(double.DegreesToRadians(otherLatitude)) * Math.Pow(Math.Sin(east / 2), 2));
        return 2 * radius * Math.Asin(Math.Min(1, Math.Sqrt(half)));
    }

    // What an answer is about: the message that it answers says so; else the driver's only trip does.
    private static async Task<Step?> FindStepAsync(Processing processing, DriverAnswer answer, DriverAct act, CancellationToken ct)
    {
        var id = answer.Answered?.Transport ?? (await AnswerSql.ListCurrentAsync(processing.Db, answer.Driver.Id, processing.Time.GetUtcNow() - TransportIsStale, ct) is [var only] ? only : null);
        if (id is not { } transportId || await TransportSql.LockAsync(processing.Db, transportId, ct) is not { } transport) return null;
        var stops = await TransportSql.LockStopsAsync(processing.Db, transportId, ct);
        var stop = answer.Answered?.Stop is { } stopId ? stops.Find(s => s.Id == stopId) : Current(stops, act, answer.Inbound.SentAt);
        return new(processing, answer, act, transport, stops, stop);
    }

    /// <summary>The stop that an act is about where nothing names one: the one that can take the step, if it is the only one.</summary>
    /// <param name="at">When he said it. What happened since, he did not speak of: a word that comes late must not end the next stop.</param>
    internal static StopRow? Current(IReadOnlyList<StopRow> stops, DriverAct act, DateTimeOffset at)
    {
        if (stops.Any(s => s.State != StopState.Scheduled && s.StateAt > at + RouteFact.MostAhead)) return null;
        var next = stops.FirstOrDefault(s => s.State is StopState.Scheduled or StopState.EnRoute or StopState.Arrived);
        if (act is DriverAct.OnTheWay or DriverAct.Arrived or DriverAct.Late) return next;
        return stops.Where(s => s.State == StopState.Arrived).ToArray() is [var only] ? only : null;
    }

    private static async Task<AnswerOutcome> ReportProblemAsync(Processing processing, DriverAnswer answer, Step? step, CancellationToken ct)
    {
        if (step is not null)
        {
            await NoteAsync(step, "problem_reported", $"transport:{step.Transport.Id:N}:problem:{answer.MessageId:N}", answer.Inbound.SentAt, ct);
            await WriteBacks.AddAsync(step, answer.Inbound.SentAt, ct);
        }
        await ReplyAsync(processing, answer, AnswerTexts.Told, step?.Transport.Id, step?.Stop?.Id, ct);
        return new(DispatcherReasons.Problem, step?.Transport.Id, step?.Stop?.Id);
    }

    private static async Task<AnswerOutcome> UnderstandAsync(DriverAnswer answer, Step? step, CancellationToken ct)
    {
        if (step is not null && step.Transport.IsOf(answer.Driver.Id)) await FullNotes.SendAsync(step, ct);
        return new(null, answer.Answered?.Transport, answer.Answered?.Stop);
    }

    private static async Task<AnswerOutcome> DecideAsync(Step step, string status, CancellationToken ct)
    {
        if (step.Transport.Status == status)
        {
            // The other one of the crew was faster; what he was not shown he gets all the same.
            if (status == TransportStatus.Accepted) await FullNotes.SendAsync(step, ct);
            return step.Done();
        }
        if (!TransportStatus.CanDecide(step.Transport.Status, status)) return await TooLateAsync(step, status == TransportStatus.Declined ? DispatcherReasons.StepNotPossible : null, ct);
        var at = Later(step.Answer.Inbound.SentAt, step.Transport.StatusAt);
        await TransportSql.SetStatusAsync(step.Processing.Db, step.Transport, status, at, step.Processing.Time, ct);
        await NoteAsync(step, status, $"transport:{step.Transport.Id:N}:{status}:{step.Answer.MessageId:N}", at, ct);
        await WriteBacks.AddAsync(step, at, ct);
        if (status == TransportStatus.Declined) return await ConfirmAsync(step, AnswerTexts.Declined, [Named(step.Transport.Name)], DispatcherReasons.Declined, ct);
        await FullNotes.SendAsync(step, ct);
        return step.Answer.IsTap ? step.Done() : await ConfirmAsync(step, AnswerTexts.Accepted, [Named(step.Transport.Name)], null, ct);
    }

    private static async Task<AnswerOutcome> DelayAsync(Step step, CancellationToken ct)
    {
        if (TransportStatus.IsOver(step.Transport.Status)) return await TooLateAsync(step, null, ct);
        var (processing, at) = (step.Processing, step.Answer.Inbound.SentAt);
        await AnswerSql.SetDelayAsync(processing.Db, step.Transport.Id, step.Stop, at, "driver_said", processing.Time.GetUtcNow(), ct);
        await NoteAsync(step, "delayed", $"transport:{step.Transport.Id:N}:delayed:{step.Answer.MessageId:N}", at, ct);
        await WriteBacks.AddAsync(step, at, ct);
        return await ConfirmAsync(step, AnswerTexts.Late, [], null, ct);
    }

    private static async Task<AnswerOutcome> MoveAsync(Step step, CancellationToken ct)
    {
        if (step.Stop is not { } stop) return TransportStatus.IsOver(step.Transport.Status) ? await TooLateAsync(step, null, ct) : new(DispatcherReasons.StepNotPossible, step.Transport.Id);
        var state = step.Act switch
        {
            DriverAct.OnTheWay => StopState.EnRoute,
            DriverAct.Arrived => StopState.Arrived,
            _ => StopState.Done,
        };
        // Said twice: the driver wanted to be sure, and there is nothing to do.
        if (stop.State == state) return step.Done();
        if (stop.State is StopState.Done or StopState.Skipped) return await TooLateAsync(step, null, ct);
        if (!StopState.CanMove(stop.State, state)) return new(DispatcherReasons.StepNotPossible, step.Transport.Id, stop.Id);

        var said = step.Act switch
        {
            DriverAct.Loaded => StopKind.Pickup,
            DriverAct.Delivered => StopKind.Delivery,
            _ => stop.Kind,
        };
        if (said != stop.Kind) await AnswerSql.SetSaidKindAsync(step.Processing.Db, stop.Id, said, ct);
        var stops = step.Stops.Select(s => s.Id == stop.Id ? s with { Kind = said } : s).ToArray();
        // Phones have clocks of their own: an answer is never before the fact that it answers.
        var at = Later(step.Answer.Inbound.SentAt, stop.StateAt);
        await TransportSql.MoveAsync(step.Processing.Db, step.Transport, stops, stop, state, at, step.Processing.Time, ct);
        await NoteAsync(step, $"stop_{state}", $"stop:{stop.SamsaraStopId}:{state}:{step.Answer.MessageId:N}", at, ct);
        await WriteBacks.AddAsync(step, at, ct);
        return state switch
        {
            StopState.Done => await ConfirmDoneAsync(step, stop, ct),
            StopState.Arrived when !step.Answer.IsTap => await ConfirmAsync(step, AnswerTexts.Arrived, [Named(stop.Name)], null, ct),
            _ => step.Done(),
        };
    }

    private static Task<AnswerOutcome> ConfirmDoneAsync(Step step, StopRow stop, CancellationToken ct)
        => step.Stops.FirstOrDefault(s => s.Id != stop.Id && s.State is StopState.Scheduled or StopState.EnRoute) is { } next
            ? ConfirmAsync(step, AnswerTexts.Done, [Named(stop.Name), Named(next.Name)], null, ct)
            : ConfirmAsync(step, AnswerTexts.DoneLast, [Named(stop.Name)], null, ct);

    private static async Task<AnswerOutcome> ConfirmAsync(Step step, string text, object[] parts, string? reason, CancellationToken ct)
    {
        await ReplyAsync(step.Processing, step.Answer, text, step.Transport.Id, step.Stop?.Id, ct, parts);
        return new(reason, step.Transport.Id, step.Stop?.Id);
    }

    private static async Task<AnswerOutcome> TooLateAsync(Step step, string? reason, CancellationToken ct)
    {
        var about = step.Answer.Answered?.Id ?? step.Answer.MessageId;
        var text = AnswerTexts.Get(AnswerTexts.TooLate, step.Language, Named(step.Stop?.Name ?? step.Transport.Name));
        await Replies.SendAsync(step.Processing, step.Answer, new(text), MessageKind.Text, Replies.TooLate, $"too_late:{about:N}", step.Transport.Id, step.Stop?.Id, ct);
        return new(reason, step.Transport.Id, step.Stop?.Id);
    }

    private static Task ReplyAsync(Processing processing, DriverAnswer answer, string text, Guid? transport, Guid? stop, CancellationToken ct, params object[] parts)
        => Replies.SendAsync(processing, answer, new(AnswerTexts.Get(text, answer.Driver.Language ?? processing.Settings.DefaultLanguage, parts)),
            MessageKind.Text, Replies.Confirmation, $"confirmation:{answer.MessageId:N}", transport, stop, ct);

    private static Task NoteAsync(Step step, string what, string effectKey, DateTimeOffset at, CancellationToken ct)
        => TransportSql.TryNoteAsync(step.Processing.Db, new(step.Transport.Id, step.Stop?.Id, at, what, Source, effectKey, step.Answer.MessageId), step.Processing.Time, ct);

    private static string Named(string name) => TemplateParameter.From(name, 80);

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}

/// <summary>An act on what it is about: transport and stops are locked.</summary>
/// <param name="Stop">Null if no stop can be told.</param>
internal sealed record Step(Processing Processing, DriverAnswer Answer, DriverAct Act, TransportRow Transport, IReadOnlyList<StopRow> Stops, StopRow? Stop)
{
    public string Language => Answer.Driver.Language ?? Processing.Settings.DefaultLanguage;

    public AnswerOutcome Done() => new(null, Transport.Id, Stop?.Id);
}
