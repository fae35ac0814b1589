using FleetChat.LocalRuntime.Hosting;
using FleetChat.LocalRuntime.Invocation;
using FleetChat.LocalRuntime.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FleetChat.LocalRuntime.Queues;

/// <summary>Runs a claimed message's function and settles the message: deleted, left for another try, or given up.</summary>
internal sealed partial class MessageRunner(HostJson settings, QueueStore store, IServiceProvider services, Action<string> signal, ILogger logger)
{
    private readonly QueueDeletions _deletions = new(store);

    /// <summary>A message that could not be settled is claimed no longer, as far as this process is concerned, and comes again.</summary>
    public async Task RunAsync(QueueListener listener, ClaimedMessage message, CancellationToken stop)
    {
        try
        {
            if (message.DequeueCount > settings.MaxDequeueCount) await SettleAsync(message, PoisonAsync, stop);
            else if (await TryInvokeAsync(listener, message, stop)) await SettleAsync(message, FinishAsync, stop);
            else if (message.DequeueCount == settings.MaxDequeueCount) await SettleAsync(message, PoisonAsync, stop);
            else await SettleAsync(message, RetryLaterAsync, stop);
        }
        catch (Exception exception)
        {
            LogLeft(message.Id, message.Queue, exception);
        }
    }

    private async Task<bool> TryInvokeAsync(QueueListener listener, ClaimedMessage message, CancellationToken stop)
    {
        using var span = QueueTelemetry.StartProcessing(listener.Function, message);
        try
        {
            // Resolved late: the invoker writes outputs, and these signal the dispatcher.
            var invoker = services.GetRequiredService<FunctionInvoker>();
            await invoker.InvokeAsync(listener.Function, InputOf(listener, message), stop);
            return true;
        }
        catch (Exception)
        {
            return false; // Logged by the invoker, beside the function's name.
        }
    }

    private static TriggerInput InputOf(QueueListener listener, ClaimedMessage message)
        => TriggerInput.Of(listener.Parameter, message.Body, MessageMetadata.Of(message)) with { TraceParent = message.TraceParent };

    /// <summary>
    /// Again and again while the database cannot do it: what has been done is not to be done once more because Postgres was
    /// restarted. Should the host be taken for dead meanwhile, another takes the message, and settling it here changes nothing.
    /// </summary>
    private async Task SettleAsync(ClaimedMessage message, Func<ClaimedMessage, Task> settle, CancellationToken stop)
    {
        var pause = RetryPause.None;
        while (true)
        {
            try
            {
                await settle(message);
                return;
            }
            catch (Exception exception) when (!stop.IsCancellationRequested)
            {
                LogNotSettled(message.Id, message.Queue, exception);
                pause = pause.Longer();
                await pause.WaitAsync(stop);
            }
        }
    }

    private async Task FinishAsync(ClaimedMessage message)
    {
        if (!await _deletions.DeleteAsync(message)) LogLost(message.Id, message.Queue);
    }

    private async Task RetryLaterAsync(ClaimedMessage message)
    {
        if (await store.ReleaseAsync(message, settings.VisibilityTimeout, CancellationToken.None)) _ = Detached.Run(SignalLaterAsync);
        else LogLost(message.Id, message.Queue);

        async Task SignalLaterAsync()
        {
            await Task.Delay(settings.VisibilityTimeout, TimeProvider.System, CancellationToken.None);
            signal(message.Queue);
        }
    }

    private async Task PoisonAsync(ClaimedMessage message)
    {
        if (!await store.PoisonAsync(message, CancellationToken.None))
        {
            LogLost(message.Id, message.Queue);
            return;
        }
        LogPoisoned(message.Id, message.Queue, message.DequeueCount);
        signal(message.Queue + "-poison");
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Message {Id} of the queue {Queue} could not be settled and will be delivered again")]
    private partial void LogLeft(long id, string queue, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Message {Id} of the queue {Queue} could not be settled; trying again")]
    private partial void LogNotSettled(long id, string queue, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message {Id} of the queue {Queue} was claimed by somebody else before it was done")]
    private partial void LogLost(long id, string queue);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message {Id} of the queue {Queue} failed {Count} times and went to the poison queue")]
    private partial void LogPoisoned(long id, string queue, int count);
}
