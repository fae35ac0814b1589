namespace FleetChat.Core.Messaging;

/// <summary>What a button of ours carries: the message that it stands under, and what a tap means. THE FORMAT IS IN DRIVERS' CHATS: it never changes.</summary>
public readonly record struct ButtonPayload(Guid MessageId, string Action)
{
    private const string Version = "fc1";

    public override string ToString() => $"{Version}:{MessageId:N}:{Action}";

    public static ButtonPayload? TryParse(string? text)
        => text?.Split(':') is [Version, var id, { Length: > 0 and <= 50 } action] && Guid.TryParseExact(id, "N", out var message) ? new(message, action) : null;
}
