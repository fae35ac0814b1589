using System.Text.Json;

namespace FleetChat.LocalRuntime;

/// <summary>Reads a stored failure.</summary>
internal static class FailureText
{
    public static InstanceFailure? Read(string? json)
    {
        if (json is null) return null;
        try
        {
            using var document = JsonDocument.Parse(json);
            return Read(document.RootElement);
        }
        catch (JsonException)
        {
            return new("", json, Inner: null);
        }
    }

    public static InstanceFailure? Read(JsonElement entry, string name) => entry.TryGetProperty(name, out var failure) ? Read(failure) : null;

    private static InstanceFailure? Read(JsonElement failure) => failure.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Object => new(Text(failure, "type"), Text(failure, "message"), Read(failure, "inner")),
        _ => new("", failure.ToString(), Inner: null),
    };

    private static string Text(JsonElement failure, string name) => failure.TryGetProperty(name, out var text) ? text.ToString() : "";
}
