using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace FleetChat.LocalRuntime.Hosting;

/// <summary>local.settings.json: its Values are what environment variables are elsewhere, and give way to them.</summary>
internal static class LocalSettings
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public static void AddTo(ConfigurationManager configuration, string folder)
    {
        var file = Path.Combine(folder, "local.settings.json");
        if (!File.Exists(file)) return;
        using var document = JsonDocument.Parse(File.ReadAllText(file), Lenient);
        if (!document.RootElement.TryGetProperty("Values", out var values)) return;
        var settings = values.EnumerateObject()
            .ToDictionary(v => v.Name.Replace("__", ":", StringComparison.Ordinal), v => (string?)v.Value.ToString());
        ((IConfigurationBuilder)configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = settings });
    }
}
