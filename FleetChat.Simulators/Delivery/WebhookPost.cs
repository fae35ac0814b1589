using System.Text.Json.Nodes;

namespace FleetChat.Simulators.Delivery;

/// <summary>One webhook POST, sent again with the very same body until it is acknowledged.</summary>
/// <param name="Lane">First attempts of one lane go one after another, in the order given; retries do not hold up the lane.</param>
/// <param name="Headers">Called for each attempt, because a retry may be signed afresh.</param>
/// <param name="Facts">What the journal tells about each attempt beside its outcome.</param>
internal sealed record WebhookPost(string Id, string Lane, Uri Url, byte[] Body, Func<IReadOnlyList<KeyValuePair<string, string>>> Headers, JsonObject Facts)
{
    /// <summary>Real time that passes before the first attempt, once it is this post's turn in its lane.</summary>
    public TimeSpan Delay { get; init; }
}
