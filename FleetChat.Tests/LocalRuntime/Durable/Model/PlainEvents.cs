using FleetChat.LocalRuntime.Durable;
using Microsoft.DurableTask.Converters;

namespace FleetChat.Tests.LocalRuntime.Durable.Model;

/// <summary>As the documentation of external events has it, and the real worker's habits: the newest waiter first, whoever was cancelled included.</summary>
internal sealed class PlainEvents
{
    private readonly List<(string Name, Waiter Waiter)> _waiters = [];
    private readonly List<HistoryEvent> _kept = [];

    public IEnumerable<string> Awaited => _waiters.Where(w => !w.Waiter.IsCancelled).Select(w => w.Name);

    public Waiter Await(string name, Action<string> then)
    {
        var waiter = new Waiter(then);
        _waiters.Add((name, waiter));
        var kept = _kept.FindIndex(k => IsSame(k.Name!, name));
        if (kept < 0) return waiter;
        var raised = _kept[kept];
        _kept.RemoveAt(kept);
        Raise(raised);
        return waiter;
    }

    public void Raise(HistoryEvent raised)
    {
        var last = _waiters.FindLastIndex(w => IsSame(w.Name, raised.Name!));
        if (last < 0)
        {
            _kept.Add(raised);
            return;
        }
        var waiter = _waiters[last].Waiter;
        _waiters.RemoveAt(last);
        if (!waiter.IsCancelled) waiter.Then((string)JsonDataConverter.Default.Deserialize(raised.Input, typeof(string))!);
    }

    public List<HistoryEvent> TakeKept()
    {
        var all = _kept.ToList();
        _kept.Clear();
        return all;
    }

    private static bool IsSame(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    internal sealed class Waiter(Action<string> then)
    {
        public Action<string> Then => then;

        public bool IsCancelled { get; set; }
    }
}
