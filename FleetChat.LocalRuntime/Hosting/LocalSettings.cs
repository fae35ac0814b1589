using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace FleetChat.LocalRuntime.Hosting;

/// <summary>local.settings.json: its Values are what environment variables are elsewhere, and give way to them.</summary>
internal static class LocalSettings
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <param name="place">Among the sources of the configuration: later ones win, and environment variables come last but for arguments.</param>
    public static void AddTo(ConfigurationManager configuration, string folder, int place = 0)
    {
        var file = Path.Combine(folder, "local.settings.json");
        if (!File.Exists(file)) return;
        using var document = JsonDocument.Parse(File.ReadAllText(file), Lenient);
        if (!document.RootElement.TryGetProperty("Values", out var values)) return;
        var settings = values.EnumerateObject()
            .ToDictionary(v => v.Name.Replace("__", ":", StringComparison.Ordinal), v => (string?)v.Value.ToString());
        ((IConfigurationBuilder)configuration).Sources.Insert(place, new MemoryConfigurationSource { InitialData = settings });
    }
}
