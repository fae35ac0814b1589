using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Core.Samsara.Scope;

/// <param name="LookedAt">Null if it was never looked up.</param>
/// <param name="Verdict">Null if it was never looked up, or too long ago.</param>
internal sealed record ScopeKnown(ScopeVerdict? Verdict, DateTimeOffset? LookedAt)
{
    public static readonly ScopeKnown Nothing = new(null, null);
}

/// <summary>
/// What is known of what lies inside the company's tag. The rows say of nobody who he is: in one organization another company's
/// drivers are looked up too, to learn that they are none of ours.
/// </summary>
internal sealed class ScopeCache(TenantDb db, DataKey key, string group)
{
    /// <summary>Tags change rarely, and by hand. Drivers and vehicles that lie inside are listed with each look at the roster anyhow.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>Longer than calls are kept: the key of a call that was made must not come again.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(40);

    public string Group => group;

    /// <summary>Of another tag it is another one: a company whose tag changes is judged afresh.</summary>
    public byte[] Index(ScopeSubject subject) => key.BlindIndex("scope", $"{group}\0{subject.Kind}\0{subject.Id}");

    private const string Find = """
        select subject_index, verdict, looked_at, expires_at > $3
        from fleet.samsara_scope
        where tenant_id = $1
          and subject_index = any($2)
        """;

    /// <returns>An entry for each subject.</returns>
    public async Task<Dictionary<ScopeSubject, ScopeKnown>> FindAsync(IEnumerable<ScopeSubject> subjects, DateTimeOffset now, CancellationToken ct)
    {
        var wanted = subjects.Distinct().ToDictionary(s => s, s => Convert.ToHexString(Index(s)));
        if (wanted.Count == 0) return [];
        var rows = (await db.ListAsync(Find, row => (Index: Convert.ToHexString(row.Bytes(0)), Known: new ScopeKnown(row.GetBoolean(3) ? Parse(row.GetString(1)) : null, row.Time(2))), ct,
            P.ByteArrays([.. wanted.Values.Select(Convert.FromHexString)]), P.Time(now))).ToDictionary(row => row.Index, row => row.Known);
        return wanted.ToDictionary(w => w.Key, w => rows.GetValueOrDefault(w.Value, ScopeKnown.Nothing));
    }

    private const string Put = """
        insert into fleet.samsara_scope (tenant_id, subject_index, kind, verdict, looked_at, expires_at)
        select $1, g.subject_index, g.kind, g.verdict, $5, $6
        from unnest($2, $3, $4) as g (subject_index, kind, verdict)
        order by g.subject_index
        on conflict (tenant_id, subject_index) do update
        set verdict = excluded.verdict, looked_at = excluded.looked_at, expires_at = excluded.expires_at
        """;

    public Task PutAsync(IReadOnlyCollection<(ScopeSubject Subject, ScopeVerdict Verdict)> verdicts, DateTimeOffset at, CancellationToken ct)
        => db.ExecuteAsync(Put, ct,
            P.ByteArrays([.. verdicts.Select(v => Index(v.Subject))]), P.Texts([.. verdicts.Select(v => v.Subject.Kind)]), P.Texts([.. verdicts.Select(v => Format(v.Verdict))]),
            P.Time(at), P.Time(at + Lifetime));

    private const string ExpireInsiders = """
        update fleet.samsara_scope
        set expires_at = $2
        where tenant_id = $1
          and verdict = 'inside'
          and kind in ('driver', 'vehicle', 'tag')
          and looked_at < $2
          and expires_at > $2
        """;

    private const string Forget = """
        delete from fleet.samsara_scope
        where tenant_id = $1
          and looked_at < $2
        """;

    /// <summary>All that lies inside was listed at that time: what is not among it has to be looked up again.</summary>
    public async Task PutInsidersAsync(IReadOnlyCollection<ScopeSubject> insiders, DateTimeOffset at, CancellationToken ct)
    {
        await PutAsync([.. insiders.Distinct().Select(s => (s, ScopeVerdict.Inside))], at, ct);
        await db.ExecuteAsync(ExpireInsiders, ct, P.Time(at));
        await db.ExecuteAsync(Forget, ct, P.Time(at - Kept));
    }

    private static string Format(ScopeVerdict verdict) => verdict switch
    {
        ScopeVerdict.Inside => "inside",
        ScopeVerdict.Outside => "outside",
        _ => "untagged",
    };

    private static ScopeVerdict Parse(string verdict) => verdict switch
    {
        "inside" => ScopeVerdict.Inside,
        "outside" => ScopeVerdict.Outside,
        _ => ScopeVerdict.Untagged,
    };
}
