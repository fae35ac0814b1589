using System.Globalization;
using System.Text.Json;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;

namespace FleetChat.Core.Samsara.Scope;

/// <summary>
/// Stands before every rule where the company is one tag of its organization: an event of the others' drivers, vehicles and
/// routes leaves its id, its type and a reason. Where it doesn't say whose they are they are looked up, and the event waits.
/// </summary>
internal static class ScopeGate
{
    public const string OutOfScope = "out_of_scope";

    private const string Waits = $"{IInboxHandler.Later} scope ";
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    /// <summary>Whether the event has to pass. A Ping is about nothing.</summary>
    public static bool IsWatched(InboxRow row, Processing processing)
        => processing.Settings.SamsaraGroupId.Length > 0 && row.Source == InboxSource.Samsara && row.Kind != "Ping" && !SamsaraEvents.IsPolled(row.Kind);

    /// <returns>Null if the event is the company's; else what becomes of it.</returns>
    public static async Task<string?> FindObjectionAsync(InboxRow row, Processing processing, CancellationToken ct)
    {
        if (!IsWatched(row, processing)) return null;
        var cache = new ScopeCache(processing.Db, processing.Key, processing.Settings.SamsaraGroupId);
        var named = ScopeSubjects.Of(row.Payload);
        var known = await cache.FindAsync(named.SelectMany(n => TagsOf(n).Append(n.Subject)), processing.Time.GetUtcNow(), ct);
        var verdicts = named.ToDictionary(n => n.Subject, n => Judge(cache.Group, n, known));
        switch (TagScope.IsInside(verdicts.Values))
        {
            case true:
                return null;
            case null:
                return await WaitAsync(cache, [.. verdicts.Where(v => v.Value is null).Select(v => v.Key)], known, processing, ct);
            case false when named.Count == 0 && ScopeSubjects.StopOf(row.Payload) is { } stop && await IsOursAsync(processing.Db, stop, ct):
                return null;
            case false:
                await EraseAsync(row, processing, ct);
                return OutOfScope;
        }
    }

    /// <summary>When a row that waits is looked at again, if no answer wakes it: the longer it waits, the more seldom.</summary>
    public static DateTimeOffset? NextLook(string outcome, DateTimeOffset receivedAt, DateTimeOffset now)
        => outcome.StartsWith(Waits, StringComparison.Ordinal) ? now + TimeSpan.FromTicks(Math.Clamp((now - receivedAt).Ticks / 4, ShortestWait.Ticks, LongestWait.Ticks)) : null;

    private static ScopeVerdict? Judge(string group, NamedSubject named, Dictionary<ScopeSubject, ScopeKnown> known)
    {
        if (named.Tags is null or []) return known[named.Subject].Verdict ?? (named.Subject.Kind == ScopeSubjects.Address ? ScopeVerdict.Untagged : null);
        return TagScope.OfTags(group, named.Tags, tag => known[new(ScopeSubjects.Tag, tag)].Verdict == ScopeVerdict.Inside)
            ?? known[named.Subject].Verdict ?? (named.Subject.Kind == ScopeSubjects.Address ? ScopeVerdict.Outside : null);
    }

    private static IEnumerable<ScopeSubject> TagsOf(NamedSubject named)
        => (named.Tags ?? []).SelectMany(tag => new[] { tag.Id, tag.ParentId }).OfType<string>().Select(tag => new ScopeSubject(ScopeSubjects.Tag, tag));

    private static async Task<string> WaitAsync(
        ScopeCache cache, IReadOnlyList<ScopeSubject> unknown, Dictionary<ScopeSubject, ScopeKnown> known, Processing processing, CancellationToken ct)
    {
        foreach (var subject in unknown)
        {
            // Once for each time that what was known ran out.
            var effect = string.Create(CultureInfo.InvariantCulture, $"scope:{Convert.ToHexStringLower(cache.Index(subject))}:{known[subject].LookedAt?.UtcTicks ?? 0}");
            await processing.TryAddCallAsync(new(CallLanes.Samsara, LookUpScope.Kind, effect, JsonSerializer.SerializeToElement(new LookUpScope.Content(subject.Kind, subject.Id))), ct);
        }
        return WaitsFor(cache, unknown[0]);
    }

    private static string WaitsFor(ScopeCache cache, ScopeSubject subject) => $"{Waits}{Convert.ToHexStringLower(cache.Index(subject).AsSpan(0, 8))}";

    private const string FindStop = """
        select true
        from fleet.stops
        where tenant_id = $1
          and samsara_stop_id = $2
        """;

    private static Task<bool> IsOursAsync(TenantDb db, string stop, CancellationToken ct) => db.FindAsync(FindStop, row => row.GetBoolean(0), ct, P.Text(stop));

    private const string Erase = """
        update fleet.inbox
        set payload = $4
        where tenant_id = $1
          and received_on = $2
          and id = $3
        """;

    private static Task EraseAsync(InboxRow row, Processing processing, CancellationToken ct)
        => processing.Db.ExecuteAsync(Erase, ct, P.Day(row.Day), P.Uuid(row.Id), P.Bytes(processing.Key.Encrypt(EncryptedColumns.InboxPayload, row.Id.ToString("N"), "{}"u8)));

    private const string Wake = """
        update fleet.inbox
        set due_at = $3
        where tenant_id = $1
          and status = 'pending'
          and outcome = $2
        returning lane
        """;

    /// <summary>What waits for this subject is looked at again, now.</summary>
    public static async Task WakeAsync(ScopeCache cache, ScopeSubject subject, Processing processing, CancellationToken ct)
    {
        var lanes = await processing.Db.ListAsync(Wake, row => row.GetInt16(0), ct, P.Text(WaitsFor(cache, subject)), P.Time(processing.Time.GetUtcNow()));
        await processing.WakeAsync([.. lanes.Distinct()], ct);
    }
}
