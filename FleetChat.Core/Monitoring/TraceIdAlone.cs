using System.Diagnostics;

namespace FleetChat.Core.Monitoring;

/// <summary>
/// Calls to Samsara, Meta and others go on in our trace by its id (<c>traceparent</c>). What a caller of ours sent along with his,
/// <c>tracestate</c> and baggage, is not for them.
/// </summary>
internal sealed class TraceIdAlone : DistributedContextPropagator
{
    private const string Header = "traceparent";

    public static readonly TraceIdAlone Propagator = new();

    private readonly DistributedContextPropagator _w3c = CreateW3CPropagator();

    public override IReadOnlyCollection<string> Fields { get; } = [Header];

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
        => _w3c.Inject(activity, carrier, (to, name, value) =>
        {
            if (name == Header) setter?.Invoke(to, name, value);
        });

    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState)
        => _w3c.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => _w3c.ExtractBaggage(carrier, getter);
}
