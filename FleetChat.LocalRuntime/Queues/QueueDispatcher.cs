using System.Collections.Concurrent;
using System.Collections.Immutable;
using FleetChat.LocalRuntime.Hosting;
using FleetChat.LocalRuntime.Invocation;
using Microsoft.Extensions.Logging;

namespace FleetChat.LocalRuntime.Queues;

/// <summary>
/// Claims messages for all queue functions of this process in one statement, as soon as a signal says that there are some, else
/// once in a polling interval, and runs them side by side.
/// </summary>
internal sealed partial class QueueDispatcher : IAsyncDisposable
{
    private readonly HostJson _settings;
    private readonly HostPresence _presence;
    private readonly HostActivity _activity;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopClaiming = new();
    private readonly CancellationTokenSource _stopRunning = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly ConcurrentDictionary<Task, bool> _runs = new();
    private readonly ImmutableArray<QueueListener> _listeners;
    private readonly MessageRunner _runner;
    private readonly QueueUpkeep _upkeep;
    private Task _loop = Task.CompletedTask;

    public QueueDispatcher(
        FunctionCatalog catalog,
        HostJson settings,
        QueueStore store,
        HostPresence presence,
        HostActivity activity,
        IServiceProvider services,
        ILogger<QueueDispatcher> logger)
    {
        (_settings, _presence, _activity, _logger) = (settings, presence, activity, logger);
        _listeners = [.. catalog.TriggeredBy<QueueTriggerBinding>().Select(q => new QueueListener(q.Function, q.Trigger, settings.BatchSize, settings.NewBatchThreshold))];
        Claims = new(store, presence);
        _runner = new(settings, store, services, Signal, logger);
        _upkeep = new(Claims, store, [.. _listeners.Select(l => l.Queue).Distinct(StringComparer.Ordinal)], Signal, logger);
    }

    public QueueClaims Claims { get; }

    public void Start()
    {
        if (_listeners.IsEmpty) return;
        _presence.OnMessages = Signal;
        _upkeep.Start();
        _loop = Task.Run(ClaimUntilStoppedAsync);
    }

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

    /// <summary>True if there are other processes, and this one would not soon take a message of the queue itself. Telling nobody is dear too: commits that tell wait for each other.</summary>
    public bool IsForOthers(string queue)
    {
        if (!_presence.HasOthers) return false;
        foreach (var listener in _listeners)
            if (listener.Queue == queue && listener.HasRoom) return false;
        return true;
    }

    /// <summary>Makes room for a message that is about to be stored; whoever gets it begins the message or gives the room back.</summary>
    public QueueListener? TryReserve(string queue)
    {
        if (_stopClaiming.IsCancellationRequested) return null;
        foreach (var listener in _listeners)
            if (listener.Queue == queue && listener.TryReserve()) return listener;
        return null;
    }

    /// <summary>Begins a message that room was made for.</summary>
    public void Begin(QueueListener room, ClaimedMessage message)
    {
        _activity.Begin();
        var run = Detached.Run(() => RunAsync(room, message));
        _runs.TryAdd(run, true);
        run.ContinueWith(done => _runs.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Stops claiming and lets what runs come to its end; when the token says that there is no more time, cancels it.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        await _stopClaiming.CancelAsync();
        await Draining.FinishAsync(FinishAsync(), _stopRunning, cancellation);

        // Only after the last claim has been answered it is known what runs.
        async Task FinishAsync()
        {
            await _loop;
            await Task.WhenAll(_runs.Keys);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopClaiming.IsCancellationRequested) await StopAsync(new CancellationToken(canceled: true));
        await _upkeep.DisposeAsync();
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
        var pause = RetryPause.None;
        while (!_stopClaiming.IsCancellationRequested)
        {
            try
            {
                var more = await ClaimAsync();
                pause = RetryPause.None;
                if (!more) await WaitAsync();
            }
            catch (Exception exception)
            {
                LogClaimFailed(exception);
                pause = pause.Longer();
                await pause.WaitAsync(_stopClaiming.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task WaitAsync()
    {
        try
        {
            if (await _wake.WaitAsync(_settings.MaxPollingInterval, _stopClaiming.Token)) return;
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
        var batches = TakeBatches();
        if (batches.Count == 0) return false;

        // Cleared before the look: a signal that comes during it must not be lost.
        foreach (var (listener, _) in batches) listener.MayHaveMore = false;
        List<ClaimedMessage> claimed;
        try
        {
            claimed = await Claims.ClaimAsync([.. batches.Select(b => b.Listener.Queue)], [.. batches.Select(b => b.Most)]);
        }
        catch
        {
            foreach (var (listener, most) in batches)
            {
                listener.MayHaveMore = true;
                listener.GiveBack(most);
            }
            throw;
        }
        foreach (var (listener, most) in batches) Begin(listener, claimed.FindAll(m => m.Queue == listener.Queue), most);
        return claimed.Count > 0;
    }

    private List<(QueueListener Listener, int Most)> TakeBatches()
    {
        var batches = new List<(QueueListener Listener, int Most)>();
        foreach (var listener in _listeners)
        {
            // Two functions of one queue take turns, because a claim asks for each queue once.
            if (!listener.MayHaveMore || batches.Exists(b => b.Listener.Queue == listener.Queue)) continue;
            if (listener.TakeBatch() is > 0 and var most) batches.Add((listener, most));
        }
        return batches;
    }

    private void Begin(QueueListener listener, List<ClaimedMessage> messages, int most)
    {
        foreach (var message in messages) Begin(listener, message);
        if (messages.Count == most) listener.MayHaveMore = true;
        else listener.GiveBack(most - messages.Count);
    }

    private async Task RunAsync(QueueListener listener, ClaimedMessage message)
    {
        try
        {
            await _runner.RunAsync(listener, message, _stopRunning.Token);
        }
        finally
        {
            Claims.Forget(message);
            _activity.End();
            if (listener.GiveBack()) Wake();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Queue messages could not be claimed; trying again")]
    private partial void LogClaimFailed(Exception exception);
}
