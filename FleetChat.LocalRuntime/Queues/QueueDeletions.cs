using FleetChat.LocalRuntime.Invocation;

namespace FleetChat.LocalRuntime.Queues;

/// <summary>Deletes messages that are done: alone when there is one, and as many as have come meanwhile in the next statement.</summary>
internal sealed class QueueDeletions(QueueStore store)
{
    private readonly Lock _lock = new();
    private List<Deletion> _waiting = [];
    private bool _isRunning;

    /// <returns>False if the claim was lost to another one meanwhile.</returns>
    public Task<bool> DeleteAsync(ClaimedMessage message)
    {
        var deletion = new Deletion(message, new(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_lock)
        {
            _waiting.Add(deletion);
            if (_isRunning) return deletion.Done.Task;
            _isRunning = true;
        }
        _ = Detached.Run(RunAsync);
        return deletion.Done.Task;
    }

    private async Task RunAsync()
    {
        while (true)
        {
            List<Deletion> batch;
            lock (_lock)
            {
                if (_waiting.Count == 0)
                {
                    _isRunning = false;
                    return;
                }
                (batch, _waiting) = (_waiting, []);
            }
            await DeleteAsync(batch);
        }
    }

    private async Task DeleteAsync(List<Deletion> batch)
    {
        try
        {
            var deleted = await store.DeleteAsync(batch.ConvertAll(d => d.Message), CancellationToken.None);
            foreach (var deletion in batch) deletion.Done.SetResult(deleted.Contains(deletion.Message.Id));
        }
        catch (Exception exception)
        {
            foreach (var deletion in batch) deletion.Done.TrySetException(exception);
        }
    }

    private sealed record Deletion(ClaimedMessage Message, TaskCompletionSource<bool> Done);
}
