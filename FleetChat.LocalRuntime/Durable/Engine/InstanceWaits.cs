using FleetChat.LocalRuntime.Hosting;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>
/// Clients that wait for instances to start or end. Whatever this process commits they hear at once; for the others' work one
/// look serves all of them, now and then and when somebody says that it is worth it.
/// </summary>
internal sealed class InstanceWaits(InstanceStore store) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Wait>> _waits = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _look = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private Task? _looking;

    public async Task WaitAsync(string id, Func<short, bool> reached, CancellationToken cancellation)
    {
        var wait = new Wait(reached, new(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_lock)
        {
            if (!_waits.TryGetValue(id, out var waits)) _waits[id] = waits = [];
            waits.Add(wait);
            _looking ??= Task.Run(LookAsync, CancellationToken.None);
        }
        Look();
        try
        {
            await wait.Reached.Task.WaitAsync(cancellation);
        }
        finally
        {
            Remove(id, wait);
        }
    }

    /// <summary>This process has committed the status.</summary>
    public void Changed(string id, short status)
    {
        lock (_lock)
        {
            if (_waits.TryGetValue(id, out var waits)) Complete(waits, status);
        }
    }

    /// <summary>Something may have changed elsewhere.</summary>
    public void Look()
    {
        try
        {
            if (_look.CurrentCount == 0) _look.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else released it between the look and the call.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_looking is not null) await _looking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _look.Dispose();
    }

    private async Task LookAsync()
    {
        var pause = LongestPause;
        while (!_stop.IsCancellationRequested)
        {
            if (await _look.WaitAsync(pause, _stop.Token)) pause = FirstPause;
            else pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            string[] ids;
            lock (_lock) ids = [.. _waits.Keys];
            if (ids.Length == 0)
            {
                await _look.WaitAsync(_stop.Token);
                Look();
                continue;
            }
            try
            {
                foreach (var (id, status) in await store.StatusesAsync(ids, _stop.Token)) Changed(id, status);
            }
            catch (Exception) when (!_stop.IsCancellationRequested)
            {
                pause = LongestPause; // The next look may find the database again; who waits can give up by himself.
            }
        }
    }

    private static void Complete(List<Wait> waits, short status)
    {
        foreach (var wait in waits)
            if (wait.IsReachedBy(status)) wait.Reached.TrySetResult();
    }

    private void Remove(string id, Wait wait)
    {
        lock (_lock)
        {
            if (!_waits.TryGetValue(id, out var waits)) return;
            waits.Remove(wait);
            if (waits.Count == 0) _waits.Remove(id);
        }
    }

    private sealed record Wait(Func<short, bool> IsReachedBy, TaskCompletionSource Reached);
}
