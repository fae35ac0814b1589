namespace FleetChat.LocalRuntime.Durable;

/// <summary>
/// Events and those who wait for them, by name ignoring case. As in the real worker the newest waiter gets the next event, an
/// event that nobody waits for is kept in order, and one that meets a waiter who was cancelled meanwhile goes with it: an
/// orchestrator that gives up waiting has to wait anew before it does anything else.
/// </summary>
internal sealed class ExternalEvents
{
    private readonly Dictionary<string, Stack<IWaiter>> _waiters = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Queue<HistoryEvent>> _kept = new(StringComparer.OrdinalIgnoreCase);

    private interface IWaiter
    {
        Type Type { get; }

        bool IsOpen { get; }

        void Complete(object? value);
    }

    /// <summary>What the orchestrator waits for.</summary>
    public IReadOnlyList<string> OpenNames => _waiters.Count == 0 ? [] : [.. _waiters.Where(w => w.Value.Any(one => one.IsOpen)).Select(w => w.Key)];

    /// <exception cref="ArgumentException">Somebody waits for events of this name with another type.</exception>
    public Task<T> WaitFor<T>(string name, Func<string?, Type, object?> read, CancellationToken cancellation)
    {
        var waiters = _waiters.TryGetValue(name, out var known) ? known : _waiters[name] = new();
        if (waiters.TryPeek(out var top) && top.Type != typeof(T))
        {
            throw new ArgumentException(
                $"Events with the same name must have the same type argument. Expected {top.Type.FullName} but was requested {typeof(T).FullName}.");
        }
        var waiter = new Waiter<T>();
        waiters.Push(waiter);
        if (Take(name) is { } kept) Deliver(kept, read);
        cancellation.Register(() => waiter.TrySetCanceled(cancellation));
        return waiter.Task;
    }

    /// <returns>False if nobody waits for it.</returns>
    public bool Deliver(HistoryEvent raised, Func<string?, Type, object?> read)
    {
        if (!_waiters.TryGetValue(raised.Name!, out var waiters)) return false;
        var waiter = waiters.Pop();
        if (waiters.Count == 0) _waiters.Remove(raised.Name!);
        waiter.Complete(read(raised.Input, waiter.Type));
        return true;
    }

    public void Keep(HistoryEvent raised)
    {
        if (!_kept.TryGetValue(raised.Name!, out var queue)) _kept[raised.Name!] = queue = new();
        queue.Enqueue(raised);
    }

    public List<HistoryEvent> TakeKept()
    {
        var all = _kept.Values.SelectMany(q => q).ToList();
        _kept.Clear();
        return all;
    }

    private HistoryEvent? Take(string name)
    {
        if (!_kept.TryGetValue(name, out var queue)) return null;
        var first = queue.Dequeue();
        if (queue.Count == 0) _kept.Remove(name);
        return first;
    }

    private sealed class Waiter<T> : TaskCompletionSource<T>, IWaiter
    {
        public Type Type => typeof(T);

        public bool IsOpen => !Task.IsCompleted;

        public void Complete(object? value) => TrySetResult((T)value!);
    }
}
