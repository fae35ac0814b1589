namespace Microsoft.DurableTask.Abstractions;

public static class TaskOrchestrationVersioningUtils
{
    /// <summary>By number where both are version numbers, else by text ignoring case; none is older than any.</summary>
    public static int CompareVersions(string sourceVersion, string otherVersion)
    {
        var (hasSource, hasOther) = (!string.IsNullOrWhiteSpace(sourceVersion), !string.IsNullOrWhiteSpace(otherVersion));
        if (!hasSource || !hasOther) return hasSource.CompareTo(hasOther);
        return System.Version.TryParse(sourceVersion, out var source) && System.Version.TryParse(otherVersion, out var other)
            ? source.CompareTo(other)
            : string.Compare(sourceVersion, otherVersion, StringComparison.OrdinalIgnoreCase);
    }
}
