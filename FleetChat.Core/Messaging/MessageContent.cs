using System.Text.Json;
using System.Text.Json.Serialization;
using FleetChat.Core.Security;

namespace FleetChat.Core.Messaging;

/// <summary>What was said in one message, in or out. Kept as encrypted JSON in <c>message_logs.content</c>.</summary>
/// <param name="Text">As a person reads it; for a template with its parameters filled in; empty for a bare photo.</param>
public sealed record MessageContent(string Text)
{
    /// <summary>Name of the template that was sent; null for anything else.</summary>
    public string? Template { get; init; }

    /// <summary>Language code of the template, as WhatsApp knows it.</summary>
    public string? Language { get; init; }

    /// <summary>The template's body parameters, in order.</summary>
    public IReadOnlyList<string>? Parameters { get; init; }

    /// <summary>Buttons under an outbound message.</summary>
    public IReadOnlyList<MessageButton>? Buttons { get; init; }

    /// <summary>What opens the list that they become where there are too many; at most 20 characters.</summary>
    public string? ListLabel { get; init; }

    /// <summary>The button that the driver tapped: its action, such as <c>stop_done</c>.</summary>
    public string? Action { get; init; }

    public MessageLocation? Location { get; init; }

    public MessageMedia? Media { get; init; }

    public byte[] Seal(DataKey key, Guid messageId)
        => key.Encrypt(EncryptedColumns.MessageContent, messageId.ToString("N"), JsonSerializer.SerializeToUtf8Bytes(this, MessageContentJson.Default.MessageContent));

    public static MessageContent Open(DataKey key, Guid messageId, byte[] content)
        => JsonSerializer.Deserialize(key.Decrypt(EncryptedColumns.MessageContent, messageId.ToString("N"), content), MessageContentJson.Default.MessageContent)!;
}

/// <param name="Action">What a tap means: see <see cref="ButtonActions"/>.</param>
public sealed record MessageButton(string Action, string Title);

public sealed record MessageLocation(double Latitude, double Longitude, string? Name, string? Address);

/// <param name="Id">WhatsApp's media id; lives 7 days for inbound media.</param>
public sealed record MessageMedia(string Id, string MimeType, string? FileName, string? Sha256);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MessageContent))]
internal sealed partial class MessageContentJson : JsonSerializerContext;
