using System.Globalization;
using System.Text.Json;
using FleetChat.LocalRuntime.Durable;
using FleetChat.Tests.LocalRuntime.Durable.Model;
using Microsoft.DurableTask.Client;

namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

/// <summary>What must hold once all instances have ended.</summary>
internal sealed class ChaosChecks(ChaosCluster cluster)
{
    private const string RunningSql = """
        select i.id, i.status, i.owner, i.generation, i.turns,
            (select count(*) from localhost.inbox m where m.instance = i.key),
            (select count(*) from localhost.activities a where a.instance = i.key)
        from localhost.instances i
        where i.status not in (1, 3, 5)
        order by i.key
        """;

    private const string LeftSql = """
        select 'a message is left for ' || m.instance || ' of kind ' || m.kind
        from localhost.inbox m
        union all
        select 'an activity is left for ' || a.instance
        from localhost.activities a
        """;

    private const string ViolationsSql = """
        select what
        from violations
        union all
        select i.id || ' ended ' || (select count(*) from endings e where e.key = i.key) || ' times'
        from localhost.instances i
        where (select count(*) from endings e where e.key = i.key) <> 1
        union all
        select i.id || ' is owned by ' || i.owner || ' after its end'
        from localhost.instances i
        where i.owner is not null
        union all
        select i.id || ' has turns ' || i.turns || ', but its history has ' || count(h.turn) || ' from ' || min(h.turn) || ' to ' || max(h.turn)
        from localhost.instances i
        left join localhost.history h on h.instance = i.key and h.generation = i.generation
        group by i.id, i.turns
        having count(h.turn) <> i.turns or min(h.turn) <> 1 or max(h.turn) <> i.turns
        union all
        select 'a history is left of ' || h.instance || ' generation ' || h.generation
        from localhost.history h
        where not exists (select from localhost.instances i where i.key = h.instance and i.generation = h.generation)
        union all
        select i.parent_key || ' has the child of task ' || i.parent_task || ' ' || count(*) || ' times'
        from localhost.instances i
        where i.parent_key is not null
        group by i.parent_key, i.parent_generation, i.parent_task
        having count(*) > 1
        """;

    /// <summary>Waits until everything has come to its end and nothing is left of it.</summary>
    /// <returns>What did not.</returns>
    public async Task<List<string>> SettleAsync(TimeSpan deadline)
    {
        var left = new List<string>();
        try
        {
            await Until.TrueAsync(async () => (left = await cluster.ListAsync(RunningSql)).Count == 0, because: "all to end", deadline);
            await Until.TrueAsync(async () => (left = await cluster.ListAsync(LeftSql)).Count == 0, because: "nothing to be left", TimeSpan.FromSeconds(10));
        }
        catch (Xunit.Sdk.XunitException)
        {
            return left.ConvertAll(l => $"did not come to its end: {l}");
        }
        return left;
    }

    public async Task<List<string>> FindViolationsAsync(ChaosLoad load)
    {
        var violations = await cluster.ListAsync(ViolationsSql);
        var ended = await Ended.ListAsync(cluster.Admin);
        violations.AddRange(ended.SelectMany(e => HistoryCheck.Violations(e, NumberedPlans.Of, ChaosTasks.Unit)));
        var byId = ended.ToDictionary(e => e.Id);
        foreach (var (id, output) in load.Started) violations.AddRange(AgainstSeen(id, output, byId.GetValueOrDefault(id), load));
        foreach (var (ledger, told) in load.Told) violations.AddRange(Ledger(ledger, byId.GetValueOrDefault(ledger), [.. told]));
        violations.AddRange(WithoutEffect(ended, [.. await cluster.ListAsync("select distinct instance || ' ' || place from effects")]));
        return violations;
    }

    private static IEnumerable<string> AgainstSeen(string id, string? output, Ended? ended, ChaosLoad load)
    {
        if (ended is null)
        {
            yield return $"{id} is gone";
            yield break;
        }
        if (output is not null && (ended.Status != InstanceStatus.Completed || ended.Output != output)) yield return $"{id} ended as {ended.Status} with {ended.Output} instead of {output}";
        if (!load.Seen.TryGetValue(id, out var seen)) yield return $"{id}: no client saw its end";
        else if (seen.Status != (OrchestrationRuntimeStatus)ended.Status || seen.Output != ended.Output) yield return $"{id} was seen as {seen}, and is {ended.Status} with {ended.Output}";
    }

    /// <summary>Each entry once, those of one sender in their order.</summary>
    private static IEnumerable<string> Ledger(string id, Ended? ledger, string[] told)
    {
        var entries = ledger?.Output is null ? [] : JsonSerializer.Deserialize<string[]>(ledger.Output)!;
        foreach (var lost in told.Except(entries)) yield return $"{id} lost the event '{lost}'";
        foreach (var twice in entries.GroupBy(e => e).Where(g => g.Count() > 1)) yield return $"{id} got the event '{twice.Key}' {twice.Count()} times";
        foreach (var sender in entries.GroupBy(e => e.Split(' ')[0]))
        {
            var numbers = sender.Select(e => int.Parse(e.Split(' ')[1], CultureInfo.InvariantCulture)).ToList();
            if (!numbers.Order().SequenceEqual(numbers)) yield return $"{id} got the events of {sender.Key} as {string.Join(',', numbers)}";
        }
    }

    /// <summary>Whatever an activity's result says, the activity did at least once.</summary>
    private static IEnumerable<string> WithoutEffect(List<Ended> ended, HashSet<string> effects)
    {
        foreach (var instance in ended)
        {
            var events = instance.Turns.SelectMany(t => t).ToList();
            var answered = events.Where(e => e.Kind is EventKind.ActivityCompleted or EventKind.ActivityFailed).Select(e => e.Task).ToHashSet();
            foreach (var asked in events.Where(e => e.Kind == EventKind.ActivityScheduled && answered.Contains(e.Task)))
            {
                var place = asked.Name == PlanOrchestrator.Activity ? JsonSerializer.Deserialize<CallInput>(asked.Input!)!.Place : $"work {asked.Input}";
                if (!effects.Contains($"{instance.Id} {place}")) yield return $"{instance.Id}: '{place}' was never done";
            }
        }
    }
}
