using System.Diagnostics;
using HdrHistogram;

namespace FleetChat.Benchmarks;

/// <summary>What was done while the window was open. Several of one contender add up.</summary>
internal sealed class Window
{
    private const long LongestMicroseconds = 600_000_000;
    private readonly LongConcurrentHistogram _latencies = new(lowestTrackableValue: 1, LongestMicroseconds, numberOfSignificantValueDigits: 3);
    private long _count;
    private long _openedAt;
    private TimeSpan _length;
    private volatile bool _open;

    public bool IsEmpty => Interlocked.Read(ref _count) == 0;

    public double PerSecond => _count / _length.TotalSeconds;

    public void Open()
    {
        _openedAt = Stopwatch.GetTimestamp();
        _open = true;
    }

    public void Close()
    {
        _open = false;
        _length += Stopwatch.GetElapsedTime(_openedAt);
    }

    public void Count(int things = 1)
    {
        if (_open) Interlocked.Add(ref _count, things);
    }

    public void Took(TimeSpan latency)
    {
        if (_open) Record((long)latency.TotalMicroseconds);
    }

    /// <summary>What another process counted and timed, in microseconds.</summary>
    public void Add(long count, TimeSpan length, IEnumerable<long> latencies)
    {
        _count += count;
        _length += length;
        foreach (var latency in latencies) Record(latency);
    }

    /// <returns>Null when nothing was timed.</returns>
    public double? Milliseconds(double percentile) => _latencies.TotalCount == 0 ? null : _latencies.GetValueAtPercentile(percentile) / 1000.0;

    public void ReportLatency(Run run, string name)
    {
        if (Milliseconds(50) is { } median) run.Report($"{name}_p50_ms", median, "ms");
        if (Milliseconds(99) is { } high) run.Report($"{name}_p99_ms", high, "ms");
    }

    private void Record(long microseconds) => _latencies.RecordValue(Math.Clamp(microseconds, 1, LongestMicroseconds));
}
