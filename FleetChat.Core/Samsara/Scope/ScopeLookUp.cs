using System.Text.Json;
using FleetChat.Core.Inbox;
using FleetChat.Core.Samsara.Polling;

namespace FleetChat.Core.Samsara.Scope;

/// <summary>Asks Samsara what lies inside the company's tag. Of what it answers only that is kept.</summary>
public sealed class ScopeLookUp(ISamsaraClient samsara)
{
    /// <summary>In one look at the routes: those of the others are judged at the next.</summary>
    private const int MostAtOnce = 20;

    /// <returns>Of each route, by id, whether it lies inside; null where that could not be looked up now.</returns>
    internal async Task<JudgedRoutes> JudgeRoutesAsync(LookAt at, IReadOnlyList<JsonElement> routes, CancellationToken ct)
    {
        if (at.Tenant.SamsaraGroupId.Length == 0) return new(at, routes.ToDictionary(r => r.Id("id")!, _ => (bool?)true), new Dictionary<ScopeSubject, ScopeVerdict>());
        var cache = new ScopeCache(at.Db, at.Key, at.Tenant.SamsaraGroupId);
        var known = await cache.FindAsync(routes.SelectMany(r => SubjectsOf(r).Concat(TagsOf(r))), at.Time, ct);
        var fresh = new Dictionary<ScopeSubject, ScopeVerdict>();
        foreach (var subject in routes.SelectMany(SubjectsOf).Distinct().Where(s => known[s].Verdict is null).Take(MostAtOnce))
        {
            try
            {
                fresh[subject] = await LookAsync(at.Access, cache, subject, at.Time, ct);
            }
            catch (SamsaraException exception)
            {
                // The list of routes was whole all the same: those that depend on this one wait.
                if (exception.Failure is SamsaraFailure.RateLimited or SamsaraFailure.Refused) break;
            }
        }
        return new(at, routes.ToDictionary(r => r.Id("id")!, r => TagScope.IsInside(
            [OfRouteTags(cache.Group, r, tag => known[tag].Verdict == ScopeVerdict.Inside), .. SubjectsOf(r).Select(s => fresh.TryGetValue(s, out var verdict) ? verdict : known[s].Verdict)])), fresh);
    }

    /// <summary>All drivers and vehicles inside the tag, and the tags below it that they bear.</summary>
    internal async Task<Insiders> ListInsidersAsync(LookAt at, IReadOnlyList<JsonElement> drivers, CancellationToken ct)
    {
        var group = at.Tenant.SamsaraGroupId;
        if (group.Length == 0) return new(at, []);
        var vehicles = await samsara.ListVehiclesAsync(at.Access, group, ct);
        var tags = TagScope.FindInside(group, drivers.Concat(vehicles).Select(SamsaraTag.ListOf).OfType<IReadOnlyList<SamsaraTag>>());
        return new(at, [.. IdsOf(ScopeSubjects.Driver, drivers), .. IdsOf(ScopeSubjects.Vehicle, vehicles), .. tags.Select(tag => new ScopeSubject(ScopeSubjects.Tag, tag))]);
    }

    /// <exception cref="SamsaraException">It could not be looked up.</exception>
    internal Task<ScopeVerdict> LookAsync(SamsaraAccess access, ScopeCache cache, ScopeSubject subject, DateTimeOffset now, CancellationToken ct) => subject.Kind switch
    {
        ScopeSubjects.Driver => LookAsync(cache, () => samsara.GetDriverAsync(access, subject.Id, ct), () => ListDriversAsync(access, cache.Group, ct), ScopeVerdict.Outside, subject, now, ct),
        ScopeSubjects.Vehicle => LookAsync(cache, () => samsara.GetVehicleAsync(access, subject.Id, ct), () => samsara.ListVehiclesAsync(access, cache.Group, ct), ScopeVerdict.Outside, subject, now, ct),
        ScopeSubjects.Asset => LookAsync(cache, () => samsara.GetVehicleAsync(access, subject.Id, ct), () => samsara.ListVehiclesAsync(access, cache.Group, ct), ScopeVerdict.Untagged, subject, now, ct),
        _ => LookAtRouteAsync(access, cache, subject.Id, now, ct),
    };

    /// <param name="missing">What it means that Samsara shows no such thing to this company.</param>
    private static async Task<ScopeVerdict> LookAsync(
        ScopeCache cache, Func<Task<JsonElement>> get, Func<Task<IReadOnlyList<JsonElement>>> list, ScopeVerdict missing, ScopeSubject subject, DateTimeOffset now, CancellationToken ct)
    {
        try
        {
            var tags = SamsaraTag.ListOf(await get()) ?? [];
            var known = await cache.FindAsync(tags.SelectMany(tag => new[] { tag.Id, tag.ParentId }).OfType<string>().Select(tag => new ScopeSubject(ScopeSubjects.Tag, tag)), now, ct);
            // Deeper than its parent shows: Samsara's own filter knows the whole tree.
            return TagScope.OfTags(cache.Group, tags, tag => known[new(ScopeSubjects.Tag, tag)].Verdict == ScopeVerdict.Inside)
                ?? ((await list()).Any(item => item.Id("id") == subject.Id) ? ScopeVerdict.Inside : ScopeVerdict.Outside);
        }
        catch (SamsaraException exception) when (exception.Failure == SamsaraFailure.NotFound)
        {
            return missing;
        }
    }

    /// <summary>A route that is deleted says nothing any more: whoever its event names does.</summary>
    private async Task<ScopeVerdict> LookAtRouteAsync(SamsaraAccess access, ScopeCache cache, string id, DateTimeOffset now, CancellationToken ct)
    {
        JsonElement route;
        try
        {
            route = await samsara.GetRouteAsync(access, id, ct);
        }
        catch (SamsaraException exception) when (exception.Failure == SamsaraFailure.NotFound)
        {
            return ScopeVerdict.Untagged;
        }
        var known = await cache.FindAsync(TagsOf(route).Concat(SubjectsOf(route)), now, ct);
        var verdicts = new List<ScopeVerdict?> { OfRouteTags(cache.Group, route, tag => known[tag].Verdict == ScopeVerdict.Inside) };
        foreach (var subject in SubjectsOf(route)) verdicts.Add(known[subject].Verdict ?? await LookAsync(access, cache, subject, now, ct));
        return TagScope.IsInside(verdicts) == true ? ScopeVerdict.Inside : verdicts.TrueForAll(v => v == ScopeVerdict.Untagged) ? ScopeVerdict.Untagged : ScopeVerdict.Outside;
    }

    // A route shows its tags' ids only. One that is not known to lie inside decides nothing: it may lie below the company's tag,
    // and then whoever drives the route does too.
    private static ScopeVerdict OfRouteTags(string group, JsonElement route, Func<ScopeSubject, bool> isKnownInside)
        => TagsOf(route).Any(tag => tag.Id == group || isKnownInside(tag)) ? ScopeVerdict.Inside : ScopeVerdict.Untagged;

    private static IEnumerable<ScopeSubject> TagsOf(JsonElement route) => route.Items("tagIds").Where(t => t.ValueKind == JsonValueKind.String)
        .Select(t => t.GetString()!).Where(t => t.Length is > 0 and <= 100).Select(t => new ScopeSubject(ScopeSubjects.Tag, t));

    private static IEnumerable<ScopeSubject> SubjectsOf(JsonElement route)
    {
        if (route.Member("driver").Id("id") is { } driver) yield return new(ScopeSubjects.Driver, driver);
        if (route.Member("vehicle").Id("id") is { } vehicle) yield return new(ScopeSubjects.Vehicle, vehicle);
    }

    private async Task<IReadOnlyList<JsonElement>> ListDriversAsync(SamsaraAccess access, string group, CancellationToken ct)
        => [.. await samsara.ListDriversAsync(access, isActive: true, group, ct), .. await samsara.ListDriversAsync(access, isActive: false, group, ct)];

    private static IEnumerable<ScopeSubject> IdsOf(string kind, IReadOnlyList<JsonElement> items) => items.Select(i => i.Id("id")).OfType<string>().Select(id => new ScopeSubject(kind, id));
}

/// <param name="Fresh">What was looked up for it, to be kept.</param>
internal sealed record JudgedRoutes(LookAt At, IReadOnlyDictionary<string, bool?> Verdicts, IReadOnlyDictionary<ScopeSubject, ScopeVerdict> Fresh)
{
    public Task WriteAsync(Processing processing, CancellationToken ct) => Fresh.Count == 0
        ? Task.CompletedTask
        : new ScopeCache(processing.Db, processing.Key, At.Tenant.SamsaraGroupId).PutAsync([.. Fresh.Select(f => (f.Key, f.Value))], At.Time, ct);
}

internal sealed record Insiders(LookAt At, IReadOnlyList<ScopeSubject> Subjects)
{
    public Task WriteAsync(Processing processing, CancellationToken ct) => At.Tenant.SamsaraGroupId.Length == 0
        ? Task.CompletedTask
        : new ScopeCache(processing.Db, processing.Key, At.Tenant.SamsaraGroupId).PutInsidersAsync(Subjects, At.Time, ct);
}
