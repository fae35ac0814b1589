namespace FleetChat.LocalRuntime.Durable;

/// <summary>Wakes when the business clock reaches the earliest moment that anybody expects something at.</summary>
internal sealed class DueTimer(BusinessClock clock, Action due) : IAsyncDisposable
{
    /// <summary>What is due within this is taken together; a clock that is stepped does not move meanwhile.</summary>
    private static readonly TimeSpan Grain = TimeSpan.FromMilliseconds(10);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private DateTimeOffset _earliest = DateTimeOffset.MaxValue;
    private volatile TaskCompletionSource _changed = NewSignal();
    private Task? _loop;

    public void Start() => _loop = Task.Run(RunAsync);

    public void Expect(DateTimeOffset moment)
    {
        lock (_lock)
        {
            if (moment >= _earliest) return;
            _earliest = moment;
        }
        Interlocked.Exchange(ref _changed, NewSignal()).TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_loop is not null) await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            // Taken before the look at the moment: a change between the two is seen at the next round.
            var changed = _changed.Task;
            DateTimeOffset earliest;
            lock (_lock) earliest = _earliest;
            if (!await IsReachedAsync(earliest, changed)) continue;
            if (clock.IsRunning) await Task.Delay(Grain, TimeProvider.System, _stop.Token);
            lock (_lock)
            {
                if (_earliest == earliest) _earliest = DateTimeOffset.MaxValue;
            }
            due();
        }
    }

    /// <returns>False if something earlier is expected meanwhile.</returns>
    private async Task<bool> IsReachedAsync(DateTimeOffset moment, Task changed)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var reached = moment == DateTimeOffset.MaxValue
            ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, enough.Token)
            : clock.WaitUntilAsync(moment, enough.Token);
        var first = await Task.WhenAny(reached, changed);
        await enough.CancelAsync();
        _stop.Token.ThrowIfCancellationRequested();
        return first == reached;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
