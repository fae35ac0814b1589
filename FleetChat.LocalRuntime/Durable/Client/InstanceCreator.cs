using System.Diagnostics;
using DurableTask.Core.Exceptions;
using FleetChat.LocalRuntime.Hosting;
using FleetChat.LocalRuntime.Invocation;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>Stores new instances, those of many callers in one round trip. Where this process runs orchestrations and has room, they begin at once.</summary>
internal sealed class InstanceCreator
{
    private const int LargestBatch = 200;
    private readonly DurableNode _node;
    private readonly Batcher<NewInstance, bool> _batches;

    public InstanceCreator(DurableNode node)
    {
        _node = node;
        _batches = new(LargestBatch, CreateAsync);
    }

    /// <param name="replaceable">See <see cref="NewInstance"/>.</param>
    /// <exception cref="OrchestrationAlreadyExistsException">An instance of this id is in the way.</exception>
    public async Task CreateAsync(OrchestrationInfo info, DateTimeOffset? startAt, int replaceable, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var span = DurableTelemetry.StartCreation(info);
        var instance = new NewInstance(info, startAt, replaceable, Begins: false) { TraceParent = Activity.Current?.Id };
        if (await _batches.AddAsync(instance)) return;
        throw new OrchestrationAlreadyExistsException($"An orchestration with the instance id '{info.Id}' already exists and has not ended.");
    }

    private async Task<IReadOnlyList<bool>> CreateAsync(List<NewInstance> instances)
    {
        var results = new bool[instances.Count];
        var rest = Enumerable.Range(0, instances.Count).ToList();
        while (rest.Count > 0)
        {
            // Of those with one id, one after the other: the second sees the first.
            var round = rest.DistinctBy(i => instances[i].Info.Id, StringComparer.Ordinal).ToList();
            var created = await StoreAsync(round.ConvertAll(i => instances[i]));
            foreach (var i in round) results[i] = created[instances[i].Info.Id];
            rest = [.. rest.Except(round)];
        }
        return results;
    }

    private async Task<Dictionary<string, bool>> StoreAsync(List<NewInstance> instances)
    {
        var engine = _node.OnlyEngine;
        instances = instances.ConvertAll(i => i with { Begins = i.StartAt is null && engine?.TryReserveTurn() == true });
        var token = engine?.NewToken() ?? 0;
        var now = _node.Clock.GetUtcNow();
        Dictionary<string, CreatedInstance> created;
        try
        {
            created = await _node.Instances.CreateAsync(engine?.HostId ?? 0, token, now, instances, CancellationToken.None);
        }
        catch (Exception)
        {
            foreach (var _ in instances.Where(i => i.Begins)) engine!.GiveBackTurn();
            engine?.ClaimLost(token);
            throw;
        }
        foreach (var instance in instances) Begin(engine, instance, created[instance.Info.Id], token, now);
        if (instances.Exists(i => !created[i.Info.Id].Begins)) Signal(instances);
        return created.ToDictionary(c => c.Key, c => c.Value.Key is not null);
    }

    private static void Begin(DurableEngine? engine, NewInstance instance, CreatedInstance created, long token, DateTimeOffset now)
    {
        if (!instance.Begins) return;
        if (!created.Begins)
        {
            engine!.GiveBackTurn();
            return;
        }
        engine!.BeginReserved(
            new()
            {
                Key = created.Key!.Value,
                Token = token,
                Generation = 1,
                Turns = 0,
                Status = InstanceStatus.Pending,
                Info = instance.Info,
                TraceParent = instance.TraceParent,
                CreatedAt = now,
            },
            created.StartMessage);
    }

    private void Signal(List<NewInstance> instances)
    {
        if (instances.Min(i => i.StartAt) is { } start) _node.Expect(start);
        _node.SignalInstances();
        _node.Tell("");
    }
}
