using System.Text.Json;
using System.Text.Json.Serialization;

namespace FleetChat.LocalHost.Capacity;

/// <summary>A figure that nobody measured, and why it is that.</summary>
internal sealed record Volume(string Id, double Value, string Unit, string Why);

internal sealed record Price(string Id, [property: JsonPropertyName("price")] double Amount, string Unit);

/// <param name="Date">When the prices were written down.</param>
/// <param name="ServerVcores">The sizes in which a database server is sold, the smallest first.</param>
internal sealed record PriceList(DateOnly Date, string Source, IReadOnlyList<Price> Prices, IReadOnlyList<int> ServerVcores);

/// <param name="Then">What is changed when it is reached.</param>
internal sealed record Limit(string Id, [property: JsonPropertyName("limit")] double Most, string What, string Source, string Then);

/// <summary>What one of each thing costs, as <c>FleetChat.Benchmarks -- work</c> found it.</summary>
/// <param name="Tenants">Companies while it was measured; the crowd's were <paramref name="CrowdTenants"/>.</param>
/// <param name="Actions">By orchestrator: durable actions of a usual run, counted in its recorded history.</param>
/// <param name="Measures">By their names.</param>
internal sealed record MeasuredWork(
    DateOnly Date, string Machine, string Command, int Tenants, int CrowdTenants, IReadOnlyDictionary<string, int> Actions, IReadOnlyDictionary<string, double> Measures);

/// <summary>What the model is fed with, each from a file beside this one.</summary>
internal sealed record CapacityData(MeasuredWork Measured, IReadOnlyList<Volume> Volumes, PriceList PriceList, IReadOnlyList<Limit> Limits)
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private static readonly Lazy<CapacityData> s_default = new(() => new(
        Read<MeasuredWork>("measured"), Read<IReadOnlyList<Volume>>("volumes"), Read<PriceList>("prices"), Read<IReadOnlyList<Limit>>("limits")));

    public static CapacityData Default => s_default.Value;

    /// <exception cref="InvalidOperationException">There is none of that name.</exception>
    public double Volume(string id) => Volumes.Single(v => v.Id == id).Value;

    /// <inheritdoc cref="Volume"/>
    public double Price(string id) => PriceList.Prices.Single(p => p.Id == id).Amount;

    private static T Read<T>(string name)
    {
        using var file = typeof(CapacityData).Assembly.GetManifestResourceStream($"FleetChat.LocalHost.Capacity.{name}.json")!;
        return JsonSerializer.Deserialize<T>(file, s_json)!;
    }
}
