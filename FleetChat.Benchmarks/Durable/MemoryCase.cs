using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace FleetChat.Benchmarks.Durable;

/// <summary>One thing that takes memory, in a process of its own, so that nothing else is counted.</summary>
/// <param name="FillAsync">Does it on the host, given how often or how much.</param>
internal sealed record MemoryCase(string Name, Func<DurableTaskClient, int, Milestone, CancellationToken, Task> FillAsync)
{
    private const int AtOnce = 64;
    private const int MegabyteOfText = 1_000_000;

    /// <summary>The command under which a process does one case; the database's connection string is its standard input.</summary>
    public const string Command = "memory-case";

    public static IReadOnlyList<MemoryCase> All { get; } =
    [
        new("empty", async (client, _, _, ct) => await FinishAsync(client, await client.ScheduleNewOrchestrationInstanceAsync("Produce", 0, ct), ct)),
        new("events", TakeEventsAsync),
        new("waiting", (client, count, waiting, ct) => Crowd.StartAsync(client, "WaitForever", count, _ => null, waiting, ct)),
        new("output", ProduceAsync),
    ];

    /// <summary>For a process that is told what to do: <paramref name="arguments"/> are a case's name and its size.</summary>
    public static async Task RunAsync(string[] arguments, TextReader input, TextWriter output, CancellationToken ct)
    {
        var size = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        var waiting = new Milestone(size);
        await using var host = await OrchestrationHost.StartAsync((await input.ReadLineAsync(ct))!, tasks => AddTo(tasks, waiting), ct);
        var begun = Stopwatch.GetTimestamp();
        await All.Single(one => one.Name == arguments[0]).FillAsync(host.Client, size, waiting, ct);
        var figures = new Figures(Stopwatch.GetElapsedTime(begun).TotalSeconds, ProcessFigures.PeakMegabytes());
        await output.WriteLineAsync(JsonSerializer.Serialize(figures));
    }

    public async Task<Figures> MeasureAsync(int size, string database, CancellationToken ct)
    {
        using var process = new ChildProcess(Command, Name, size.ToString(CultureInfo.InvariantCulture));
        await process.TellAsync(database, ct);
        return JsonSerializer.Deserialize<Figures>(await process.HearAsync(ct))!;
    }

    private static void AddTo(DurableTaskRegistry tasks, Milestone waiting) => tasks
        .AddOrchestratorFunc<int, int>("TakeEvents", async (context, count) =>
        {
            var sum = 0;
            for (var i = 0; i < count; i++) sum += await context.WaitForExternalEvent<int>("Number");
            return sum;
        })
        .AddOrchestratorFunc("WaitForever", async context =>
        {
            if (!context.IsReplaying) waiting.Count();
            await context.WaitForExternalEvent<string>("Never");
        })
        .AddOrchestratorFunc<int, string>("Produce", (context, length) => context.CallActivityAsync<string>("Text", length))
        .AddActivityFunc<int, string>("Text", (_, length) => new string('x', length));

    private static async Task TakeEventsAsync(DurableTaskClient client, int count, Milestone waiting, CancellationToken ct)
    {
        var id = await client.ScheduleNewOrchestrationInstanceAsync("TakeEvents", count, ct);
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct };
        await Parallel.ForAsync(0, count, options, async (number, end) => await client.RaiseEventAsync(id, "Number", number, end));
        if ((await FinishAsync(client, id, ct)).ReadOutputAs<int>() != count * (count - 1) / 2) throw new InvalidOperationException("Some events were lost, or came twice.");
    }

    private static async Task ProduceAsync(DurableTaskClient client, int megabytes, Milestone waiting, CancellationToken ct)
    {
        var id = await client.ScheduleNewOrchestrationInstanceAsync("Produce", megabytes * MegabyteOfText, ct);
        var output = (await FinishAsync(client, id, ct)).ReadOutputAs<string>();
        if (output?.Length != megabytes * MegabyteOfText) throw new InvalidOperationException("The output came out shorter.");
    }

    private static async Task<OrchestrationMetadata> FinishAsync(DurableTaskClient client, string id, CancellationToken ct)
    {
        var done = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, ct);
        return done.RuntimeStatus == OrchestrationRuntimeStatus.Completed ? done : throw new InvalidOperationException($"{done.Name} ended {done.RuntimeStatus}.");
    }

    internal sealed record Figures(double Seconds, double PeakMegabytes);
}
