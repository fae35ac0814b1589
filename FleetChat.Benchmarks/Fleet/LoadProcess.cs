using System.Diagnostics;
using System.Text.Json;
using FleetChat.Benchmarks.Http;

namespace FleetChat.Benchmarks.Fleet;

/// <summary>Sends a plan's events from a process of its own.</summary>
internal static class LoadProcess
{
    /// <summary>The command under which a process does it; the plan is its standard input.</summary>
    public const string Command = "load";

    /// <summary>What could not be sent so long after the last moment is given up.</summary>
    private const double PatienceSeconds = 10;

    public static async Task<LoadResult> SendAsync(LoadPlan plan, CancellationToken ct)
    {
        using var process = new ChildProcess(Command);
        await process.TellAsync(JsonSerializer.Serialize(plan), ct);
        return JsonSerializer.Deserialize<LoadResult>(await process.HearAsync(ct))!;
    }

    public static async Task RunAsync(TextReader input, TextWriter output)
    {
        var plan = JsonSerializer.Deserialize<LoadPlan>((await input.ReadLineAsync())!)!;
        var result = await new Sending(plan).RunAsync();
        await output.WriteLineAsync(JsonSerializer.Serialize(result));
    }

    private sealed class Sending(LoadPlan plan)
    {
        private readonly SamsaraEventWriter _writer = new(plan);
        private readonly List<int> _microseconds = [];
        private long _startedAt;
        private long _next = -1;
        private long _sent;
        private long _acknowledged;
        private long _failed;

        private double Elapsed => Stopwatch.GetElapsedTime(_startedAt).TotalSeconds;

        public async Task<LoadResult> RunAsync()
        {
            var connections = Enumerable.Range(0, plan.Connections).Select(_ => new RawConnection(plan.Host)).ToList();
            // What is written and signed for the first time takes longer.
            _writer.Write(0, TimeProvider.System.GetUtcNow());
            _startedAt = Stopwatch.GetTimestamp();
            await Task.WhenAll(connections.Select(connection => Task.Run(() => SendAsync(connection))));
            connections.ForEach(connection => connection.Dispose());
            return new(_startedAt, _sent, _acknowledged, _failed, _microseconds);
        }

        private async Task SendAsync(RawConnection connection)
        {
            while (true)
            {
                var number = Interlocked.Increment(ref _next);
                var due = plan.PerSecond == 0 ? Elapsed : plan.DueAfter(number);
                if (due >= plan.AllSeconds) return;
                var request = _writer.Write(number, TimeProvider.System.GetUtcNow());
                if (due > Elapsed) await Task.Delay(TimeSpan.FromSeconds(due - Elapsed));
                var isSent = Elapsed < plan.AllSeconds + PatienceSeconds;
                if (isSent) Interlocked.Increment(ref _sent);
                Note(due, isSent && await connection.TryAsync(request));
            }
        }

        private void Note(double due, bool isAcknowledged)
        {
            var at = Elapsed;
            lock (_microseconds)
            {
                if (!isAcknowledged) _failed++;
                else if (at >= plan.WarmUpSeconds && at < plan.AllSeconds) _acknowledged++;
                if (due >= plan.WarmUpSeconds) _microseconds.Add((int)((at - due) * 1_000_000));
            }
        }
    }
}
