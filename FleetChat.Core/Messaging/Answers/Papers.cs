using System.Globalization;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Reminders;
using FleetChat.Core.Transports;

namespace FleetChat.Core.Messaging.Answers;

/// <summary>
/// Photos of papers: those that a driver sends within two minutes are pages of one, with one word back. What it is, the stop
/// tells; where it doesn't, he is asked once.
/// </summary>
public sealed class Papers : IReminderHandler
{
    public const string Name = "paper";

    /// <summary>Begins the action of an answer to "what paper is it?".</summary>
    private const string KindAction = "paper_";

    private static readonly TimeSpan MoreMayFollow = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan AnswerMayFollow = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan TransportIsStale = TimeSpan.FromHours(24);

    public string Kind => Name;

    /// <summary>Takes a photo or a document as a page.</summary>
    /// <returns>Null if it is about no trip that we could tell: then people look at it.</returns>
    internal static async Task<AnswerOutcome?> TryTakeAsync(Processing processing, DriverAnswer answer, Guid? media, CancellationToken ct)
    {
        if (media is not { } page || answer.Inbound.Type is not ("image" or "document")) return null;
        var (db, now) = (processing.Db, processing.Time.GetUtcNow());
        (Guid Transport, Guid? Stop)? place = answer.Answered is { Transport: { } answered }
            ? (answered, answer.Answered.Stop)
            : await PaperSql.FindPlaceAsync(db, answer.Driver.Id, now - TransportIsStale, ct);
        if (place is not var (transport, stop)) return null;

        var paper = await PaperSql.FindOpenAsync(db, answer.Driver.Id, transport, stop, ct) ?? await OpenAsync(processing, answer, transport, stop, ct);
        await PaperSql.InsertPageAsync(db, page, paper, answer.MessageId, answer.Inbound.SentAt, now, ct);
        await Reminders.Reminders.SetAsync(db, processing.Time, new(Name, paper.ToString("N")), now + MoreMayFollow, ct);
        // What is written under a photo is a sentence like any other.
        return new(answer.Inbound.Content.Text.Length > 0 ? DispatcherReasons.Attachment : null, transport, stop);
    }

    /// <returns>Null if that is no answer to the question what a paper is.</returns>
    internal static async Task<AnswerOutcome?> TryNameAsync(Processing processing, DriverAnswer answer, string action, CancellationToken ct)
    {
        if (!action.StartsWith(KindAction, StringComparison.Ordinal) || action[KindAction.Length..].Split('_') is not [var kind, var id]) return null;
        if (!PaperKind.All.Contains(kind) || !Guid.TryParseExact(id, "N", out var paperId)) return null;
        if (await PaperSql.LockAsync(processing.Db, paperId, ct) is not { } paper || paper.Driver != answer.Driver.Id) return null;
        if (paper.State == "asked") await CloseAsync(processing, paper, kind, ct);
        return new(null, paper.Transport, paper.Stop);
    }

    public async Task<ReminderResult> HandleAsync(Reminder reminder, Processing processing, CancellationToken ct)
    {
        if (!Guid.TryParseExact(reminder.Subject, "N", out var id) || await PaperSql.LockAsync(processing.Db, id, ct) is not { } paper) return new("ignored: no such paper");
        if (paper.State == "closed") return new("closed already");
        if (paper.Pages == 0)
        {
            await PaperSql.SetAsync(processing.Db, paper.Id, "closed", null, processing.Time.GetUtcNow(), ct);
            return new("closed: all pages were taken back");
        }
        // Asked, and no answer: the pages are not kept waiting.
        if (paper.State == "asked" || PaperKind.Of(paper.StopKind) is not null)
        {
            var kind = PaperKind.Of(paper.StopKind) ?? PaperKind.Other;
            await CloseAsync(processing, paper, kind, ct);
            return new($"closed: {kind}, {paper.Pages} pages");
        }
        await AskAsync(processing, paper, ct);
        return new("asked", processing.Time.GetUtcNow() + AnswerMayFollow);
    }

    // One stop's pages at a time: those of another stop end the paper before.
    private static async Task<Guid> OpenAsync(Processing processing, DriverAnswer answer, Guid transport, Guid? stop, CancellationToken ct)
    {
        foreach (var before in await PaperSql.ListOpenAsync(processing.Db, answer.Driver.Id, ct))
        {
            if (await PaperSql.LockAsync(processing.Db, before, ct) is not { } paper) continue;
            await CloseAsync(processing, paper, PaperKind.Of(paper.StopKind) ?? PaperKind.Other, ct);
        }
        var id = processing.Time.NewId();
        await PaperSql.InsertAsync(processing.Db, id, answer.Conversation, answer.Driver.Id, transport, stop, processing.Time.GetUtcNow(), ct);
        return id;
    }

    private static async Task AskAsync(Processing processing, PaperRow paper, CancellationToken ct)
    {
        await PaperSql.SetAsync(processing.Db, paper.Id, "asked", null, null, ct);
        var language = await LanguageAsync(processing, paper, ct);
        var content = new MessageContent($"{Pages(paper, language)}. {AnswerTexts.Get(AnswerTexts.AskKind, language)}")
        {
            ListLabel = AnswerTexts.Get(AnswerTexts.ChooseKind, language),
            Buttons = [.. PaperKind.All.Select(kind => new MessageButton($"{KindAction}{kind}_{paper.Id:N}", AnswerTexts.Get(AnswerTexts.KeyOf(kind), language)))],
        };
        await SayAsync(processing, paper, content, MessageKind.Interactive, $"paper:{paper.Id:N}:asked", ct);
    }

    private static async Task CloseAsync(Processing processing, PaperRow paper, string kind, CancellationToken ct)
    {
        var (db, now) = (processing.Db, processing.Time.GetUtcNow());
        await PaperSql.SetAsync(db, paper.Id, "closed", kind, now, ct);
        await Reminders.Reminders.ClearAsync(db, new(Name, paper.Id.ToString("N")), ct);
        await TransportSql.TryNoteAsync(db, new(paper.Transport, paper.Stop, now, "document_received", "driver", $"paper:{paper.Id:N}", paper.FirstMessage), processing.Time, ct);
        var language = await LanguageAsync(processing, paper, ct);
        string[] said = [Pages(paper, language), .. paper.StopNumber is { } number ? [AnswerTexts.Get(AnswerTexts.AtStop, language, number)] : Array.Empty<string>(), AnswerTexts.Get(AnswerTexts.KeyOf(kind), language)];
        await SayAsync(processing, paper, new($"{string.Join(", ", said)}."), MessageKind.Text, $"paper:{paper.Id:N}:closed", ct);
        if (processing.Settings.Samsara is null) return;
        await TransportSql.LockAsync(db, paper.Transport, ct);
        await WriteBacks.AddAsync(processing, new(processing.Time.NewId(), paper.Transport, paper.Stop, paper.FirstMessage, WriteBackWay.Document,
            JsonSerializer.Serialize(new PaperOrder(paper.Id, kind, paper.SamsaraStopId, paper.StopName))), ct);
    }

    private static string Pages(PaperRow paper, string language)
        => paper.Pages == 1 ? AnswerTexts.Get(AnswerTexts.PagesOne, language) : AnswerTexts.Get(AnswerTexts.PagesMany, language, paper.Pages.ToString(CultureInfo.InvariantCulture));

    private static async Task<string> LanguageAsync(Processing processing, PaperRow paper, CancellationToken ct)
        => (await DriverSql.FindAsync(processing.Db, processing.Key, paper.Driver, ct))?.Language ?? processing.Settings.DefaultLanguage;

    private static Task SayAsync(Processing processing, PaperRow paper, MessageContent content, string kind, string effectKey, CancellationToken ct)
    {
        var message = new NewMessage(processing.Time.NewId(), paper.Conversation, paper.Driver, kind, content, Replies.Confirmation, effectKey)
        {
            Transport = paper.Transport,
            Stop = paper.Stop,
            ValidUntil = processing.Time.GetUtcNow() + AnswerMayFollow,
        };
        return Outbox.TryAddAsync(processing.Db, processing.Key, processing.Time, message, processing.SendLaneOf(paper.Conversation), ct);
    }
}

/// <summary>A paper on its way to Samsara.</summary>
internal sealed record PaperOrder(Guid Paper, string Kind, string? SamsaraStopId, string? StopName);
