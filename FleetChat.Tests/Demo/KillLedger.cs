using System.Text.Json;
using FleetChat.Core.Messaging;
using FleetChat.LocalHost.Demo;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Journal;
using FleetChat.Tests.Consent;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.Demo;

/// <summary>A message as the database has it.</summary>
/// <param name="Row">The state of the sender's row.</param>
/// <param name="Doubts">How the platform counted it as doubtful.</param>
/// <param name="Ends">Why it was not sent, as the decisions say.</param>
internal sealed record LedgerMessage(
    string Tenant, Guid Id, Guid Conversation, string Status, string Reason, int? ErrorCode, string Row, bool CanResend, string? Purpose,
    IReadOnlyList<string> Doubts, IReadOnlyList<string> Ends, IReadOnlyList<LedgerAttempt> Attempts)
{
    public override string ToString() => $"{Tenant} {Id} ({Reason}, {Status})";
}

/// <summary>An attempt as the database has it, in their order.</summary>
internal sealed record LedgerAttempt(Guid Id, DateTimeOffset StartedAt, DateTimeOffset? ClosedAt, string? Outcome);

/// <summary>What WhatsApp took.</summary>
internal sealed record LedgerTaken(Guid Attempt, string Wamid, DateTimeOffset At, DateTimeOffset RealAt);

/// <summary>A status that was acknowledged.</summary>
internal sealed record LedgerStatus(string Wamid, string Status, DateTimeOffset At);

/// <summary>A moment of real time: a STOP was committed, or the START that ended it.</summary>
internal sealed record LedgerWord(Guid Conversation, DateTimeOffset At, bool IsStop);

/// <summary>The platform's rows beside the simulator's journal, after a day of kills and faults.</summary>
internal sealed class KillLedger(IReadOnlyList<LedgerMessage> messages, IReadOnlyList<LedgerTaken> taken, IReadOnlyList<LedgerStatus> statuses, IReadOnlyList<LedgerWord> words)
{
    /// <summary>By name, what may not be: each fault in words.</summary>
    /// <remarks>Each is shown a forged ledger by <see cref="KillLedgerTests"/>.</remarks>
    public static readonly IReadOnlyDictionary<string, Func<KillLedger, IEnumerable<string>>> Judgements = new Dictionary<string, Func<KillLedger, IEnumerable<string>>>
    {
        ["every-message-has-an-end-with-a-reason"] = ledger => ledger.Lost(),
        ["whatsapp-took-nothing-but-attempts"] = ledger => ledger.Strangers(),
        ["the-best-that-was-told-stands"] = ledger => ledger.NotBest(),
        ["twice-was-what-nobody-knew-of-and-may-come-twice"] = ledger => ledger.WronglyTwice(),
        ["what-nobody-knew-of-and-may-come-twice-was-sent-again"] = ledger => ledger.WronglyOnce(),
        ["each-doubt-is-counted-and-was-one"] = ledger => ledger.WronglyCounted(),
        ["as-many-are-counted-as-came-twice"] = ledger => ledger.CountedOfTwice() == ledger.Twice().Count ? [] : [$"{ledger.CountedOfTwice()} are counted, {ledger.Twice().Count} came twice"],
        ["at-most-one-call-was-under-way-at-a-stop"] = ledger => ledger.AfterStop(),
    };

    private static readonly TimeSpan LongestHold = TimeSpan.FromHours(5);

    private readonly Dictionary<Guid, LedgerTaken> _taken = taken.ToDictionary(t => t.Attempt);
    private readonly ILookup<string, LedgerStatus> _statuses = statuses.ToLookup(s => s.Wamid);

    public IReadOnlyList<LedgerMessage> Messages => messages;

    public IReadOnlyList<LedgerTaken> Taken => taken;

    public IReadOnlyList<LedgerStatus> Statuses => statuses;

    public IReadOnlyList<LedgerWord> Words => words;

    private const string Watch = """
        create table public.backwards (message_id uuid, before text, after text);
        create function public.watch_statuses() returns trigger language plpgsql security definer as $$
        begin
            insert into public.backwards values (new.id, old.status, new.status);
            return null;
        end $$;
        create trigger watch_statuses after update on fleet.message_logs for each row when (new.status_rank < old.status_rank) execute function public.watch_statuses();

        create table public.words (conversation_id uuid, at timestamptz, is_stop boolean);
        create function public.watch_words() returns trigger language plpgsql security definer as $$
        begin
            if new.stopped_at is distinct from old.stopped_at then
                insert into public.words values (new.id, clock_timestamp(), new.stopped_at is not null);
            end if;
            return null;
        end $$;
        create constraint trigger watch_words after update on fleet.conversations deferrable initially deferred for each row execute function public.watch_words()
        """;

    /// <summary>From now on the database notes what no look from outside could see.</summary>
    public static async Task WatchAsync(TestDatabase database)
    {
        await LateAttempts.WatchAsync(database);
        await database.ExecuteAsAdminAsync(Watch);
    }

    public static Task<long> CountBackwardsAsync(TestDatabase database) => database.ScalarAsAdminAsync<long>("select count(*) from public.backwards");

    private const string ListMessages = """
        select coalesce(jsonb_agg(jsonb_build_object(
            'tenant', m.tenant_id, 'id', m.id, 'conversation', m.conversation_id, 'status', m.status, 'reason', m.reason, 'error_code', m.error_code,
            'row', o.status, 'can_resend', o.can_resend, 'purpose', o.purpose,
            'doubts', (select coalesce(jsonb_agg(d.outcome order by d.at), '[]') from fleet.decisions d where d.tenant_id = m.tenant_id and d.message_id = m.id and d.kind = 'doubt'),
            'ends', (select coalesce(jsonb_agg(d.outcome order by d.at), '[]') from fleet.decisions d where d.tenant_id = m.tenant_id and d.message_id = m.id and d.kind in ('unsent', 'superseded')),
            'attempts', (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'started_at', a.started_at, 'closed_at', a.closed_at, 'outcome', a.outcome) order by a.started_at, a.id), '[]')
                         from fleet.attempts a where a.tenant_id = m.tenant_id and a.message_id = m.id)) order by m.id), '[]')::text
        from fleet.message_logs m
        join fleet.outbound o on o.tenant_id = m.tenant_id and o.message_id = m.id
        """;

    private const string ListWords = """
        select coalesce(jsonb_agg(jsonb_build_object('conversation', conversation_id, 'at', at, 'is_stop', is_stop) order by at), '[]')::text
        from public.words
        """;

    public static async Task<KillLedger> ReadAsync(TestDatabase database, IReadOnlyList<JournalEntry> whatsApp) => new(
        JsonSerializer.Deserialize<List<LedgerMessage>>(await database.ScalarAsAdminAsync<string>(ListMessages), FleetApi.Json)!,
        [.. whatsApp.Where(e => e.Kind == "send.accepted").Select(e => new LedgerTaken(AttemptOf(Text(e.Data, "biz_opaque_callback_data")), Text(e.Data, "wamid"), e.At, e.RealAt))],
        [.. whatsApp.Where(e => e.Kind == "webhook.attempt" && e.Data.GetProperty("acknowledged").GetBoolean()).SelectMany(e => e.Data.GetProperty("updates").EnumerateArray()
            .Where(u => Text(u, "kind") == "status").Select(u => new LedgerStatus(Text(u, "wamid"), Text(u, "status"), e.At)))],
        JsonSerializer.Deserialize<List<LedgerWord>>(await database.ScalarAsAdminAsync<string>(ListWords), FleetApi.Json)!);

    /// <param name="opaque">What went along with a message.</param>
    public static Guid AttemptOf(string opaque)
    {
        Assert.True(AttemptReference.TryRead(opaque, out var reference), opaque);
        return reference.Attempt;
    }

    /// <summary>What is not as it has to be, with the judgement's name.</summary>
    public IReadOnlyList<string> Judge() => [.. Judgements.SelectMany(judgement => judgement.Value(this).Select(fault => $"{judgement.Key}: {fault}"))];

    /// <summary>Messages that are neither with WhatsApp, nor ended with a reason that is noted.</summary>
    private IEnumerable<string> Lost()
        => messages.Where(m => m.Row != "done" || m.Status == "queued" || !(m.Attempts.Any(a => _taken.ContainsKey(a.Id)) || m.Ends.Count > 0 || m.Doubts.Contains("handed_over") || m.ErrorCode is not null)).Select(m => $"{m} has no end");

    /// <summary>What WhatsApp took, and which is none of our attempts.</summary>
    private IEnumerable<string> Strangers()
        => taken.ExceptBy(messages.SelectMany(m => m.Attempts).Select(a => a.Id), t => t.Attempt).Select(t => $"{t.Wamid} is of no attempt");

    /// <summary>What proves the most of all that was reported is what stands in the end.</summary>
    private IEnumerable<string> NotBest()
    {
        foreach (var message in messages)
        {
            var told = message.Attempts.Where(a => _taken.ContainsKey(a.Id)).SelectMany(a => _statuses[_taken[a.Id].Wamid]).Select(s => s.Status).ToList();
            var best = told.Where(s => DeliveryStatus.Rank(s) > DeliveryStatus.Rank(DeliveryStatus.Failed)).MaxBy(DeliveryStatus.Rank);
            if (best is not null && message.Status != best) yield return $"{message}: WhatsApp told {best}";
            if (best is null && DeliveryStatus.Rank(message.Status) > DeliveryStatus.Rank(DeliveryStatus.Failed)) yield return $"{message}: WhatsApp told no such thing";
            if (best is null && told.Contains(DeliveryStatus.Sent) && message.Status is not (DeliveryStatus.Sent or DeliveryStatus.Failed)) yield return $"{message}: WhatsApp told that it was sent";
        }
    }

    /// <summary>Accepted once more although WhatsApp had not said before that the one taken first failed.</summary>
    public IReadOnlyList<LedgerMessage> Twice() => [.. messages.Where(m => DoubtfulOf(m) is { } first && m.Attempts.SkipWhile(a => a != first).Skip(1).Any(a => _taken.ContainsKey(a.Id)))];

    /// <summary>Accepted twice, and rightly: see <see cref="WronglyTwice"/> and <see cref="WronglyOnce"/> for the others.</summary>
    private IEnumerable<string> WronglyTwice() => Twice().Where(m => !m.CanResend || !IsSilent(DoubtfulOf(m)!) || m.Doubts.Count(d => d == "resent") != 1 || TakenTimes(m) > 2).Select(m => $"{m} was accepted twice");

    /// <summary>Nobody heard of it for the doubt window, its rule says resend, nothing ended it meanwhile, and it was accepted once alone.</summary>
    private IEnumerable<string> WronglyOnce()
        => messages.Where(m => m.CanResend && m.Attempts.FirstOrDefault(a => _taken.ContainsKey(a.Id)) is { } first && IsSilent(first) && !IsAnswered(first)
            && !IsToldWhileHeld(first) && m.Attempts[^1] == first && m.Ends.Count == 0 && m.Doubts.Count == 0).Select(m => $"{m} was not sent again");

    /// <summary>Counted as sent again, where the one before had neither been lost on its way to WhatsApp nor been taken in silence; or sent again and not counted.</summary>
    private IEnumerable<string> WronglyCounted()
    {
        var twice = Twice().ToHashSet();
        foreach (var message in messages)
        {
            var resends = message.Doubts.Count(d => d == "resent");
            if (resends > 1 || (resends == 0 && twice.Contains(message))) yield return $"{message} is counted {resends} times";
            if (resends == 1 && message.Attempts.SkipLast(1).All(IsKnown)) yield return $"{message} is counted, and nobody had doubted it";
        }
    }

    /// <summary>Counted as sent again, where the platform had no answer of the one that WhatsApp had taken, and it took another one afterwards.</summary>
    private int CountedOfTwice() => messages.Count(m => m.Doubts.Contains("resent")
        && m.Attempts.SkipWhile(a => !_taken.ContainsKey(a.Id) || HasFailed(a) || IsAnswered(a)).Count(a => _taken.ContainsKey(a.Id)) > 1);

    /// <summary>Conversations that got more than the one call that was under way when their STOP was committed.</summary>
    private IEnumerable<string> AfterStop()
    {
        var calls = messages.Where(m => m.Purpose != "stop").SelectMany(m => m.Attempts.Where(a => _taken.ContainsKey(a.Id)).Select(a => (m.Conversation, _taken[a.Id].RealAt))).ToLookup(t => t.Conversation, t => t.RealAt);
        foreach (var stop in words.Where(w => w.IsStop))
        {
            var end = words.FirstOrDefault(w => !w.IsStop && w.Conversation == stop.Conversation && w.At > stop.At)?.At ?? DateTimeOffset.MaxValue;
            var count = calls[stop.Conversation].Count(at => at > stop.At && at < end);
            if (count > 1) yield return $"{stop.Conversation} got {count} messages after its STOP";
        }
    }

    private int TakenTimes(LedgerMessage message) => message.Attempts.Count(a => _taken.ContainsKey(a.Id) && !HasFailed(a));

    /// <summary>The first one that WhatsApp took and did not report as failed.</summary>
    private LedgerAttempt? DoubtfulOf(LedgerMessage message) => message.Attempts.FirstOrDefault(a => _taken.ContainsKey(a.Id) && !HasFailed(a));

    private bool HasFailed(LedgerAttempt attempt) => _statuses[_taken[attempt.Id].Wamid].Any(s => s.Status == DeliveryStatus.Failed);

    /// <summary>No status of it came within the doubt window.</summary>
    private bool IsSilent(LedgerAttempt attempt) => !_statuses[_taken[attempt.Id].Wamid].Any(s => s.At < _taken[attempt.Id].At + SendPolicy.DoubtWindow);

    /// <summary>Of what nobody heard of in time, and then before the company might send again.</summary>
    private bool IsToldWhileHeld(LedgerAttempt attempt) => _statuses[_taken[attempt.Id].Wamid].Any(s => s.At < _taken[attempt.Id].At + LongestHold);

    /// <summary>It was closed within the doubt window, and in silence only its answer can have done that.</summary>
    private static bool IsAnswered(LedgerAttempt attempt) => attempt.ClosedAt < attempt.StartedAt + SendPolicy.DoubtWindow;

    private bool IsKnown(LedgerAttempt attempt) => _taken.ContainsKey(attempt.Id) ? !IsSilent(attempt) || IsAnswered(attempt) : attempt.Outcome is not ("unknown" or null);

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
