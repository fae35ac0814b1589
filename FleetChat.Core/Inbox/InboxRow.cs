using System.Text.Json;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Messaging;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.Webhooks;

namespace FleetChat.Core.Inbox;

/// <summary>A stored fact, opened for processing.</summary>
/// <param name="Attempts">How often it failed already.</param>
public sealed record InboxRow(DateOnly Day, Guid Id, string Source, string Kind, DateTimeOffset ReceivedAt, int Attempts, JsonElement Payload);

/// <summary>What the handlers of one batch share: one transaction of one tenant.</summary>
public sealed class Processing(TenantTransaction db, DataKey key, TenantSettings settings, TimeProvider time)
{
    private readonly HashSet<short> _sendLanes = [];
    private readonly HashSet<short> _processLanes = [];
    private readonly HashSet<short> _callLanes = [];
    private readonly HashSet<short> _flowLanes = [];

    public TenantTransaction Db => db;

    public DataKey Key => key;

    public TenantSettings Settings => settings;

    public TimeProvider Time => time;

    /// <returns>The lane of a conversation's messages; it will be nudged when the batch commits.</returns>
    public short SendLaneOf(Guid conversation)
    {
        var lane = Outbox.LaneOf(conversation);
        _sendLanes.Add(lane);
        return lane;
    }

    /// <summary>What is to be asked of somebody outside, once this has committed.</summary>
    /// <returns>False if the call is there already.</returns>
    public async Task<bool> TryAddCallAsync(NewCall call, CancellationToken ct)
    {
        if (!await CallSql.TryInsertAsync(db, key, time, call, ct)) return false;
        if (call.DueAt is null || call.DueAt <= time.GetUtcNow()) _callLanes.Add(call.Lane);
        return true;
    }

    /// <summary>A call that comes round is made when this one says, and not only later.</summary>
    internal async Task CallSoonAsync(NewCall call, CancellationToken ct)
    {
        await CallSql.KeepSoonAsync(db, key, time, call, ct);
        _callLanes.Add(call.Lane);
    }

    /// <summary>Has an orchestration begun, once this has committed. One subject has one instance of a flow.</summary>
    internal async Task StartAsync(Flow flow, Guid subject, CancellationToken ct)
    {
        if (await FlowCommands.StartAsync(db, time, flow, subject, ct) is { } lane) _flowLanes.Add(lane);
    }

    /// <summary>Has a subject's orchestration look again, once this has committed; one that has ended hears nothing.</summary>
    internal async Task WakeAsync(Flow flow, Guid subject, CancellationToken ct)
    {
        if (await FlowCommands.RaiseAsync(db, time, flow, subject, Flow.Changed, ct) is { } lane) _flowLanes.Add(lane);
    }

    /// <summary>Facts that came by another way than a webhook, such as what a call brought back.</summary>
    public async Task StoreAsync(IReadOnlyList<InboxItem> items, CancellationToken ct)
    {
        if (items.Count == 0) return;
        var stored = await StoreItems.StoreAsync(db, key, items, period: null, time, ct);
        _processLanes.UnionWith(stored.Nudges.Select(n => n.Lane));
    }

    /// <summary>Facts in these lanes are to be looked at now, which were to wait.</summary>
    internal async Task WakeAsync(short[] lanes, CancellationToken ct)
        => _processLanes.UnionWith(await db.ListAsync(LaneSql.RaiseFlags, row => row.GetInt16(0), ct, P.Text(Lanes.ProcessStage), P.Smalls(lanes)));

    /// <summary>Tells the workers of all lanes that got work, and commits, in the same round trip as what is added to it.</summary>
    internal async Task<LaneWork> CommitAsync(CancellationToken ct, Action<TenantBatch>? also = null)
    {
        await using var batch = db.Batch();
        also?.Invoke(batch);
        Raise(Lanes.SendStage, _sendLanes);
        Raise(Lanes.CallStage, _callLanes);
        Raise(Lanes.OrchestrateStage, _flowLanes);
        batch.Add(OutgoingWebhooks.RaiseFlags, OutgoingWebhooks.RaiseParameters(time.GetUtcNow()));
        var hasMore = db.HasMoreAtCommit;
        if (!hasMore) batch.AddCommit();
        var work = await ReadAsync();
        // The end of the audit trail is locked after the lanes, so this costs a round trip of its own.
        if (hasMore) await db.CommitAsync(ct);
        return work;

        async Task<LaneWork> ReadAsync()
        {
            await using var reader = await batch.ReadAsync(ct);
            var send = await RaisedAsync(reader, _sendLanes);
            var call = await RaisedAsync(reader, _callLanes);
            var orchestrate = await RaisedAsync(reader, _flowLanes);
            var webhooks = await reader.ListAsync(Read, ct);
            return new([.. _processLanes.Select(lane => new Nudge(db.Tenant, lane))], send) { Call = call, Webhooks = webhooks, Orchestrate = orchestrate };
        }

        void Raise(string stage, IReadOnlyCollection<short> lanes)
        {
            if (lanes.Count > 0) batch.Add(LaneSql.RaiseFlags, P.Text(stage), P.Smalls([.. lanes]));
        }

        async Task<List<Nudge>> RaisedAsync(TenantReader reader, IReadOnlyCollection<short> lanes) => lanes.Count > 0 ? await reader.ListAsync(Read, ct) : [];

        Nudge Read(Npgsql.NpgsqlDataReader row) => new(db.Tenant, row.GetInt16(0));
    }

    /// <summary>What was to be told is rolled back.</summary>
    internal void Forget()
    {
        _sendLanes.Clear();
        _processLanes.Clear();
        _callLanes.Clear();
        _flowLanes.Clear();
    }
}

/// <summary>Whose rows a fact may change: they are locked for the whole batch, in one order, before any rule runs.</summary>
public sealed record Concerns(IReadOnlyList<string> SamsaraDriverIds, IReadOnlyList<ChatIdentity> Identities)
{
    public static readonly Concerns Nobody = new([], []);
}

/// <summary>Handles one kind of fact.</summary>
public interface IInboxHandler
{
    bool Handles(string source, string kind);

    Concerns ConcernsOf(InboxRow row);

    /// <summary>Begins an outcome that is none yet: nothing was changed, and the row is looked at again in a while.</summary>
    const string Later = "later:";

    /// <returns>The decision and its reason, for the log and the row: <c>message: stop_arrived</c>, <c>ignored: no rule</c>. No contents.</returns>
    Task<string> HandleAsync(InboxRow row, Processing processing, CancellationToken ct);
}
