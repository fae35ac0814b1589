namespace FleetChat.Tests.AzureApi;

/// <summary>The public API of one assembly as PublicApiGenerator prints it.</summary>
public sealed record ApiFile(string Name, string Text)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "AzureApi", "data");

    /// <summary>The lists printed from the real Functions worker and Durable Task packages.</summary>
    public static IReadOnlyList<ApiFile> ReadReal()
        => [.. Directory.GetFiles(Folder, "*.txt").Order(StringComparer.Ordinal).Select(path => new ApiFile(Path.GetFileName(path), File.ReadAllText(path)))];
}
