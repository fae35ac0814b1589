namespace FleetChat.Simulators.Delivery;

/// <summary>In which order held webhooks go out.</summary>
public enum ReleaseOrder
{
    AsEmitted,
    Reversed,
    Shuffled,
}

/// <param name="Count">How many were held.</param>
public sealed record Released(int Count);
