namespace FleetChat.Core.Tenants.Numbers;

/// <summary>Where a tenant's data lies.</summary>
/// <param name="MetaRegion">Meta's <c>data_localization_region</c> for it; null: wherever Meta keeps contents.</param>
public sealed record DataRegion(string Name, string? MetaRegion);

public static class DataRegions
{
    private static readonly DataRegion[] s_all = [new("us", null), new("eu", "DE"), new("gb", "GB")];

    public static string Names => string.Join(", ", s_all.Select(r => r.Name));

    public static DataRegion? Find(string? name) => Array.Find(s_all, r => r.Name == name);
}
