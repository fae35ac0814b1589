using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CsCheck;
using FleetChat.Core.Data;
using FleetChat.Tests.Messaging.Rules;
using Xunit.Abstractions;

namespace FleetChat.Tests.Transports;

/// <summary>
/// A truck's day with a swap: events come in any order, up to fifteen minutes late and some of them twice, and so does what is seen of
/// who is on board. The trip ends alike, and nobody gets what he would not have got in order. FLEETCHAT_TEST_SIZE=long tries 1,000 orders.
/// </summary>
public sealed partial class CrewConfluenceTests(ITestOutputHelper output)
{
    private const int Stops = 2;
    private const int Facts = (Stops * 3) + 1;
    private static readonly int Orders = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 1000 : 2;
    private static readonly Gen<Late[]> Lateness = Gen.Select(Gen.Int[0, 15 * 60], Gen.Int[0, 15 * 60], Gen.Bool, (late, again, twice) => new Late(late, twice ? again : null)).Array[Facts];
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(3);

    /// <summary>After the first stop was left, whatever came late of it.</summary>
    private static readonly TimeSpan Swap = TimeSpan.FromMinutes(220);

    [Fact]
    public async Task Swap_among_the_events_of_a_day_ends_alike_in_whatever_order_they_come()
    {
        var ordered = await PlayAsync([.. Enumerable.Repeat(new Late(0, null), Facts)]);
        Assert.Contains("route:::route_reassigned:2 to 11", ordered.Messages);
        Assert.Contains("route:::route_assigned:1 to 12", ordered.Messages);
        await Lateness.SampleAsync(async lateness =>
        {
            var mixed = await PlayAsync(lateness);
            Assert.Equal(ordered.State, mixed.State);
            Assert.Equal(mixed.Messages.Distinct(), mixed.Messages);
            Assert.Empty(mixed.Messages.Except(ordered.Messages));
            // What is missing was overtaken by a later fact about the same stop, and the log says so.
            Assert.All(ordered.Messages.Except(mixed.Messages), missing => Assert.Contains(missing.Split(':')[1], mixed.Left));
        }, iter: Orders, threads: 1, print: lateness => string.Join(" ", lateness.Select(l => $"{l.Seconds}{(l.Again is { } again ? $"+{again}" : "")}")));
        output.WriteLine($"{Orders} orders of {Facts} facts, {ordered.Messages.Count} messages in order");
    }

    /// <param name="Seconds">After it happened it is heard of.</param>
    /// <param name="Again">So late a second time; null: once.</param>
    private sealed record Late(int Seconds, int? Again);

    private sealed record Outcome(IReadOnlyList<string> State, IReadOnlyList<string> Messages, IReadOnlySet<string> Left);

    private static async Task<Outcome> PlayAsync(IReadOnlyList<Late> lateness)
    {
        await using var day = await CrewDay.StartAsync();
        day.Board("11");
        await day.Rules.SeeAsync(Route(day));
        await day.Rules.PassAsync(TimeSpan.FromMinutes(6), Step);

        var hasSwapped = false;
        foreach (var (heard, happen) in Schedule(day, lateness).OrderBy(f => f.Heard))
        {
            if (!hasSwapped && heard >= CrewDay.Start + Swap)
            {
                await PassUntilAsync(day, CrewDay.Start + Swap);
                day.Board("12");
                hasSwapped = true;
            }
            await PassUntilAsync(day, heard);
            await happen();
        }
        await day.Rules.PassAsync(TimeSpan.FromMinutes(70), Step);
        return await ReadAsync(day);
    }

    private static JsonObject Route(CrewDay day)
    {
        var route = day.Rules.Route("800", null, [.. Enumerable.Range(1, Stops).Select(n => RuleDay.Stop($"800{n}", $"Place {n}", CrewDay.Start.AddHours(2 * n)))]);
        route["vehicle"] = new JsonObject { ["id"] = CrewDay.Truck };
        return route;
    }

    private static Task PassUntilAsync(CrewDay day, DateTimeOffset time) => time > day.Now ? day.Rules.PassAsync(time - day.Now, Step) : Task.CompletedTask;

    private static IEnumerable<(DateTimeOffset Heard, Func<Task> Happen)> Schedule(CrewDay day, IReadOnlyList<Late> lateness)
    {
        var number = 0;
        foreach (var (at, happen) in Happenings(day))
        {
            var late = lateness[number++];
            yield return (at.AddSeconds(late.Seconds), happen);
            if (late.Again is { } again) yield return (at.AddSeconds(again), happen);
        }
    }

    private static IEnumerable<(DateTimeOffset At, Func<Task> Happen)> Happenings(CrewDay day)
    {
        for (var number = 1; number <= Stops; number++)
        {
            var (stop, planned) = ($"800{number}", CrewDay.Start.AddHours(2 * number));
            var (slipped, arrived, departed) = (planned.AddMinutes(-50), planned.AddMinutes(25), planned.AddMinutes(55));
            yield return (slipped, () => Hear("RouteStopEtaUpdated", new() { ["id"] = stop, ["state"] = "en route", ["eta"] = RuleDay.Text(arrived), ["scheduledArrivalTime"] = RuleDay.Text(planned) }));
            yield return (arrived, () => Hear("RouteStopArrival", new() { ["id"] = stop, ["state"] = "arrived", ["actualArrivalTime"] = RuleDay.Text(arrived) }));
            yield return (departed, () => Hear("RouteStopDeparture", new() { ["id"] = stop, ["state"] = "departed", ["actualArrivalTime"] = RuleDay.Text(arrived), ["actualDepartureTime"] = RuleDay.Text(departed) }));
        }
        yield return (CrewDay.Start + Swap, async () =>
        {
            await day.LookAsync();
            await day.RepeatAsync();
        });

        Task Hear(string kind, JsonObject details) => day.Rules.HearStopAsync(kind, "800", null, details);
    }

    private static async Task<Outcome> ReadAsync(CrewDay day)
    {
        var db = day.Fleet.Db(day.Company);
        var state = await day.ListAsync("""
            select s.samsara_stop_id || ' ' || s.state || ' ' || coalesce(s.arrived_at::text, '-') || ' ' || coalesce(s.departed_at::text, '-') || ' ' || t.status
            from fleet.stops s
            join fleet.transports t on t.tenant_id = s.tenant_id and t.id = s.transport_id
            where s.tenant_id = $1
            order by s.samsara_stop_id
            """);
        var messages = await db.ListAsync("""
            select m.effect_key, d.samsara_driver_id
            from fleet.message_logs m
            join fleet.drivers d on d.tenant_id = m.tenant_id and d.id = m.driver_id
            where m.tenant_id = $1
              and m.direction = 'outbound'
              and m.status not in ('expired', 'refused')
            order by m.effect_key
            """, r => string.Create(CultureInfo.InvariantCulture, $"{Varying().Replace(r.GetString(0), "")} to {r.GetString(1)}"), default);
        var left = await day.ListAsync("""
            select s.samsara_stop_id
            from fleet.transport_events e
            join fleet.stops s on s.tenant_id = e.tenant_id and s.id = e.stop_id
            where e.tenant_id = $1
              and e.what = 'stop_departed'
            """);
        return new([.. state, .. await day.CrewsAsync()], messages, left.ToHashSet());
    }

    // Ids of the day's own rows, and times: the same message of another day.
    [GeneratedRegex("[0-9a-f]{32}|[0-9]{8}T[0-9.]+|:[0-9]{9,}")]
    private static partial Regex Varying();
}
