namespace Microsoft.DurableTask.Abstractions;

public static class TaskOrchestrationVersioningUtils
{
    /// <summary>No version is below every version; two dotted ones compare as numbers, all others as text ignoring case.</summary>
    public static int CompareVersions(string sourceVersion, string otherVersion)
    {
        var (hasSource, hasOther) = (!string.IsNullOrWhiteSpace(sourceVersion), !string.IsNullOrWhiteSpace(otherVersion));
        if (!hasSource || !hasOther) return hasSource.CompareTo(hasOther);

        return Version.TryParse(sourceVersion, out var source) && Version.TryParse(otherVersion, out var other)
            ? source.CompareTo(other)
            : string.Compare(sourceVersion, otherVersion, StringComparison.OrdinalIgnoreCase);
    }
}
