namespace FleetChat.Core.Security.Audit;

/// <summary>Where the request that is at work came from: it goes along with its flow of control, and stands in each audit entry that it makes.</summary>
/// <param name="Correlation">Which request it was, as its log lines and its answer name it.</param>
public sealed record RequestOrigin(string? Address, string? Correlation)
{
    private static readonly AsyncLocal<RequestOrigin?> s_current = new();

    /// <summary>Null: no request, FleetChat itself.</summary>
    public static RequestOrigin? Current
    {
        get => s_current.Value;
        set => s_current.Value = value;
    }
}
