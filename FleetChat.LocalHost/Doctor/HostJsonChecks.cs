using System.Globalization;
using System.Text.Json;

namespace FleetChat.LocalHost.Doctor;

/// <summary>host.json: what both hosts read at their start.</summary>
internal static class HostJsonChecks
{
    private const string FileName = "host.json";
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The queues' settings and what the real host takes for each.</summary>
    private static readonly Dictionary<string, (string Wanted, Func<JsonElement, bool> Fits)> Queues = new()
    {
        ["maxPollingInterval"] = ("a duration of 00:00:00.1 or more", value => Duration(value) >= TimeSpan.FromMilliseconds(100)),
        ["visibilityTimeout"] = ("a duration up to 7.00:00:00", value => Duration(value) is { } time && time >= TimeSpan.Zero && time <= TimeSpan.FromDays(7)),
        ["batchSize"] = ("a number from 1 to 32", value => Number(value) is >= 1 and <= 32),
        ["newBatchThreshold"] = ("a number from 0 on", value => Number(value) >= 0),
        ["maxDequeueCount"] = ("a number from 1 on", value => Number(value) >= 1),
        ["messageEncoding"] = ("base64 or none", value => value.ValueKind == JsonValueKind.String && value.GetString()!.ToUpperInvariant() is "BASE64" or "NONE"),
    };

    public static IReadOnlyList<Check> All { get; } = [Check.Of("host_json.file", ReadableFile), Check.Of("host_json.values", Values), Check.Of("host_json.routes", Routes)];

    private static Finding ReadableFile(Examined examined)
    {
        var file = Path.Combine(examined.ContentRoot, FileName);
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(file), Lenient);
            return document.RootElement.TryGetProperty("version", out var version) && version.ToString() == "2.0"
                ? Finding.Fine(file)
                : Finding.Problem($"{file} does not say \"version\": \"2.0\"", "The Functions host refuses the file.", "Take the repository's host.json.");
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return Finding.Problem($"{file} can't be read: {unreadable.Message}", "No host starts without it, or routes and queues behave differently.", "Take the repository's host.json.");
        }
    }

    private static Finding Values(Examined examined)
    {
        if (Extensions(examined) is not { } extensions || !extensions.TryGetProperty("queues", out var queues)) return Finding.Skipped("it says nothing of queues");
        var wrong = queues.EnumerateObject().Select(Fault).OfType<string>().ToList();
        return wrong.Count == 0
            ? Finding.Fine("valid")
            : Finding.Problem($"extensions.queues: {string.Join("; ", wrong)}", "The host does not start, or takes its default and drivers wait longer.", "Correct the value; the repository's host.json says why each number is as it is.");
    }

    private static Finding Routes(Examined examined)
    {
        if (Extensions(examined) is not { } extensions) return Finding.Skipped("it can't be read");
        var prefix = extensions.TryGetProperty("http", out var http) && http.TryGetProperty("routePrefix", out var text) ? text.ToString() : "api";
        return prefix.Length == 0
            ? Finding.Fine("as the webhooks expect them")
            : Finding.Problem($"every route begins with '{prefix}/'", "Webhooks that are set up at Samsara and Meta no longer arrive.", "Set extensions.http.routePrefix to \"\": each route spells its own beginning.");
    }

    private static string? Fault(JsonProperty setting) => Queues.TryGetValue(setting.Name, out var known)
        ? known.Fits(setting.Value) ? null : $"{setting.Name} is {setting.Value}, and must be {known.Wanted}"
        : $"nobody reads {setting.Name}";

    private static JsonElement? Extensions(Examined examined)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(examined.ContentRoot, FileName)), Lenient);
            return document.RootElement.TryGetProperty("extensions", out var extensions) ? extensions.Clone() : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static int? Number(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;

    private static TimeSpan? Duration(JsonElement value)
        => value.ValueKind == JsonValueKind.String && TimeSpan.TryParse(value.GetString(), CultureInfo.InvariantCulture, out var time) ? time : null;
}
