using System.Security.Cryptography;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Security.Audit;

/// <param name="Kind"><c>changed</c>, <c>removed</c>, <c>inserted</c>, <c>cut</c>, <c>key_missing</c>, <c>head_moved</c> or <c>anchor_differs</c>.</param>
/// <param name="Seq">The number in the chain that it is about; null: an entry from before the chain.</param>
public sealed record AuditFault(string Chain, string Kind, long? Seq, string Says);

/// <param name="Entries">Of the chain; those from before it are in <paramref name="Unchained"/>.</param>
/// <param name="Anchored">The last number that an anchor outside the database vouches for: what was done to entries after it can be hidden by cutting them off.</param>
public sealed record VerifiedChain(string Chain, long Entries, long Unchained, long Anchored, IReadOnlyList<AuditFault> Faults)
{
    public long NotAnchored => Math.Max(0, Entries - Anchored);

    /// <summary>What the database lost when it was put back to an earlier moment, as an entry behind it says: explained, and no fault.</summary>
    public IReadOnlyList<LostEntries> Lost { get; init; } = [];
}

/// <summary>Entries that were there, as anchors know, and that a restored database has no more.</summary>
/// <param name="Restore">The restore's id.</param>
public sealed record LostEntries(long First, long Last, string Restore, string Says);

/// <summary>
/// Reads whole chains, with the key and the anchors, and finds what was changed, removed, inserted, put elsewhere or cut off behind
/// FleetChat's back.
/// </summary>
public sealed class VerifyAudit(SystemDb system, TenantDbs dbs, ReadAudit read, IAnchorStore anchors, AuditKey key)
{
    /// <summary>All chains, also those that anchors alone know of.</summary>
    public async Task<IReadOnlyList<VerifiedChain>> HandleAsync(CancellationToken ct)
    {
        var noted = await NotedAsync(ct);
        var tenants = (await AllTenants.ListAsync(system, ct)).ConvertAll(tenant => tenant.Value);
        var heads = await HeadsAsync(ct);
        var lost = await ListLostChainsAsync(ct);
        List<VerifiedChain> chains = [];
        foreach (var chain in noted.Keys.Except(tenants).Where(lost.ContainsKey))
            chains.Add(new(chain, 0, 0, 0, []) { Lost = [ChainWalk.LostOf(1, noted[chain].Max(anchor => anchor.Seq), lost[chain])] });
        foreach (var chain in tenants.Union(noted.Keys).Except(chains.ConvertAll(c => c.Chain)).Append(AuditChain.Platform).Distinct().Order(StringComparer.Ordinal))
            chains.Add(await VerifyAsync(chain, heads.GetValueOrDefault(chain, ChainHead.None), noted.GetValueOrDefault(chain) ?? [], ct));
        return chains;
    }

    /// <summary>By chain, the platform's entry that says that all of it was lost. An entry with a wrong code says nothing.</summary>
    private async Task<Dictionary<string, AuditEntry>> ListLostChainsAsync(CancellationToken ct)
    {
        Dictionary<string, AuditEntry> lost = [];
        if (await key.FindAsync(ct) is not { } secret) return lost;
        var before = ChainHead.None.Mac;
        await foreach (var chained in read.ReadChainAsync(null, ct))
        {
            if (chained.Entry.Action == AuditChain.Restored && AuditChain.Mac(secret, AuditChain.Platform, chained.Seq!.Value, chained.Entry, before).AsSpan().SequenceEqual(chained.Mac))
            {
                foreach (var chain in AuditChain.LostChainsIn(chained.Entry.Detail)) lost[chain] = chained.Entry;
            }
            before = chained.Mac!;
        }
        return lost;
    }

    public async Task<VerifiedChain> HandleAsync(TenantId tenant, CancellationToken ct)
        => await VerifyAsync(tenant.Value, await HeadAsync(tenant, ct), (await NotedAsync(ct)).GetValueOrDefault(tenant.Value) ?? [], ct);

    /// <summary>Lines of anchors that cannot be read. Those around them hold.</summary>
    public ValueTask<List<AnchorLine>> ListTornAsync(CancellationToken ct) => anchors.ReadAsync(ct).Where(line => line.Anchor is null).ToListAsync(ct);

    private async Task<Dictionary<string, List<Anchor>>> NotedAsync(CancellationToken ct)
    {
        Dictionary<string, List<Anchor>> noted = [];
        await foreach (var anchor in anchors.ReadAsync(ct).Select(line => line.Anchor).OfType<Anchor>())
        {
            if (!noted.TryGetValue(anchor.Chain, out var ofChain)) noted[anchor.Chain] = ofChain = [];
            ofChain.Add(anchor);
        }
        return noted;
    }

    /// <param name="head">As it was before the chain is read: what is added meanwhile is beyond it, and no fault.</param>
    private async Task<VerifiedChain> VerifyAsync(string chain, ChainHead head, List<Anchor> noted, CancellationToken ct)
    {
        TenantId? tenant = chain == AuditChain.Platform ? null : TenantId.Parse(chain);
        var unchained = tenant is { } of ? await AuditTrail.ListUnchainedAsync(dbs.For(of), ct) : [];
        if (await key.FindAsync(ct) is not { } secret)
        {
            AuditFault[] faults = head.Seq == 0 && noted.Count == 0 && !await read.ReadChainAsync(tenant, ct).AnyAsync(ct) ? [] : [new(chain, "key_missing", null, $"the secret store has no {AuditKey.SecretName}: restore it, no code can be checked without")];
            return new(chain, head.Seq, unchained.Count, 0, faults);
        }
        var walk = new ChainWalk(secret, chain, noted, unchained);
        await foreach (var entry in read.ReadChainAsync(tenant, ct)) walk.Next(entry);
        walk.End(head);
        // Each entry was committed with its head: it may be further by now, and never back.
        if (head.Seq < walk.Last) walk.CheckMoved(await HeadAsync(tenant, ct));
        return new(chain, walk.Last, unchained.Count, walk.Anchored, walk.Faults) { Lost = walk.Lost };
    }

    private async Task<Dictionary<string, ChainHead>> HeadsAsync(CancellationToken ct) => (await AnchorChains.ListAsync(system, ct)).ToDictionary(h => h.Chain, h => h.Head);

    private const string FindHead = """
        select seq, mac
        from fleet.audit_heads
        where tenant_id = $1
        """;

    private const string FindHeadOfPlatform = """
        select seq, mac
        from fleet.platform_audit_head
        """;

    private async Task<ChainHead> HeadAsync(TenantId? tenant, CancellationToken ct)
        => (tenant is { } of ? await dbs.For(of).FindAsync(FindHead, ReadHead, ct) : await system.FindAsync(FindHeadOfPlatform, ReadHead, ct)) ?? ChainHead.None;

    private static ChainHead ReadHead(NpgsqlDataReader row) => new(row.GetInt64(0), row.Bytes(1));
}

/// <summary>One chain, entry by entry in the order of their numbers.</summary>
internal sealed class ChainWalk(byte[] key, string chain, IReadOnlyList<Anchor> noted, IReadOnlyCollection<AuditEntry> unchained)
{
    private readonly ILookup<long, Anchor> _noted = noted.ToLookup(anchor => anchor.Seq);
    private readonly List<AuditFault> _faults = [];
    private readonly List<LostEntries> _lost = [];
    private byte[]? _before = ChainHead.None.Mac;
    private bool _beginsWithOthers;

    public long Last { get; private set; }

    public long Anchored { get; private set; }

    public IReadOnlyList<AuditFault> Faults => _faults;

    public IReadOnlyList<LostEntries> Lost => _lost;

    public static LostEntries LostOf(long first, long last, AuditEntry restored) => new(first, last, restored.Subject,
        $"{(first == last ? $"entry {first} is" : $"entries {first} to {last} are")} not in this database: it was put back to an earlier moment ({restored.Detail}), which {restored.Actor} noted at {restored.At.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z");

    public void Next(ChainedEntry chained)
    {
        var (seq, mac) = (chained.Seq!.Value, chained.Mac!);
        if (seq <= Last)
        {
            Fault("inserted", seq, "an entry has a number that another has, or one below the first");
            return;
        }
        if (seq > Last + 1 && IsRestored(chained, seq, mac))
        {
            _lost.Add(LostOf(Last + 1, seq - 1, chained.Entry));
        }
        else if (seq > Last + 1)
        {
            Fault("removed", Last + 1, seq == Last + 2 ? $"entry {Last + 1} is missing" : $"entries {Last + 1} to {seq - 1} are missing");
            _before = null;
        }
        // After a gap nobody knows the code before it: the next entry shows whether this one's is right.
        if (_before is { } before && !Same(AuditChain.Mac(key, chain, seq, chained.Entry, before), mac)) Fault("changed", seq, $"entry {seq} is not what was written, or not where it was");
        if (_noted[seq].Any(anchor => !Same(anchor.Mac, mac))) Fault("anchor_differs", seq, $"an anchor has another code for entry {seq}");
        if (_noted.Contains(seq)) Anchored = seq;
        if (seq == 1 && chained.Entry.Action == AuditChain.Begins) CheckUnchained(chained.Entry);
        (_before, Last) = (mac, seq);
    }

    /// <summary>The gap before it is what a restored database lost: only who has the key can have said so.</summary>
    private bool IsRestored(ChainedEntry chained, long seq, byte[] mac)
        => chained.Entry.Action == AuditChain.Restored && _before is { } before && Same(AuditChain.Mac(key, chain, seq, chained.Entry, before), mac);

    /// <param name="head">As it was before the first entry was read.</param>
    public void End(ChainHead head)
    {
        if (unchained.Count > 0 && !_beginsWithOthers && Last > 0) Fault("inserted", null, "there are entries without a number that the chain does not begin with");
        if (_noted.Count > 0 && _noted.Max(anchors => anchors.Key) is var anchored && anchored > Last) Fault("cut", Last + 1, $"the chain ends at {Last}, and an anchor has seen entry {anchored}; if the database was restored, 'restore begin' has not been run on it");
        if (head.Seq > Last) Fault("cut", Last + 1, $"the chain ends at {Last}, and its head stands at {head.Seq}");
        else if (head.Seq == Last && Last > 0 && !Same(head.Mac, _before!)) Fault("head_moved", Last, "the chain's head has another code than its last entry");
    }

    /// <param name="head">As it is after the last entry was read.</param>
    public void CheckMoved(ChainHead head)
    {
        if (head.Seq < Last) Fault("head_moved", head.Seq, $"the chain's head stands at {head.Seq}, and there are entries up to {Last}");
    }

    private void CheckUnchained(AuditEntry first)
    {
        _beginsWithOthers = true;
        if (first.Detail != AuditChain.DetailOf(chain, unchained)) Fault("changed", null, $"entries from before the chain are not those that it began with ({first.Detail})");
    }

    private void Fault(string kind, long? seq, string says) => _faults.Add(new(chain, kind, seq, says));

    private static bool Same(byte[] one, byte[] other) => CryptographicOperations.FixedTimeEquals(one, other);
}
