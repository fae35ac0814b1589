namespace FleetChat.LocalRuntime.Durable;

/// <summary>Wakes when the business clock reaches the earliest moment that anybody expects something at.</summary>
internal sealed class DueTimer(BusinessClock clock, Action due) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private DateTimeOffset _earliest = DateTimeOffset.MaxValue;
    private CancellationTokenSource _changed = new();
    private Task? _loop;

    public void Start() => _loop = Task.Run(RunAsync);

    public void Expect(DateTimeOffset moment)
    {
        lock (_lock)
        {
            if (moment >= _earliest) return;
            _earliest = moment;
            _changed.Cancel();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_loop is not null) await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _changed.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var (earliest, changed) = Look();
            using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, changed);
            try
            {
                if (earliest == DateTimeOffset.MaxValue) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, either.Token);
                else await clock.WaitUntilAsync(earliest, either.Token);
            }
            catch (OperationCanceledException)
            {
                continue;
            }
            Forget(earliest);
            due();
        }
    }

    private (DateTimeOffset Earliest, CancellationToken Changed) Look()
    {
        lock (_lock)
        {
            if (_changed.IsCancellationRequested)
            {
                _changed.Dispose();
                _changed = new();
            }
            return (_earliest, _changed.Token);
        }
    }

    private void Forget(DateTimeOffset moment)
    {
        lock (_lock)
        {
            if (_earliest == moment) _earliest = DateTimeOffset.MaxValue;
        }
    }
}
