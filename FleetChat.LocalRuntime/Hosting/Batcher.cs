namespace FleetChat.LocalRuntime.Hosting;

/// <summary>
/// Does for many callers at once what costs a round trip: the first one goes alone, and those who come meanwhile go together
/// in the next.
/// </summary>
/// <param name="run">Gives each item its result, in their order. What it throws, all of its callers get, but for an item that can't be stored: that is its own caller's matter.</param>
internal sealed class Batcher<TItem, TResult>(int most, Func<List<TItem>, Task<IReadOnlyList<TResult>>> run)
{
    private readonly Lock _lock = new();
    private readonly Queue<Entry> _waiting = new();
    private bool _isRunning;

    public Task<TResult> AddAsync(TItem item)
    {
        var entry = new Entry(item, new(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_lock)
        {
            _waiting.Enqueue(entry);
            if (_isRunning) return entry.Done.Task;
            _isRunning = true;
        }
        _ = Task.Run(RunUntilEmptyAsync);
        return entry.Done.Task;
    }

    private async Task RunUntilEmptyAsync()
    {
        while (true)
        {
            var batch = new List<Entry>();
            lock (_lock)
            {
                while (batch.Count < most && _waiting.TryDequeue(out var entry)) batch.Add(entry);
                if (batch.Count == 0)
                {
                    _isRunning = false;
                    return;
                }
            }
            await RunAsync(batch);
        }
    }

    private async Task RunAsync(List<Entry> batch)
    {
        try
        {
            var results = await run(batch.ConvertAll(e => e.Item));
            for (var i = 0; i < batch.Count; i++) batch[i].Done.SetResult(results[i]);
        }
        catch (Exception exception) when (batch.Count > 1 && StoreErrors.IsOfData(exception))
        {
            // One of them can't be stored; nothing of the others was.
            foreach (var entry in batch) await RunAsync([entry]);
        }
        catch (Exception exception)
        {
            foreach (var entry in batch) entry.Done.TrySetException(exception);
        }
    }

    private sealed record Entry(TItem Item, TaskCompletionSource<TResult> Done);
}
