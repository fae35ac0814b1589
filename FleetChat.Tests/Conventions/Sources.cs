using Microsoft.CodeAnalysis;

namespace FleetChat.Tests.Conventions;

public static class Sources
{
    /// <summary>The framework and every package that the tests themselves run with.</summary>
    public static IReadOnlyList<MetadataReference> PlatformReferences { get; } =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("FleetChat.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];
}
