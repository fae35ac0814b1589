using FleetChat.LocalRuntime.Invocation;

namespace FleetChat.LocalRuntime.Queues;

/// <summary>One function's side of a queue: how many of its messages run, and whether more may be waiting.</summary>
internal sealed class QueueListener(FunctionEntry function, QueueTriggerBinding trigger, int batchSize, int newBatchThreshold)
{
    private readonly Lock _lock = new();
    private int _running;

    public FunctionEntry Function => function;

    public string Parameter => trigger.Name;

    public string Queue => trigger.Queue;

    /// <summary>Set by whoever stores a message or by the clock, cleared by a claim that came back with less than it asked for.</summary>
    public volatile bool MayHaveMore = true;

    /// <summary>True if it would take a batch now.</summary>
    public bool HasRoom => Volatile.Read(ref _running) <= newBatchThreshold;

    /// <summary>
    /// Makes room for a batch before it is asked for. As on the real host: when no more than the threshold still run, and so
    /// never more than batch and threshold together.
    /// </summary>
    /// <returns>The messages to ask for, 0 if there is no room.</returns>
    public int TakeBatch()
    {
        lock (_lock)
        {
            if (!HasRoom) return 0;
            _running += batchSize;
            return batchSize;
        }
    }

    /// <summary>Makes room for a message that is not in the queue yet, unless older ones may be waiting there.</summary>
    public bool TryReserve()
    {
        lock (_lock)
        {
            if (MayHaveMore || _running >= batchSize) return false;
            _running++;
            return true;
        }
    }

    /// <summary>Messages have ended, or did not come.</summary>
    /// <returns>True if this made room for a batch that may be waiting.</returns>
    public bool GiveBack(int messages = 1)
    {
        lock (_lock)
        {
            _running -= messages;
            return HasRoom && MayHaveMore;
        }
    }
}
