using System.Globalization;
using System.Text;
using System.Text.Json;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.Transports;

namespace FleetChat.Core.Messaging.Answers;

/// <summary>How something is written to Samsara.</summary>
public static class WriteBackWay
{
    /// <summary>A line under the route's notes; what the dispatcher wrote there stays.</summary>
    public const string Notes = "notes";

    /// <summary>The route's external id <c>fleetchatAnswer</c>.</summary>
    public const string ExternalId = "external_id";

    /// <summary>A dispatch message in the driver's thread, where dispatchers see it in Samsara.</summary>
    public const string Message = "message";

    /// <summary>A document, submitted.</summary>
    public const string Document = "document";
}

/// <param name="What">What the line says of it.</param>
public sealed record WriteBackRow(DriverAct Act, string Way, string What);

/// <summary>Which answers are written to Samsara, and how.</summary>
internal static class WriteBacks
{
    /// <summary>
    /// The whole of it. Samsara takes no stop's state, and sees arrivals and departures by itself: those are not written. Papers are
    /// documents, or lines where Samsara has no type for them: see <see cref="Papers"/>.
    /// </summary>
    public static readonly IReadOnlyList<WriteBackRow> Table =
    [
        new(DriverAct.Accept, WriteBackWay.Notes, "accepted"),
        new(DriverAct.Accept, WriteBackWay.ExternalId, "accepted"),
        new(DriverAct.Decline, WriteBackWay.Notes, "declined"),
        new(DriverAct.Decline, WriteBackWay.ExternalId, "declined"),
        new(DriverAct.Decline, WriteBackWay.Message, "declined this route"),
        new(DriverAct.Loaded, WriteBackWay.Notes, "loaded"),
        new(DriverAct.Delivered, WriteBackWay.Notes, "delivered"),
        new(DriverAct.Done, WriteBackWay.Notes, "done"),
        new(DriverAct.Late, WriteBackWay.Notes, "late"),
        new(DriverAct.Problem, WriteBackWay.Notes, "problem, see FleetChat"),
        new(DriverAct.Problem, WriteBackWay.Message, "reported a problem"),
    ];

    /// <summary>In the transaction of the answer.</summary>
    public static async Task AddAsync(Step step, DateTimeOffset at, CancellationToken ct)
    {
        if (step.Processing.Settings.Samsara is null) return;
        foreach (var row in Table.Where(r => r.Act == step.Act))
        {
            var text = row.Way switch
            {
                WriteBackWay.Notes => RouteNotes.Line(TimeZoneInfo.ConvertTime(at, step.Processing.Settings.TimeZone), Said(step, row), step.Answer.MessageId),
                WriteBackWay.Message => $"FleetChat: {Said(step, row)} ({step.Transport.Name})",
                _ => row.What,
            };
            await AddAsync(step.Processing, new(step.Processing.Time.NewId(), step.Transport.Id, step.Stop?.Id, step.Answer.MessageId, row.Way, text), ct);
        }
    }

    /// <returns>False if this message wrote this already.</returns>
    public static async Task<bool> AddAsync(Processing processing, NewWriteBack line, CancellationToken ct)
    {
        if (!await WriteBackSql.TryInsertAsync(processing.Db, processing.Key, line, processing.Time.GetUtcNow(), ct)) return false;
        if (line.Way == WriteBackWay.Notes) await OrderNotesAsync(processing, line.Transport, ct);
        else await processing.TryAddCallAsync(new(CallLanes.Samsara, WriteBack.Kind, $"write_back:{line.Id:N}", JsonSerializer.SerializeToElement(line.Id)), ct);
        return true;
    }

    /// <summary>One call a route at a time takes all lines that wait; those that come meanwhile wait for the next. The caller has the transport locked.</summary>
    public static async Task OrderNotesAsync(Processing processing, Guid transport, CancellationToken ct)
    {
        if (await WriteBackSql.OrderNotesAsync(processing.Db, transport, ct) is not { Count: > 0 } ordered) return;
        await processing.TryAddCallAsync(new(CallLanes.Samsara, AppendNotes.Kind, $"notes:{ordered.Min():N}", JsonSerializer.SerializeToElement(transport)), ct);
    }

    private static string Said(Step step, WriteBackRow row) => $"{TemplateParameter.From(step.Answer.Driver.Name, 60)}: {row.What}{(step.Stop is { } stop ? $" at {TemplateParameter.From(stop.Name, 80)}" : "")}";
}

/// <param name="Message">The driver's message that caused it.</param>
/// <param name="Text">For people in Samsara.</param>
internal sealed record NewWriteBack(Guid Id, Guid Transport, Guid? Stop, Guid Message, string Way, string Text);

/// <summary>Our lines in a route's notes. Everything else there is the dispatcher's.</summary>
public static class RouteNotes
{
    private const string Begin = "[FleetChat ";

    /// <summary>Samsara's limit.</summary>
    private const int Longest = 2000;

    /// <summary>Ends with a mark of its cause, so that a call that is made twice writes it once.</summary>
    public static string Line(DateTimeOffset at, string said, Guid cause)
        => string.Create(CultureInfo.InvariantCulture, $"{Begin}{at:yyyy-MM-dd HH:mm}] {said} {Mark(cause)}");

    /// <summary>What the dispatcher wrote: it changes when he changes it, and not when we write.</summary>
    public static string? WithoutOurs(string? notes)
        => notes is null || !notes.Contains(Begin, StringComparison.Ordinal) ? notes : string.Join('\n', Lines(notes).Where(l => !IsOurs(l))).TrimEnd('\n');

    /// <returns>The notes with the lines under them that are not there yet; the same text if all are. Where there is no room, the oldest of our lines go, and never a word of the dispatcher's; null if even that is not enough.</returns>
    public static string? Append(string notes, IReadOnlyList<string> lines)
    {
        var missing = lines.Where(l => !notes.Contains(l[l.LastIndexOf('#')..], StringComparison.Ordinal)).ToList();
        if (missing.Count == 0) return notes;
        var all = Lines(notes).Concat(missing).ToList();
        while (Join(all) is var text)
        {
            if (text.Length <= Longest) return text;
            var oldest = all.FindIndex(IsOurs);
            if (oldest < 0 || missing.Contains(all[oldest])) return null;
            all.RemoveAt(oldest);
        }
        return null;
    }

    /// <summary>By which a call that is made again knows what it wrote.</summary>
    internal static string Mark(Guid cause) => $"#{cause.ToString("N")[^8..]}";

    private static bool IsOurs(string line) => line.StartsWith(Begin, StringComparison.Ordinal);

    private static string[] Lines(string notes) => notes.Length == 0 ? [] : notes.Split('\n');

    private static string Join(List<string> lines)
    {
        var text = new StringBuilder();
        text.AppendJoin('\n', lines);
        return text.ToString();
    }
}
