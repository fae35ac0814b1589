using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace FleetChat.Benchmarks.Durable;

/// <summary>The work on our engine, as dbos/steps.cjs has it.</summary>
internal sealed class EngineProgram : IAsyncDisposable
{
    private readonly OrchestrationHost _host;
    private readonly Steps _steps;

    private EngineProgram(OrchestrationHost host, Steps steps)
    {
        _host = host;
        _steps = steps;
    }

    public static async Task<EngineProgram> StartAsync(string database, CancellationToken ct)
    {
        var steps = new Steps();
        return new(await OrchestrationHost.StartAsync(database, tasks => AddTo(tasks, steps), ct), steps);
    }

    public async Task MeasureAsync(Load load, Window window, CancellationToken ct)
    {
        _steps.Begin(window, load.Callers);
        await ClosedLoop.RunAsync(load.Callers, load.WarmUp, load.Length, window, caller => CallAsync(load.Work, caller, ct), ct);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private async Task CallAsync(Work work, int caller, CancellationToken ct)
    {
        _steps.Forget(caller);
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync(work.ToString(), caller, ct);
        var done = await _host.Client.WaitForInstanceCompletionAsync(id, ct);
        if (done.RuntimeStatus != OrchestrationRuntimeStatus.Completed) throw new InvalidOperationException($"{work} ended {done.RuntimeStatus}.");
    }

    private static void AddTo(DurableTaskRegistry tasks, Steps steps) => tasks
        .AddOrchestratorFunc<int, int>(nameof(Work.Sequence), async (context, caller) =>
        {
            var last = caller;
            for (var i = 0; i < WorkSize.Sequence; i++) last = await context.CallActivityAsync<int>("Step", caller);
            return last;
        })
        .AddOrchestratorFunc<int, int>(nameof(Work.FanOut), async (context, caller) =>
        {
            var results = await Task.WhenAll(Enumerable.Range(0, WorkSize.FanOut).Select(_ => context.CallActivityAsync<int>("StepAmongOthers", caller)));
            return results.Length;
        })
        .AddActivityFunc<int, int>("Step", (_, caller) => steps.Take(caller, followsAnother: true))
        .AddActivityFunc<int, int>("StepAmongOthers", (_, caller) => steps.Take(caller, followsAnother: false));

    /// <summary>What the activities do: nothing but being counted.</summary>
    private sealed class Steps
    {
        private Window _window = new();
        private long[] _begunAt = [];

        public void Begin(Window window, int callers) => (_window, _begunAt) = (window, new long[callers]);

        public void Forget(int caller) => _begunAt[caller] = 0;

        public int Take(int caller, bool followsAnother)
        {
            _window.Count();
            if (!followsAnother) return caller;
            var now = TimeProvider.System.GetTimestamp();
            if (_begunAt[caller] != 0) _window.Took(TimeProvider.System.GetElapsedTime(_begunAt[caller], now));
            _begunAt[caller] = now;
            return caller;
        }
    }
}
