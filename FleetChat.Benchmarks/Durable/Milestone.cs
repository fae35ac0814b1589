namespace FleetChat.Benchmarks.Durable;

/// <summary>A number of things that have to happen, and a task that ends when they have.</summary>
internal sealed class Milestone(int count)
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = count;

    public Task Reached => _reached.Task;

    public int Left => Volatile.Read(ref _left);

    public void Count()
    {
        if (Interlocked.Decrement(ref _left) == 0) _reached.TrySetResult();
    }
}
