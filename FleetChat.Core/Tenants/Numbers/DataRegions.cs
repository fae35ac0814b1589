namespace FleetChat.Core.Tenants.Numbers;

/// <summary>Where a tenant's data lies.</summary>
/// <param name="MetaRegion">Meta's <c>data_localization_region</c> for it; null: wherever Meta keeps contents.</param>
/// <param name="SamsaraUrl">Where Samsara answers companies of that region.</param>
public sealed record DataRegion(string Name, string? MetaRegion, Uri SamsaraUrl);

public static class DataRegions
{
    private static readonly Uri s_american = new("https://api.samsara.com");
    private static readonly Uri s_european = new("https://api.eu.samsara.com");
    private static readonly DataRegion[] s_all = [new("us", null, s_american), new("eu", "DE", s_european), new("gb", "GB", s_european)];

    public static readonly IReadOnlyList<string> All = [.. s_all.Select(r => r.Name)];

    public static string Names => string.Join(", ", All);

    public static DataRegion? Find(string? name) => Array.Find(s_all, r => r.Name == name);
}
