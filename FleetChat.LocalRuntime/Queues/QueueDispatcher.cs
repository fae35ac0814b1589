using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using FleetChat.LocalRuntime.Hosting;
using FleetChat.LocalRuntime.Invocation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace FleetChat.LocalRuntime.Queues;

/// <summary>
/// Claims messages for all queue functions of this process in one statement, as soon as a signal says that there are some, else
/// once in a polling interval, and runs them side by side.
/// </summary>
internal sealed partial class QueueDispatcher(
    FunctionCatalog catalog,
    HostJson settings,
    QueueStore store,
    HostPresence presence,
    HostActivity activity,
    IServiceProvider services,
    ILogger<QueueDispatcher> logger) : IAsyncDisposable
{
    private static readonly TimeSpan RenewEvery = TimeSpan.FromMinutes(1);
    private readonly CancellationTokenSource _stopClaiming = new();
    private readonly CancellationTokenSource _stopRunning = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly ConcurrentDictionary<Task, bool> _runs = new();
    private readonly ImmutableArray<QueueListener> _listeners =
    [
        .. catalog.TriggeredBy<QueueTriggerBinding>().Select(q => new QueueListener(q.Function, q.Trigger, settings.BatchSize, settings.NewBatchThreshold)),
    ];

    private readonly QueueDeletions _deletions = new(store);
    private Task? _loop;

    public void Start()
    {
        if (_listeners.IsEmpty) return;
        presence.OnMessages = Signal;
        _loop = Task.Run(ClaimUntilStoppedAsync);
    }

    public long HostId => presence.HostId;

    /// <summary>Says that the queue has a new message.</summary>
    public void Signal(string queue)
    {
        var heard = false;
        foreach (var listener in _listeners)
        {
            if (listener.Queue != queue) continue;
            listener.MayHaveMore = true;
            heard = true;
        }
        if (heard) Wake();
    }

    /// <summary>True if this process would soon take a message of the queue.</summary>
    public bool HasRoom(string queue)
    {
        foreach (var listener in _listeners)
            if (listener.Queue == queue && listener.Wanted > 0) return true;
        return false;
    }

    /// <summary>Makes room for a message that is about to be stored; whoever gets it begins the message or gives the room back.</summary>
    public QueueListener? TryReserve(string queue)
    {
        if (_stopClaiming.IsCancellationRequested) return null;
        foreach (var listener in _listeners)
            if (listener.Queue == queue && listener.TryReserve()) return listener;
        return null;
    }

    public void BeginReserved(QueueListener room, ClaimedMessage message) => Run(room, message);

    /// <summary>Stops claiming and lets what runs come to its end; when the token says that there is no more time, cancels it.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        await _stopClaiming.CancelAsync();
        if (_loop is not null) await _loop;
        await Draining.FinishAsync(Task.WhenAll(_runs.Keys), _stopRunning, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopClaiming.IsCancellationRequested) await StopAsync(new CancellationToken(canceled: true));
        _stopClaiming.Dispose();
        _stopRunning.Dispose();
        _wake.Dispose();
    }

    private void Wake()
    {
        try
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else woke it between the look and the release.
        }
        catch (ObjectDisposedException)
        {
            // The last message came to its end after the host did.
        }
    }

    private async Task ClaimUntilStoppedAsync()
    {
        var renewed = TimeProvider.System.GetTimestamp();
        while (!_stopClaiming.IsCancellationRequested)
        {
            try
            {
                var more = await ClaimAsync();
                if (TimeProvider.System.GetElapsedTime(renewed) > RenewEvery)
                {
                    renewed = TimeProvider.System.GetTimestamp();
                    await store.RenewAsync(presence.HostId, CancellationToken.None);
                }
                if (!more) await WaitAsync(Earlier(settings.MaxPollingInterval, RenewEvery));
            }
            catch (OperationCanceledException) when (_stopClaiming.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogClaimFailed(exception);
                await WaitAsync(TimeSpan.FromSeconds(1));
            }
        }
    }

    private async Task WaitAsync(TimeSpan atMost)
    {
        try
        {
            if (await _wake.WaitAsync(atMost, _stopClaiming.Token)) return;
        }
        catch (OperationCanceledException)
        {
            return;
        }
        foreach (var listener in _listeners) listener.MayHaveMore = true;
    }

    /// <returns>True if it is worth asking again at once.</returns>
    private async Task<bool> ClaimAsync()
    {
        var wanted = _listeners.Where(l => l.MayHaveMore && l.Wanted > 0).DistinctBy(l => l.Queue).ToArray();
        if (wanted.Length == 0) return false;

        // Cleared before the look: a signal that comes during it must not be lost.
        foreach (var listener in wanted) listener.MayHaveMore = false;
        var most = Array.ConvertAll(wanted, l => l.Wanted);

        // Not cancelled: a claim whose answer is thrown away would wait for the end of its lease.
        var claimed = await store.ClaimAsync(presence.HostId, Array.ConvertAll(wanted, l => l.Queue), most, CancellationToken.None);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var message in claimed)
        {
            counts[message.Queue] = counts.GetValueOrDefault(message.Queue) + 1;
            Begin(message);
        }
        for (var i = 0; i < wanted.Length; i++)
            if (counts.GetValueOrDefault(wanted[i].Queue) >= most[i]) wanted[i].MayHaveMore = true;
        return claimed.Count > 0;
    }

    private void Begin(ClaimedMessage message)
    {
        var listener = _listeners.Where(l => l.Queue == message.Queue).MaxBy(l => l.Wanted)!;
        listener.Begin();
        Run(listener, message);
    }

    private void Run(QueueListener listener, ClaimedMessage message)
    {
        activity.Begin();
        var run = Task.Run(() => RunAsync(listener, message));
        _runs.TryAdd(run, true);
        run.ContinueWith(done => _runs.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task RunAsync(QueueListener listener, ClaimedMessage message)
    {
        try
        {
            if (message.DequeueCount > settings.MaxDequeueCount) await PoisonAsync(message);
            else if (await TryInvokeAsync(listener, message)) await FinishAsync(message);
            else if (message.DequeueCount == settings.MaxDequeueCount) await PoisonAsync(message);
            else await RetryLaterAsync(message);
        }
        catch (Exception exception)
        {
            LogLeft(message.Id, message.Queue, exception);
        }
        finally
        {
            activity.End();
            if (listener.End()) Wake();
        }
    }

    private async Task<bool> TryInvokeAsync(QueueListener listener, ClaimedMessage message)
    {
        try
        {
            // Resolved late: the invoker writes outputs, and these signal this dispatcher.
            var invoker = services.GetRequiredService<FunctionInvoker>();
            await invoker.InvokeAsync(listener.Function, TriggerInput.Of(listener.Parameter, message.Body, MetadataOf(message)), _stopRunning.Token);
            return true;
        }
        catch (Exception)
        {
            return false; // Logged by the invoker, beside the function's name.
        }
    }

    private async Task FinishAsync(ClaimedMessage message)
    {
        if (!await _deletions.DeleteAsync(message)) LogLost(message.Id, message.Queue);
    }

    private async Task RetryLaterAsync(ClaimedMessage message)
    {
        await store.ReleaseAsync(message, settings.VisibilityTimeout, CancellationToken.None);
        _ = SignalLaterAsync();

        async Task SignalLaterAsync()
        {
            await Task.Delay(settings.VisibilityTimeout, TimeProvider.System, CancellationToken.None);
            Signal(message.Queue);
        }
    }

    private async Task PoisonAsync(ClaimedMessage message)
    {
        LogPoisoned(message.Id, message.Queue, message.DequeueCount);
        await store.PoisonAsync(message, CancellationToken.None);
        Signal(message.Queue + "-poison");
    }

    /// <summary>All of it is text, as the worker gets it: moments are JSON with their quotes, numbers are digits.</summary>
    private static Dictionary<string, object?> MetadataOf(ClaimedMessage message)
    {
        var id = new Guid((int)(message.Id >> 32), (short)(message.Id >> 16), (short)message.Id, new byte[8]).ToString();
        var metadata = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase)
        {
            ["QueueTrigger"] = message.Body,
            ["Id"] = id,
            ["DequeueCount"] = message.DequeueCount.ToString(CultureInfo.InvariantCulture),
            ["PopReceipt"] = $"{id}-{message.DequeueCount}",
            ["InsertionTime"] = JsonConvert.SerializeObject(message.InsertedAt),
            ["ExpirationTime"] = JsonConvert.SerializeObject(message.InsertedAt.AddDays(7)),
            ["NextVisibleTime"] = JsonConvert.SerializeObject(message.VisibleAt),
        };
        BodyMetadata.AddTo(metadata, message.Body);
        return metadata;
    }

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;

    [LoggerMessage(Level = LogLevel.Error, Message = "Queue messages could not be claimed; trying again")]
    private partial void LogClaimFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Message {Id} of the queue {Queue} could not be settled and will be delivered again")]
    private partial void LogLeft(long id, string queue, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message {Id} of the queue {Queue} was claimed by somebody else before it was done")]
    private partial void LogLost(long id, string queue);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message {Id} of the queue {Queue} failed {Count} times and went to the poison queue")]
    private partial void LogPoisoned(long id, string queue, int count);
}
