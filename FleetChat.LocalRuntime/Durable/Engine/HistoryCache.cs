namespace FleetChat.LocalRuntime.Durable;

/// <summary>Histories of instances that were given back lately: whoever comes back soon is not read again. Bounded by what they weigh.</summary>
internal sealed class HistoryCache(long mostBytes)
{
    private const int BytesOfEvent = 200;
    private readonly Lock _lock = new();
    private readonly Dictionary<long, LinkedListNode<Entry>> _byKey = [];
    private readonly LinkedList<Entry> _oldestFirst = new();
    private long _bytes;

    public void Keep(Session session)
    {
        var bytes = session.Past.Sum(e => (long)BytesOfEvent + (2 * ((e.Result?.Length ?? 0) + (e.Input?.Length ?? 0))));
        if (bytes > mostBytes / 4) return;
        lock (_lock)
        {
            Forget(session.Key);
            _byKey[session.Key] = _oldestFirst.AddLast(new Entry(session.Key, session.Generation, session.Turns, session.Past, bytes));
            _bytes += bytes;
            while (_bytes > mostBytes) Forget(_oldestFirst.First!.Value.Key);
        }
    }

    /// <summary>Takes it out. What has moved on elsewhere is of no use.</summary>
    public List<HistoryEvent>? Take(ClaimedInstance instance)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(instance.Key, out var node)) return null;
            Forget(instance.Key);
            return node.Value.Generation == instance.Generation && node.Value.Turns == instance.Turns ? node.Value.Past : null;
        }
    }

    private void Forget(long key)
    {
        if (!_byKey.Remove(key, out var node)) return;
        _oldestFirst.Remove(node);
        _bytes -= node.Value.Bytes;
    }

    private sealed record Entry(long Key, int Generation, int Turns, List<HistoryEvent> Past, long Bytes);
}
