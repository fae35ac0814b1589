using System.Reflection;

namespace FleetChat.Core.Data;

/// <summary>A script of <c>Data/Migrations</c>.</summary>
/// <param name="Name">The file's name; the journal keeps it.</param>
internal sealed record Migration(string Name, string Sql)
{
    private const string Folder = "FleetChat.Core.Data.Migrations.";

    /// <summary>All that this build brings, in order.</summary>
    public static IReadOnlyList<Migration> All { get; } = Read();

    private static List<Migration> Read()
    {
        var assembly = typeof(Migration).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => new Migration(name[Folder.Length..], ReadText(assembly, name)))
            .ToList();
    }

    private static string ReadText(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
