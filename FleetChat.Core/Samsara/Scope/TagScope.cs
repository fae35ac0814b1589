using System.Text.Json;

namespace FleetChat.Core.Samsara.Scope;

/// <summary>Whether something of Samsara's lies inside the company's tag.</summary>
public enum ScopeVerdict
{
    Inside,
    Outside,

    /// <summary>It bears no tag, so it is nobody's: what it comes with decides.</summary>
    Untagged,
}

/// <param name="ParentId">The tag above it, as far as Samsara shows it; nothing shows the one above that.</param>
public sealed record SamsaraTag(string Id, string? ParentId)
{
    /// <returns>Null if nothing is said of tags, which is not the same as none.</returns>
    public static IReadOnlyList<SamsaraTag>? ListOf(JsonElement bearer) => bearer.Member("tags") is { ValueKind: JsonValueKind.Array } tags
        ? [.. tags.EnumerateArray().Select(tag => tag.Id("id") is { } id ? new SamsaraTag(id, tag.Id("parentTagId")) : null).OfType<SamsaraTag>()]
        : null;
}

/// <summary>The company's tag is its border: a tag below it counts as inside.</summary>
public static class TagScope
{
    /// <param name="isKnownInside">Whether a tag is known to lie below the company's.</param>
    /// <returns>Null if a tag may lie deeper than its parent shows.</returns>
    public static ScopeVerdict? OfTags(string group, IReadOnlyList<SamsaraTag> tags, Func<string, bool> isKnownInside)
    {
        if (tags.Count == 0) return ScopeVerdict.Untagged;
        if (tags.Any(tag => IsInside(tag.Id) || (tag.ParentId is { } parent && IsInside(parent)))) return ScopeVerdict.Inside;
        return tags.Any(tag => tag.ParentId is not null) ? null : ScopeVerdict.Outside;

        bool IsInside(string tag) => tag == group || isKnownInside(tag);
    }

    /// <summary>One thing that lies outside is enough, whatever else is named; what names nothing that lies inside is not ours either.</summary>
    /// <param name="verdicts">Of all that is named. Null: not looked up yet.</param>
    /// <returns>Null if that depends on what is not looked up yet.</returns>
    public static bool? IsInside(IReadOnlyCollection<ScopeVerdict?> verdicts)
    {
        if (verdicts.Contains(ScopeVerdict.Outside)) return false;
        if (verdicts.Contains(null)) return null;
        return verdicts.Contains(ScopeVerdict.Inside);
    }

    /// <summary>Which tags must lie below the company's, from things that do: the parent of a tag that lies inside may, a thing's only tag does.</summary>
    public static HashSet<string> FindInside(string group, IEnumerable<IReadOnlyList<SamsaraTag>> bearers)
    {
        var all = bearers.ToArray();
        HashSet<string> inside = [group, .. all.Where(tags => tags.Count == 1).Select(tags => tags[0].Id)];
        var parents = all.SelectMany(tags => tags).Where(tag => tag.ParentId is not null).DistinctBy(tag => tag.Id).ToArray();
        while (Array.Exists(parents, tag => inside.Contains(tag.ParentId!) && inside.Add(tag.Id))) { }
        return inside;
    }
}
