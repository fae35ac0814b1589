using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace FleetChat.Tests.Http;

/// <summary>
/// Keeps what a host logs for its callers, scopes and exceptions included, all that it tells of its spans, and what its metrics are told with, to be searched for
/// words that must not be there.
/// Spans of other hosts in this process are among them: the words are this test's own. What timers log of companies whose rows make no sense is not.
/// </summary>
internal sealed class TellTales : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<string> _spans = new();
    private readonly ConcurrentDictionary<string, bool> _measurements = new();
    private readonly ActivityListener _listener;
    private readonly MeterListener _meters = new();
    private volatile bool _listens;
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public TellTales()
    {
        _listener = new()
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (_listens) _spans.Enqueue(Text(activity));
            },
        };
        ActivitySource.AddActivityListener(_listener);
        _meters.InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument);
        _meters.SetMeasurementEventCallback<byte>((instrument, _, tags, _) => Keep(instrument, tags));
        _meters.SetMeasurementEventCallback<short>((instrument, _, tags, _) => Keep(instrument, tags));
        _meters.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Keep(instrument, tags));
        _meters.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Keep(instrument, tags));
        _meters.SetMeasurementEventCallback<float>((instrument, _, tags, _) => Keep(instrument, tags));
        _meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Keep(instrument, tags));
        _meters.SetMeasurementEventCallback<decimal>((instrument, _, tags, _) => Keep(instrument, tags));
        _meters.Start();
    }

    public int Lines => _lines.Count;

    public int Spans => _spans.Count;

    /// <summary>Each metric with each set of tags once.</summary>
    public int Measurements => _measurements.Count;

    /// <summary>What was before this is the test's own.</summary>
    public void Begin() => _listens = true;

    public IEnumerable<string> Find(IEnumerable<string> words)
    {
        var wanted = SearchValues.Create([.. words], StringComparison.Ordinal);
        return _lines.Select(line => $"log: {line}").Concat(_spans.Select(span => $"span: {span}")).Concat(_measurements.Keys.Select(measurement => $"metric: {measurement}")).Where(text => text.AsSpan().ContainsAny(wanted));
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
        _listener.Dispose();
        _meters.Dispose();
    }

    private void Keep(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (_listens) _measurements.TryAdd($"{instrument.Meter.Name} {instrument.Name} {string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}", true);
    }

    private static string Text(Activity activity)
    {
        var events = activity.Events.SelectMany(happened => happened.Tags.Select(tag => $"{happened.Name} {tag.Key}={tag.Value}"));
        var tags = activity.TagObjects.Concat(activity.Baggage.Select(item => KeyValuePair.Create(item.Key, (object?)item.Value))).Select(tag => $"{tag.Key}={tag.Value}");
        return $"{activity.DisplayName} {activity.StatusDescription} {activity.TraceStateString} {string.Join(' ', tags.Concat(events))}";
    }

    private sealed class Logger(TellTales tales, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => tales._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!tales._listens || IsOfTimer(Activity.Current)) return;
            var words = new List<string> { $"{category} {formatter(state, exception)} {Words(state)} {exception}" };
            tales._scopes.ForEachScope((scope, all) => all.Add(Words(scope)), words);
            tales._lines.Enqueue(string.Join(' ', words));
        }

        private static bool IsOfTimer(Activity? activity)
        {
            for (; activity is not null; activity = activity.Parent)
                if (activity.GetTagItem("faas.trigger") is "timer") return true;
            return false;
        }

        private static string Words(object? state)
            => state is IEnumerable<KeyValuePair<string, object?>> values ? string.Join(' ', values.Select(value => $"{value.Key}={value.Value}")) : $"{state}";
    }
}
