using FleetChat.LocalRuntime.Invocation;

namespace FleetChat.LocalRuntime.Queues;

/// <summary>One function's side of a queue: how many of its messages run, and whether more may be waiting.</summary>
internal sealed class QueueListener(FunctionEntry function, QueueTriggerBinding trigger, int batchSize, int newBatchThreshold)
{
    private int _running;

    public FunctionEntry Function => function;

    public string Parameter => trigger.Name;

    public string Queue => trigger.Queue;

    /// <summary>Set by whoever stores a message or by the clock, cleared by a claim that came back with less than it asked for.</summary>
    public volatile bool MayHaveMore = true;

    /// <summary>As on the real host: a new batch is fetched when no more than the threshold still run.</summary>
    public int Wanted => Volatile.Read(ref _running) <= newBatchThreshold ? batchSize : 0;

    public void Begin() => Interlocked.Increment(ref _running);

    /// <summary>Makes room for a message that is not in the queue yet, unless older ones may be waiting there.</summary>
    public bool TryReserve()
    {
        if (MayHaveMore || Volatile.Read(ref _running) >= batchSize) return false;
        Begin();
        return true;
    }

    /// <returns>True if this made room for a batch that may be waiting.</returns>
    public bool End() => Interlocked.Decrement(ref _running) <= newBatchThreshold && MayHaveMore;
}
