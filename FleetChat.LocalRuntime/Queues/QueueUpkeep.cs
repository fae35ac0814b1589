using FleetChat.LocalRuntime.Telemetry;
using Microsoft.Extensions.Logging;

namespace FleetChat.LocalRuntime.Queues;

/// <summary>Every other second, and at once when an answer was lost: compares what is claimed for this process with what it holds.</summary>
internal sealed partial class QueueUpkeep(QueueClaims claims, QueueStore store, string[] queues, Action<string> signal, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0);
    private Task _loop = Task.CompletedTask;

    public void Start()
    {
        claims.OnLost = () => _wake.Release();
        _loop = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        claims.OnLost = null;
        await _stop.CancelAsync();
        await _loop;
        QueueTelemetry.Forget(this);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var pause = RetryPause.None;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                foreach (var queue in await claims.ReconcileAsync())
                {
                    LogPutBack(queue);
                    signal(queue);
                }
                await TellDepthsAsync();
                pause = RetryPause.None;
                await _wake.WaitAsync(Every, _stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogFailed(exception);
                pause = pause.Longer();
                await pause.WaitAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task TellDepthsAsync()
    {
        if (QueueTelemetry.WantsDepths) QueueTelemetry.Tell(this, await store.CountAsync(queues, _stop.Token));
        else QueueTelemetry.Forget(this);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message of the queue {Queue} was claimed without this host's knowledge and is put back")]
    private partial void LogPutBack(string queue);

    [LoggerMessage(Level = LogLevel.Error, Message = "The claims of queue messages could not be looked after; trying again")]
    private partial void LogFailed(Exception exception);
}
