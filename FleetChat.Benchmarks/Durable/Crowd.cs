using System.Diagnostics;
using Microsoft.DurableTask.Client;

namespace FleetChat.Benchmarks.Durable;

/// <summary>Many instances of one orchestrator, each of which tells when it waits.</summary>
internal static class Crowd
{
    private const int AtOnce = 200;

    /// <returns>How long it took until all of them waited.</returns>
    public static async Task<TimeSpan> StartAsync(
        DurableTaskClient client, string orchestrator, int count, Func<int, object?> input, Milestone waiting, CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct };
        await Parallel.ForAsync(0, count, options, async (number, end) => await client.ScheduleNewOrchestrationInstanceAsync(orchestrator, input(number), end));
        await waiting.Reached.WaitAsync(ct);
        return Stopwatch.GetElapsedTime(begun);
    }
}
