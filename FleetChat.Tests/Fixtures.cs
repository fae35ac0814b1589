using System.Text.Json;

namespace FleetChat.Tests;

/// <summary>Real samples of the outside, in a folder <c>shared/fixtures</c> beside the clone. Where it is absent, the tests that read it are skipped.</summary>
public static class Fixtures
{
    public static string? Folder { get; } = FindFolder();

    public static JsonElement Read(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder!, name)));
        return document.RootElement.Clone();
    }

    /// <summary>The names below <see cref="Folder"/>, such as <c>samsara/webhook1_Ping.json</c>, that match a pattern.</summary>
    public static IReadOnlyList<string> List(string folder, string pattern)
        => [.. Directory.EnumerateFiles(Path.Combine(Folder!, folder), pattern).Select(file => $"{folder}/{Path.GetFileName(file)}").Order(StringComparer.Ordinal)];

    private static string? FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "fixtures");
            if (Directory.Exists(candidate))
                return candidate;
        }
        return null;
    }
}

/// <summary>A test that needs <see cref="Fixtures"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FixtureFactAttribute : FactAttribute
{
    public FixtureFactAttribute()
    {
        if (Fixtures.Folder is null)
            Skip = "there is no folder shared/fixtures beside this clone";
    }
}

/// <summary>A test with data that needs <see cref="Fixtures"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FixtureTheoryAttribute : TheoryAttribute
{
    public FixtureTheoryAttribute()
    {
        if (Fixtures.Folder is null)
            Skip = "there is no folder shared/fixtures beside this clone";
    }
}
