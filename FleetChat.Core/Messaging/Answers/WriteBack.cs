using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.Transports;

namespace FleetChat.Core.Messaging.Answers;

/// <summary>What the calls that write to Samsara have in common: what becomes of a failure, and what the timeline says in the end.</summary>
internal static class WriteBackCalls
{
    /// <summary>Before the calls' own count of attempts ends.</summary>
    private const int AttemptsInARow = 10;

    private static readonly TimeSpan LongDelay = TimeSpan.FromMinutes(30);

    /// <summary>After this nobody reads it any more.</summary>
    private static readonly TimeSpan WorthFor = TimeSpan.FromDays(2);

    public static CallResult ResultOf(SamsaraException failure, Call call, IReadOnlyList<OpenWriteBack> lines, DateTimeOffset now) => failure.Failure switch
    {
        SamsaraFailure.RateLimited => CallResult.TooMany(now + failure.RetryAfter),
        SamsaraFailure.NotFound or SamsaraFailure.Invalid => Refused($"refused: {failure.Status}", lines),
        _ when now - call.CreatedAt > WorthFor => CallResult.Fail($"given up: {failure.Status}", (processing, ct) => EndAsync(processing, lines, isWritten: false, ct)),
        // People have to mend the token or its scope.
        SamsaraFailure.Refused => CallResult.Repeat($"not allowed: {failure.Status}", now + LongDelay),
        _ when call.Attempts >= AttemptsInARow => CallResult.Repeat($"trouble: {failure.Status}", now + LongDelay),
        _ => CallResult.Retry($"trouble: {failure.Status}"),
    };

    public static CallResult Written(string outcome, IReadOnlyList<OpenWriteBack> lines) => CallResult.Done(outcome, (processing, ct) => EndAsync(processing, lines, isWritten: true, ct));

    /// <param name="write">What the timeline or another way has to say beside it.</param>
    public static CallResult Ended(string outcome, OpenWriteBack line, bool isWritten, Func<Processing, CancellationToken, Task> write) => CallResult.Done(outcome, async (processing, ct) =>
    {
        await EndAsync(processing, [line], isWritten, ct);
        await write(processing, ct);
    });

    public static CallResult Refused(string outcome, IReadOnlyList<OpenWriteBack> lines) => CallResult.Done(outcome, (processing, ct) => EndAsync(processing, lines, isWritten: false, ct));

    /// <summary>All attempts failed without a word of Samsara's: people are told, and what waits behind the lines goes on.</summary>
    public static CallResult GivenUp(string reason, Func<Processing, CancellationToken, Task<IReadOnlyList<OpenWriteBack>>> list) => CallResult.Fail($"given up: {reason}", async (processing, ct) =>
    {
        if (await list(processing, ct) is { Count: > 0 } lines) await EndAsync(processing, lines, isWritten: false, ct);
    });

    private static async Task EndAsync(Processing processing, IReadOnlyList<OpenWriteBack> lines, bool isWritten, CancellationToken ct)
    {
        var now = processing.Time.GetUtcNow();
        await TransportSql.LockAsync(processing.Db, lines[0].Transport, ct);
        await WriteBackSql.EndAsync(processing.Db, lines, isWritten, now, ct);
        foreach (var line in lines)
        {
            var what = $"{(isWritten ? "written" : "not_written")}_{line.Way}";
            await TransportSql.TryNoteAsync(processing.Db, new(line.Transport, line.Stop, now, what, "system", $"write_back:{line.Id:N}", line.Message), processing.Time, ct);
        }
        await WriteBacks.OrderNotesAsync(processing, lines[0].Transport, ct);
    }
}

/// <summary>Appends our lines to a route's notes: reads them, adds what is missing, puts them back. Never with stops.</summary>
internal sealed class AppendNotes(ISamsaraClient samsara, TenantDbs dbs, DataKeys keys, TimeProvider time) : ICallHandler
{
    public const string Kind = "samsara.notes";

    public bool Handles(string kind) => kind == Kind;

    public async Task<CallResult> HandleAsync(Call call, TenantSettings tenant, CancellationToken ct)
    {
        var (db, key) = (dbs.For(tenant.Tenant), await keys.GetAsync(tenant.Tenant, ct));
        var lines = await WriteBackSql.ListOrderedAsync(db, key, call.Content.GetGuid(), ct);
        if (lines.Count == 0) return CallResult.Done("nothing to write");
        if (tenant.Samsara is not { } access) return WriteBackCalls.Refused("no token", lines);
        try
        {
            var route = await samsara.GetRouteAsync(access, lines[0].SamsaraRouteId, ct);
            var before = route.Text("notes") ?? "";
            if (RouteNotes.Append(before, [.. lines.Select(l => l.Text)]) is not { } after) return WriteBackCalls.Refused("no room", lines);
            if (after == before) return WriteBackCalls.Written("there already", lines);
            await EchoSql.RecordAsync(db, key, EchoSql.RouteNotes, lines[0].SamsaraRouteId, after, time.GetUtcNow(), ct);
            await TaggedRoutes.ChangeAsync(samsara, access, tenant.SamsaraGroupId, lines[0].SamsaraRouteId, new(Notes: after), ct);
            return WriteBackCalls.Written("written", lines);
        }
        catch (SamsaraException failure)
        {
            return WriteBackCalls.ResultOf(failure, call, lines, time.GetUtcNow());
        }
    }

    public CallResult GiveUp(Call call, string reason)
        => WriteBackCalls.GivenUp(reason, async (processing, ct) => await WriteBackSql.ListOrderedAsync(processing.Db, processing.Key, call.Content.GetGuid(), ct));
}

/// <summary>Writes what is one call of its own: an external id of the route, a dispatch message, a document.</summary>
internal sealed class WriteBack(ISamsaraClient samsara, WriteDocument document, TenantDbs dbs, DataKeys keys, TimeProvider time) : ICallHandler
{
    public const string Kind = "samsara.write_back";

    /// <summary>The route's external id that says what its driver answered.</summary>
    public const string AnswerKey = "fleetchatAnswer";

    public bool Handles(string kind) => kind == Kind;

    public async Task<CallResult> HandleAsync(Call call, TenantSettings tenant, CancellationToken ct)
    {
        var (db, key) = (dbs.For(tenant.Tenant), await keys.GetAsync(tenant.Tenant, ct));
        if (await WriteBackSql.FindWaitingAsync(db, key, call.Content.GetGuid(), ct) is not { } line) return CallResult.Done("nothing to write");
        if (tenant.Samsara is not { } access) return WriteBackCalls.Refused("no token", [line]);
        // Samsara gives messages no id: one that may have gone out is not sent again, the dispatcher has it on his list anyway.
        if (line.Way == WriteBackWay.Message && call.Attempts > 1) return WriteBackCalls.Refused("doubtful", [line]);
        // Its text is one place, not a line: an older answer that comes late must not stand there in the end.
        if (line.Way == WriteBackWay.ExternalId && await WriteBackSql.IsOvertakenAsync(db, line, ct)) return WriteBackCalls.Refused("overtaken", [line]);
        try
        {
            if (line.Way == WriteBackWay.Document) return await document.WriteAsync(new(call, line, access, db, key), ct);
            await WriteAsync(line, access, tenant.SamsaraGroupId, db, key, ct);
            return WriteBackCalls.Written("written", [line]);
        }
        catch (SamsaraException failure)
        {
            return WriteBackCalls.ResultOf(failure, call, [line], time.GetUtcNow());
        }
    }

    public CallResult GiveUp(Call call, string reason)
        => WriteBackCalls.GivenUp(reason, async (processing, ct) => await WriteBackSql.FindWaitingAsync(processing.Db, processing.Key, call.Content.GetGuid(), ct) is { } line ? [line] : []);

    private async Task WriteAsync(OpenWriteBack line, SamsaraAccess access, string group, TenantDb db, DataKey key, CancellationToken ct)
    {
        if (line.Way == WriteBackWay.ExternalId)
        {
            await TaggedRoutes.ChangeAsync(samsara, access, group, line.SamsaraRouteId, new(ExternalIds: new Dictionary<string, string> { [AnswerKey] = line.Text }), ct);
            return;
        }
        if (line.SamsaraDriverId is not { } driver) throw new SamsaraException(SamsaraFailure.NotFound, 0, null, null);
        await EchoSql.RecordAsync(db, key, EchoSql.DispatchMessage, driver, line.Text, time.GetUtcNow(), ct);
        await samsara.SendMessageAsync(access, driver, line.Text, ct);
    }
}
