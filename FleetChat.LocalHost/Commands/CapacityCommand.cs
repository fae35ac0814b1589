using FleetChat.LocalHost.Capacity;

namespace FleetChat.LocalHost.Commands;

internal sealed record CapacityOptions : ViewOptions
{
    /// <summary>Null: the sizes of docs/scale.md.</summary>
    public int? Tenants { get; init; }
}

/// <summary>What so many companies need and cost, by what was measured of one thing each. Starts nothing and asks nobody.</summary>
internal static class CapacityCommand
{
    public static void Run(CapacityOptions options)
    {
        var model = new CapacityModel(CapacityData.Default);
        IReadOnlyList<int> sizes = options.Tenants is { } tenants ? [tenants] : CapacityPage.Sizes;
        var needed = sizes.Select(model.Of).ToList();
        if (options.Json) Output.WriteJson(needed);
        else Console.Write(CapacityPage.Tables(CapacityData.Default, needed));
    }
}
