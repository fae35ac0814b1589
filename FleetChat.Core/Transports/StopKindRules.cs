using System.Text.Json;

namespace FleetChat.Core.Transports;

/// <summary>One way by which a company says what a stop is for.</summary>
/// <param name="Field"><c>name</c>, <c>notes</c> or <c>external_id</c>.</param>
/// <param name="Match"><c>contains</c> or <c>equals</c>; case does not count.</param>
/// <param name="Kind"><c>pickup</c>, <c>delivery</c> or <c>other</c>.</param>
/// <param name="Key">Of the stop's externalIds; null for the others.</param>
public sealed record StopKindRule(
    [OneOf(StopKindRule.Name, StopKindRule.Notes, StopKindRule.ExternalId)] string Field,
    [OneOf(StopKindRule.Contains, StopKindRule.Is)] string Match,
    string Value,
    [OneOf(StopKind.Pickup, StopKind.Delivery, StopKind.Other)] string Kind,
    string? Key = null)
{
    public const string Name = "name";
    public const string Notes = "notes";
    public const string ExternalId = "external_id";
    public const string Contains = "contains";
    public const string Is = "equals";

    internal bool Fits(JsonElement stop)
    {
        var text = Field switch
        {
            Name => stop.Text("name") ?? stop.Member("address").Text("name"),
            Notes => stop.Text("notes"),
            _ => stop.Member("externalIds").Text(Key!),
        };
        return text is not null && (Match == Is ? text.Trim().Equals(Value, StringComparison.OrdinalIgnoreCase) : text.Contains(Value, StringComparison.OrdinalIgnoreCase));
    }
}

/// <summary>A company's ways, the first that fits decides. Before them goes the stop's own externalId, after them its place in the route.</summary>
public sealed class StopKindRules(IReadOnlyList<StopKindRule> rules)
{
    public static readonly StopKindRules None = new([]);

    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public IReadOnlyList<StopKindRule> Rules => rules;

    public static StopKindRules Of(string json) => json == "[]" ? None : new(JsonSerializer.Deserialize<StopKindRule[]>(json, Json)!);

    /// <summary>The fact with the kinds that the company's ways give to its stops.</summary>
    /// <param name="payload">That it was read from.</param>
    public RouteFact Apply(RouteFact fact, JsonElement payload)
    {
        if (rules.Count == 0) return fact;
        var data = payload.Member("data");
        IEnumerable<JsonElement> told = [.. data.Member("route").Items("stops"), .. payload.Member("route").Items("stops")];
        if (data.Member("routeStopDetails") is { } details) told = told.Append(details);
        var kinds = told.Where(s => s.Text("id") is not null).GroupBy(s => s.Text("id")!).ToDictionary(s => s.Key, s => s.Select(Find).FirstOrDefault(kind => kind is not null));
        return fact with { Stops = [.. fact.Stops.Select(s => kinds.GetValueOrDefault(s.StopId) is { } kind ? s with { Kind = kind } : s)] };
    }

    private string? Find(JsonElement stop)
        => stop.Member("externalIds").Text(StopKind.ExternalIdKey) is StopKind.Pickup or StopKind.Delivery or StopKind.Other ? null : rules.FirstOrDefault(rule => rule.Fits(stop))?.Kind;
}
