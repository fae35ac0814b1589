using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CsCheck;
using FleetChat.Core.Data;
using Xunit.Abstractions;

namespace FleetChat.Tests.Messaging.Rules;

/// <summary>
/// One day's events in any order, up to fifteen minutes late and some of them twice: transports end alike, and drivers get nothing that
/// they would not have got in order. FLEETCHAT_TEST_SIZE=long tries 1,000 orders.
/// </summary>
public sealed partial class ConfluenceTests(FleetFixture fixture, ITestOutputHelper output) : IClassFixture<FleetFixture>
{
    private static readonly int Orders = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 1000 : 3;
    private static readonly Gen<Late[]> Lateness = Gen.Select(Gen.Int[0, 15 * 60], Gen.Int[0, 15 * 60], Gen.Bool, (late, again, twice) => new Late(late, twice ? again : null)).Array[Events];

    private const int Stops = 2;
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(3);
    private const int Events = Stops * 3;

    [Fact]
    public async Task Events_of_a_day_end_alike_in_whatever_order_they_come()
    {
        var ordered = await PlayAsync([.. Enumerable.Repeat(new Late(0, null), Events)]);
        Assert.NotEmpty(ordered.Messages);
        await Lateness.SampleAsync(async lateness =>
        {
            var mixed = await PlayAsync(lateness);
            Assert.Equal(ordered.State, mixed.State);
            Assert.Equal(mixed.Messages.Distinct(), mixed.Messages);
            Assert.Empty(mixed.Messages.Except(ordered.Messages));
            // What is missing was overtaken by a later fact about the same stop, and the log says so.
            Assert.All(ordered.Messages.Except(mixed.Messages), missing => Assert.Contains(StopOf(missing), mixed.Overtaken));
        }, iter: Orders, threads: 1, print: lateness => string.Join(" ", lateness.Select(l => $"{l.Seconds}{(l.Again is { } again ? $"+{again}" : "")}")));
        output.WriteLine($"{Orders} orders of {Events} events, {ordered.Messages.Count} messages in order");
    }

    /// <param name="Seconds">After it happened it is heard of.</param>
    /// <param name="Again">So late a second time; null: once.</param>
    private sealed record Late(int Seconds, int? Again);

    private sealed record Outcome(IReadOnlyList<string> State, IReadOnlyList<string> Messages, IReadOnlySet<string> Overtaken);

    private async Task<Outcome> PlayAsync(IReadOnlyList<Late> lateness)
    {
        var day = await RuleDay.StartAsync(fixture.Fleet);
        await MorningAsync(day);
        var begin = day.Now;
        await day.SeeAsync(day.Route("800", "11", [.. Enumerable.Range(1, Stops).Select(n => RuleDay.Stop($"800{n}", $"Place {n}", begin.AddHours(2 * n)))]));
        await day.PassAsync(TimeSpan.FromMinutes(6), Step);

        foreach (var (heard, kind, details) in Schedule(begin, lateness).OrderBy(e => e.Heard))
        {
            if (heard > day.Now) await day.PassAsync(heard - day.Now, Step);
            await day.HearStopAsync(kind, "800", "11", details);
        }
        await day.PassAsync(TimeSpan.FromMinutes(70), Step);
        return await ReadAsync(day, begin);
    }

    // The fixture's clock goes on from day to day; each begins at eight in the morning there.
    private static async Task MorningAsync(RuleDay day)
    {
        var chicago = TimeZoneInfo.FindSystemTimeZoneById("America/Chicago");
        var local = TimeZoneInfo.ConvertTime(day.Now, chicago).Date.AddDays(1).AddHours(8);
        await day.PassAsync(new DateTimeOffset(local, chicago.GetUtcOffset(local)) - day.Now);
    }

    private static IEnumerable<(DateTimeOffset Heard, string Kind, JsonObject Details)> Schedule(DateTimeOffset begin, IReadOnlyList<Late> lateness)
    {
        var number = 0;
        for (var stop = 1; stop <= Stops; stop++)
        {
            var planned = begin.AddHours(2 * stop);
            var (slipped, arrived, departed) = (planned.AddMinutes(-50), planned.AddMinutes(25), planned.AddMinutes(55));
            foreach (var (at, kind, details) in new (DateTimeOffset, string, Func<JsonObject>)[]
            {
                (slipped, "RouteStopEtaUpdated", () => new() { ["id"] = $"800{stop}", ["state"] = "en route", ["eta"] = RuleDay.Text(arrived), ["scheduledArrivalTime"] = RuleDay.Text(planned) }),
                (arrived, "RouteStopArrival", () => new() { ["id"] = $"800{stop}", ["state"] = "arrived", ["actualArrivalTime"] = RuleDay.Text(arrived) }),
                (departed, "RouteStopDeparture", () => new() { ["id"] = $"800{stop}", ["state"] = "departed", ["actualArrivalTime"] = RuleDay.Text(arrived), ["actualDepartureTime"] = RuleDay.Text(departed) }),
            })
            {
                var late = lateness[number++];
                yield return (at.AddSeconds(late.Seconds), kind, details());
                if (late.Again is { } again) yield return (at.AddSeconds(again), kind, details());
            }
        }
    }

    private async Task<Outcome> ReadAsync(RuleDay day, DateTimeOffset begin)
    {
        var db = fixture.Fleet.Db(day.Company);
        var state = await db.ListAsync(
            """
            select s.samsara_stop_id, s.state, s.arrived_at, s.departed_at, t.status
            from fleet.stops s
            join fleet.transports t on t.tenant_id = s.tenant_id and t.id = s.transport_id
            where s.tenant_id = $1
            order by s.samsara_stop_id
            """, r => $"{r.GetString(0)} {r.GetString(1)} {Since(begin, r.TimeOrNull(2))} {Since(begin, r.TimeOrNull(3))} {r.GetString(4)}", default);
        var messages = await db.ListAsync("select effect_key from fleet.message_logs where tenant_id = $1 and direction = 'outbound' and status not in ('expired', 'refused') order by effect_key",
            r => Varying().Replace(r.GetString(0), ""), default);
        var overtaken = await db.ListAsync(
            """
            select s.samsara_stop_id
            from fleet.transport_events e
            join fleet.stops s on s.tenant_id = e.tenant_id and s.id = e.stop_id
            where e.tenant_id = $1
              and e.what = 'stop_departed'
            """, r => r.GetString(0), default);
        return new(state, messages, overtaken.ToHashSet());
    }

    private static string Since(DateTimeOffset begin, DateTimeOffset? time) => time is { } at ? (at - begin).TotalMinutes.ToString("0", CultureInfo.InvariantCulture) : "-";

    private static string StopOf(string effectKey) => effectKey.Split(':') is ["stop", var stop, ..] ? stop : "";

    // Ids of the day's own rows, and times: the same message of another day.
    [GeneratedRegex("[0-9a-f]{32}|[0-9]{8}T[0-9.]+|:[0-9]{9,}")]
    private static partial Regex Varying();
}
