using System.Text.Json;
using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.Monitoring;

/// <summary>infra/modules/alerts.json, as alerts.bicep reads it.</summary>
internal static class AlertRules
{
    private static readonly JsonElement Data = Read();

    public static IReadOnlyList<JsonElement> Promises => [.. Data.GetProperty("promises").EnumerateArray()];

    public static IReadOnlyList<JsonElement> Burns => [.. Data.GetProperty("burns").EnumerateArray()];

    /// <summary>With its three burn rules a promise counts once.</summary>
    public static IReadOnlyList<(string Name, string Runbook)> All
        => [.. new[] { "promises", "rules", "database" }.SelectMany(list => Data.GetProperty(list).EnumerateArray()).Select(rule => (Text(rule, "name"), Text(rule, "runbook")))];

    /// <summary>Those that are written out, and those that alerts.bicep makes of a promise.</summary>
    public static IReadOnlyList<(string Name, string Query)> Queries =>
    [
        .. Data.GetProperty("rules").EnumerateArray().Select(rule => (Text(rule, "name"), string.Join('\n', rule.GetProperty("query").EnumerateArray().Select(line => line.GetString())))),
        .. Promises.Select(promise => (Text(promise, "name"), $"customMetrics | where name == '{Text(promise, "metric")}' and {Text(promise, "where")} | extend isBad = tostring(customDimensions.result) != '{Text(promise, "good")}'")),
    ];

    public static string Text(JsonElement rule, string name) => rule.GetProperty(name).GetString()!;

    private static JsonElement Read()
    {
        using var document = JsonDocument.Parse(Sources.Read("infra/modules/alerts.json"));
        return document.RootElement.Clone();
    }
}
