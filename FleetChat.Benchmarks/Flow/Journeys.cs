using System.Diagnostics;
using FleetChat.Benchmarks.Fleet;

namespace FleetChat.Benchmarks.Flow;

/// <summary>Each event's way to WhatsApp: when it was due, and when its message came there. Seconds since the load began.</summary>
internal sealed class Journeys
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly LoadPlan _plan;
    private readonly double?[] _arrivedAt;
    private double _waitedUntil;

    private Journeys(LoadPlan plan, LoadResult load)
    {
        (_plan, Load) = (plan, load);
        _arrivedAt = new double?[plan.Count];
    }

    public LoadResult Load { get; }

    /// <summary>Messages that had not come when none came any more.</summary>
    public int Missing => _arrivedAt.Count(at => at is null);

    /// <summary>Sends a plan's events and waits for their messages, as long as any come.</summary>
    public static async Task<Journeys> MakeAsync(LoadPlan plan, GraphProcess graph, CancellationToken ct)
    {
        var journeys = new Journeys(plan, await LoadProcess.SendAsync(plan, ct));
        for (var lastAt = Stopwatch.GetTimestamp(); journeys.Missing > 0 && Stopwatch.GetElapsedTime(lastAt) < Patience; await Task.Delay(TimeSpan.FromMilliseconds(200), ct))
        {
            var missing = journeys.Missing;
            foreach (var call in await graph.TakeAsync(ct)) journeys.Note(call);
            if (journeys.Missing < missing) lastAt = Stopwatch.GetTimestamp();
        }
        journeys._waitedUntil = Stopwatch.GetElapsedTime(journeys.Load.StartedAt).TotalSeconds;
        return journeys;
    }

    /// <summary>Latencies of what was due in the window. What never came counts as if it had come at the end of all waiting.</summary>
    public Window Latencies()
    {
        var window = new Window();
        var numbers = Enumerable.Range(0, _plan.Count).Where(n => _plan.DueAfter(n) >= _plan.WarmUpSeconds).ToList();
        window.Add(numbers.Count, TimeSpan.FromSeconds(_plan.Seconds), numbers.Select(n => (long)(((_arrivedAt[n] ?? _waitedUntil) - _plan.DueAfter(n)) * 1_000_000)));
        return window;
    }

    /// <summary>Events that were due by then and whose message had not come.</summary>
    public int BacklogAt(double seconds) => Enumerable.Range(0, _plan.Count).Count(n => _plan.DueAfter(n) <= seconds && !(_arrivedAt[n] <= seconds));

    /// <summary>The mean of many looks: one look says little.</summary>
    public double MeanBacklog(double from, double to) => Enumerable.Range(0, 20).Average(look => BacklogAt(from + (to - from) * look / 20));

    /// <summary>Messages that came in the window.</summary>
    public double ArrivedPerSecond => _arrivedAt.Count(at => at >= _plan.WarmUpSeconds && at < _plan.AllSeconds) / _plan.Seconds;

    // A message of an earlier plan may still come; and one that comes twice came when it came first.
    private void Note(GraphCall call)
    {
        if (_plan.NumberOf(call.Code) is { } number && number < _arrivedAt.Length)
            _arrivedAt[number] ??= Stopwatch.GetElapsedTime(Load.StartedAt, call.ArrivedAt).TotalSeconds;
    }
}
