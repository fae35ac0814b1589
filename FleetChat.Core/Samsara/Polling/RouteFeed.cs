using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Samsara.Scope;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Samsara.Polling;

/// <summary>
/// Routes around now: Samsara tells nobody when one is assigned, changed or deleted. What changed since the last look is a fact;
/// one that is missing is looked for by itself, and gone only if Samsara says so.
/// </summary>
public sealed class RouteFeed(ISamsaraClient samsara, ScopeLookUp scope, TimeProvider time, IOptions<PollingOptions> options) : ISamsaraFeed
{
    private const string Feed = "routes";

    /// <summary>One by one, in one look: the rest is for the next.</summary>
    private const int MostSingly = 10;

    /// <summary>So late a route that never ended is forgotten.</summary>
    private static readonly TimeSpan LongestLate = TimeSpan.FromDays(7);

    public string Name => Feed;

    public TimeSpan Interval => options.Value.Routes;

    public async Task<Look> LookAsync(LookAt at, CancellationToken ct)
    {
        var window = (From: at.Time - options.Value.RoutesBack, To: at.Time + options.Value.RoutesAhead);
        var seen = at.IsFirst ? [] : await SeenSql.ListAsync(at.Db, Feed, ct);
        var listed = (await samsara.ListRoutesAsync(at.Access, window.From, window.To, ct)).Where(r => r.Id("id") is not null).DistinctBy(r => r.Id("id")).ToDictionary(r => r.Id("id")!);
        var singly = await LookSinglyAsync(at, Missing(seen, listed, window, at.Time), ct);
        foreach (var found in singly.Found) listed[found.Id("id")!] = found;

        var judged = await scope.JudgeRoutesAsync(at, [.. listed.Values], ct);
        var inside = listed.Values.Where(r => judged.Verdicts[r.Id("id")!] == true).Select(r => ToSeen(at, r)).ToList();
        var changed = inside.FindAll(i => !seen.TryGetValue(i.Seen.Id, out var known) || !known.Content.AsSpan().SequenceEqual(i.Seen.Content));
        // Given to somebody outside of the company's tag: for the company it is gone.
        string[] gone = [.. singly.Gone, .. seen.Keys.Where(id => judged.Verdicts.TryGetValue(id, out var verdict) && verdict == false)];
        string[] over = [.. seen.Values.Where(s => !listed.ContainsKey(s.Id) && IsOver(s, window.From, at.Time)).Select(s => s.Id)];
        List<Seen> put = [.. changed.Select(c => c.Seen), .. singly.Looked.Where(id => !gone.Contains(id) && !changed.Exists(c => c.Seen.Id == id)).Select(id => seen[id] with { LookedAt = at.Time })];

        var look = time.NewId();
        InboxItem[] facts =
        [
            .. changed.Select(c => PolledFact.Of(SamsaraEvents.RouteSeen, look, c.Seen.Id, LaneKeyOf(c.Route), at.IsFirst, at.Time, writer => writer.WriteRaw("route", c.Route))),
            .. gone.Select(id => PolledFact.Of(SamsaraEvents.RouteGone, look, id, id, at.IsFirst, at.Time, writer => writer.WriteString("route_id", id))),
        ];
        return new($"routes: {listed.Count}, changed {changed.Count}, gone {gone.Length}", async (processing, token) =>
        {
            await SeenSql.WriteAsync(processing.Db, Feed, at.IsFirst, put, [.. gone, .. over], token);
            await judged.WriteAsync(processing, token);
            await processing.StoreAsync(facts, token);
        });
    }

    // The longest not looked at first. Routes that end late have left the window while they are under way.
    private static List<Seen> Missing(Dictionary<string, Seen> seen, Dictionary<string, JsonElement> listed, (DateTimeOffset From, DateTimeOffset To) window, DateTimeOffset now)
        => [.. seen.Values.Where(s => !s.IsOver && !listed.ContainsKey(s.Id) && !(s.StartsAt > window.To) && !IsOver(s, window.From, now)).OrderBy(s => s.LookedAt).Take(MostSingly)];

    private static bool IsOver(Seen seen, DateTimeOffset from, DateTimeOffset now) => seen.EndsAt < from && (seen.IsOver || seen.EndsAt < now - LongestLate);

    private async Task<(List<JsonElement> Found, List<string> Gone, List<string> Looked)> LookSinglyAsync(LookAt at, List<Seen> missing, CancellationToken ct)
    {
        var (found, gone) = (new List<JsonElement>(), new List<string>());
        foreach (var route in missing)
        {
            try
            {
                found.Add(await samsara.GetRouteAsync(at.Access, route.Id, ct));
            }
            catch (SamsaraException exception) when (exception.Failure == SamsaraFailure.NotFound)
            {
                gone.Add(route.Id);
            }
            catch (SamsaraException)
            {
                // Neither there nor gone. The list was whole all the same.
            }
        }
        return (found.FindAll(r => missing.Exists(m => m.Id == r.Id("id"))), gone, [.. missing.Select(m => m.Id)]);
    }

    private static (Seen Seen, JsonElement Route) ToSeen(LookAt at, JsonElement route)
        => (new(route.Id("id")!, SeenContent.Index(at.Key, route), route.Time("scheduledRouteStartTime"), route.Time("scheduledRouteEndTime"), IsThrough(route), at.Time), route);

    private static bool IsThrough(JsonElement route)
        => route.Time("actualRouteEndTime") is not null || (route.Items("stops").Any() && route.Items("stops").All(s => s.Text("state") is "departed" or "skipped"));

    private static string LaneKeyOf(JsonElement route) => route.Member("driver").Id("id") ?? route.Member("vehicle").Id("id") ?? route.Id("id")!;
}
