using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using FleetChat.Core.Monitoring;

namespace FleetChat.Tests.Monitoring;

/// <summary>What FleetChat's meter told since this was made. Other tests of this process are heard too: so much at least is from this one.</summary>
internal sealed class Measured : IDisposable
{
    private readonly ConcurrentQueue<(string Name, double Value, string Tags)> _all = new();
    private readonly MeterListener _listener = new();

    public Measured()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == FleetMetrics.MeterName) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => _all.Enqueue((instrument.Name, value, Text(tags))));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => _all.Enqueue((instrument.Name, value, Text(tags))));
        _listener.Start();
    }

    /// <summary>Every instrument's name.</summary>
    public static HashSet<string> Names()
    {
        RuntimeHelpers.RunClassConstructor(typeof(FleetMetrics).TypeHandle);
        var names = new HashSet<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == FleetMetrics.MeterName) names.Add(instrument.Name);
        };
        listener.Start();
        return names;
    }

    /// <param name="tags">All of it, such as <c>kind=api result=good</c>.</param>
    public double Sum(string name, string tags) => _all.Where(m => m.Name == name && m.Tags == tags).Sum(m => m.Value);

    /// <summary>Whether the very value was told.</summary>
    public bool Has(string name, double value, string tags) => _all.Contains((name, value, tags));

    public void Dispose() => _listener.Dispose();

    private static string Text(ReadOnlySpan<KeyValuePair<string, object?>> tags) => string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
}
