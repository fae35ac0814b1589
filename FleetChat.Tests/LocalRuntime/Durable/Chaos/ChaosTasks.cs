using FleetChat.Tests.LocalRuntime.Durable.Model;
using Microsoft.DurableTask;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

/// <param name="Ledgers">Instances that are told of each step.</param>
internal sealed record SenderInput(string[] Ledgers, int Count, int Next);

/// <summary>The orchestrations of the chaos tests. What their activities did, each execution of them, stands in the table effects.</summary>
internal sealed class ChaosTasks(string postgres) : IAsyncDisposable
{
    public const string FanOut = "FanOut";
    public const string Family = "Family";
    public const string Sender = "Sender";
    public const string Ledger = "Ledger";
    public const string Held = "Held";
    public const string Entry = "entry";
    public const string Close = "close";
    private const int EntriesOfGeneration = 5;

    /// <summary>Longer than anything that a round breaks.</summary>
    private static readonly TimeSpan LongestHold = TimeSpan.FromMinutes(2);
    private readonly NpgsqlDataSource _effects = NpgsqlDataSource.Create(postgres);

    public static TimeSpan Unit { get; } = TimeSpan.FromMilliseconds(20);

    public void Register(DurableTaskRegistry tasks)
    {
        var plans = new PlanOrchestrator(NumberedPlans.Of, Unit);
        tasks.AddOrchestratorFunc(PlanOrchestrator.Name, context => plans.RunAsync(context));
        tasks.AddActivityFunc<CallInput, string>(PlanOrchestrator.Activity, ActAsync);
        tasks.AddActivityFunc<int, int>("Work", WorkAsync);
        tasks.AddActivityFunc<string, int>("Hold", HoldAsync);
        tasks.AddOrchestratorFunc<string, int>(Held, HeldAsync);
        tasks.AddOrchestratorFunc<int, int>(FanOut, FanOutAsync);
        tasks.AddOrchestratorFunc<int, int>(Family, FamilyAsync);
        tasks.AddOrchestratorFunc<SenderInput, int>(Sender, SendAsync);
        tasks.AddOrchestratorFunc<List<string>, List<string>?>(Ledger, CollectAsync);
    }

    public ValueTask DisposeAsync() => _effects.DisposeAsync();

    /// <returns>The sum of twice the numbers below the width, and of the width.</returns>
    private static async Task<int> FanOutAsync(TaskOrchestrationContext context, int width)
    {
        var parts = await Task.WhenAll(Enumerable.Range(0, width).Select(i => context.CallActivityAsync<int>("Work", i)));
        await context.CreateTimer(Unit, CancellationToken.None);
        return parts.Sum() + (await context.CallActivityAsync<int>("Work", width) / 2);
    }

    private static async Task<int> FamilyAsync(TaskOrchestrationContext context, int children)
    {
        var sums = await Task.WhenAll(Enumerable.Range(0, children).Select(i => context.CallSubOrchestratorAsync<int>(
            FanOut, i, new SubOrchestrationOptions(instanceId: i % 2 == 0 ? $"{context.InstanceId}/{i}" : null))));
        return sums.Sum();
    }

    private static async Task<int> SendAsync(TaskOrchestrationContext context, SenderInput input)
    {
        context.SendEvent(input.Ledgers[input.Next % input.Ledgers.Length], Entry, $"{context.InstanceId} {input.Next}");
        await context.CallActivityAsync<int>("Work", input.Next);
        context.SendEvent(input.Ledgers[(input.Next + 1) % input.Ledgers.Length], Entry, $"{context.InstanceId} {input.Next + 1}");
        var next = input with { Next = input.Next + 2 };
        if (next.Next < input.Count) context.ContinueAsNew(next);
        return next.Next;
    }

    /// <summary>Writes down whatever it is told, and continues as new all the time, until it is closed.</summary>
    private static async Task<List<string>?> CollectAsync(TaskOrchestrationContext context, List<string> sofar)
    {
        var closed = context.WaitForExternalEvent<string>(Close);
        for (var i = 0; i < EntriesOfGeneration; i++)
        {
            var entry = context.WaitForExternalEvent<string>(Entry);
            if (await Task.WhenAny(entry, closed) == closed) return sofar;
            sofar.Add(await entry);
        }
        context.ContinueAsNew(sofar);
        return null;
    }

    /// <returns>The process that the activity ran in; its ledger is told so too.</returns>
    private static async Task<int> HeldAsync(TaskOrchestrationContext context, string ledger)
    {
        var process = await context.CallActivityAsync<int>("Hold", context.InstanceId);
        context.SendEvent(ledger, Entry, $"held {process}");
        return process;
    }

    /// <summary>Until its door stands open.</summary>
    private async Task<int> HoldAsync(TaskActivityContext context, string door)
    {
        await NoteAsync(context.InstanceId, "hold");
        await using var command = _effects.CreateCommand("select exists (select from effects where instance = $1 and place = 'open')");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = door });
        await Until.TrueAsync(async () => (bool)(await command.ExecuteScalarAsync())!, because: "the door to open", deadline: LongestHold);
        return Environment.ProcessId;
    }

    private async Task<int> WorkAsync(TaskActivityContext context, int number)
    {
        await NoteAsync(context.InstanceId, $"work {number}");
        return number * 2;
    }

    private async Task<string> ActAsync(TaskActivityContext context, CallInput input)
    {
        var execution = await NoteAsync(context.InstanceId, input.Place);
        return execution <= input.Failures ? throw new InvalidOperationException($"no {input.Place}") : $"a{input.Place}";
    }

    private const string NoteSql = """
        insert into effects (instance, place)
        values ($1, $2)
        returning (
            select count(*)
            from effects e
            where e.instance = $1
                and e.place = $2
        )
        """;

    /// <returns>The how manieth execution it is. It does not matter for an answer, which the history keeps.</returns>
    private async Task<long> NoteAsync(string instance, string place)
    {
        long? execution = null;
        await Until.TrueAsync(async () => (execution = await TryNoteAsync(instance, place)) is not null, because: "the effect to be noted", deadline: LongestHold);
        return execution!.Value;
    }

    /// <returns>Null if Postgres could not take it; an effect outside has its own ways to be tried again.</returns>
    private async Task<long?> TryNoteAsync(string instance, string place)
    {
        try
        {
            await using var command = _effects.CreateCommand(NoteSql);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = instance });
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = place });
            return (long)(await command.ExecuteScalarAsync())! + 1;
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }
}
