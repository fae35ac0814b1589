namespace FleetChat.LocalRuntime.Invocation;

/// <summary>What a trigger hands to an invocation. Names are matched ignoring case, as the real worker does.</summary>
internal sealed record TriggerInput(IReadOnlyDictionary<string, object?> InputData, IReadOnlyDictionary<string, object?> TriggerMetadata)
{
    public string TraceParent { get; init; } = "";

    public string TraceState { get; init; } = "";

    public static TriggerInput Of(string name, object? value, IReadOnlyDictionary<string, object?> metadata)
        => new(new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase) { [name] = value }, metadata);
}
