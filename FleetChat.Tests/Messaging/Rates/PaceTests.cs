using CsCheck;
using FleetChat.Core.Messaging.Rates;
using FleetChat.Tests.Guards;

namespace FleetChat.Tests.Messaging.Rates;

/// <summary>The measures by themselves, over any course of events. FLEETCHAT_TEST_SIZE=long tries 100,000.</summary>
public sealed class PaceTests
{
    private static readonly int Courses = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 100_000 : 500;
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 15, 0, 0, TimeSpan.Zero);

    // Somebody wants to send so many, so many milliseconds later; some of it is received, and is never refused.
    private static readonly Gen<(int Rate, (int After, int Wanted, bool IsReceived)[] Course)> s_courses =
        Gen.Select(Gen.OneOf(Gen.Const(1), Gen.Const(2), Gen.Const(7), Gen.Const(20), Gen.Const(80)), Gen.Select(Gen.Int[0, 400], Gen.Int[1, 30], Gen.Int[0, 9].Select(i => i == 0)).Array[1, 80]);

    [Fact]
    public void No_second_holds_more_than_a_number_may_send() => s_courses.Sample(course =>
    {
        var (now, passed) = (Start, new List<(DateTimeOffset At, bool IsReceived)>());
        foreach (var (after, wanted, isReceived) in course.Course)
        {
            now += TimeSpan.FromMilliseconds(after);
            var window = passed.Where(p => p.At > now - NumberRate.Window).Select(p => p.At).ToList();
            var free = NumberRate.Of(course.Rate, window, now).Free;
            passed.AddRange(Enumerable.Repeat((now, isReceived), isReceived ? wanted : Math.Min(free, wanted)));
            // What is received may fill the second, but nothing is sent into one that is full.
            var sent = passed.Count(p => !p.IsReceived && p.At == now);
            Assert.True(sent == 0 || passed.Count(p => p.At > now - TimeSpan.FromSeconds(1)) <= course.Rate + (isReceived ? wanted : 0));
        }
    }, iter: Courses);

    [Fact]
    public void A_full_number_is_looked_at_when_there_is_room_and_uses_what_it_may() => Gen.OneOf(Gen.Const(1), Gen.Const(3), Gen.Const(20), Gen.Const(80), Gen.Const(1000)).Sample(rate =>
    {
        var (now, passed, sent) = (Start, new List<DateTimeOffset>(), 0);
        while (now < Start + TimeSpan.FromSeconds(20))
        {
            passed.RemoveAll(at => at <= now - NumberRate.Window);
            var room = NumberRate.Of(rate, passed, now);
            Assert.True(room.Free > 0);
            Assert.True(room.FullUntil > now);
            passed.AddRange(Enumerable.Repeat(now, room.Free));
            (sent, now) = (sent + room.Free, room.FullUntil);
        }
        Assert.True(sent >= 0.95 * 20 * rate);
    }, iter: 20);

    [Fact]
    [Catches(Guard.Rates)]
    public void Nobody_gets_more_than_the_pace_and_its_burst() => Gen.Int[0, 7_000].Array[1, 120].Sample(pauses =>
    {
        var (now, until, credit) = (Start, (DateTimeOffset?)null, (double)PairPace.Burst);
        foreach (var pause in pauses)
        {
            now += TimeSpan.FromMilliseconds(pause);
            // As Meta reckons: one every six seconds, and never more than the burst at once.
            credit = Math.Min(PairPace.Burst, credit + pause / 6000.0);
            if (PairPace.FindRest(until, now) is { } rest)
            {
                Assert.True(rest > now && rest <= now + PairPace.Interval);
                continue;
            }
            until = PairPace.After(until, now);
            Assert.True(credit >= 1 - 1e-6);
            credit--;
        }
    }, iter: Courses);

    private static readonly Gen<(int Limit, PortfolioMember[] Members)> s_portfolios =
        Gen.Select(Gen.Int[0, 1000], Gen.Select(Gen.Int[0, 300], Gen.Int[0, 300]).Array[1, 12].Select(all => all.Select((m, i) => new PortfolioMember($"t{i}", m.Item1, m.Item2)).ToArray()));

    [Fact]
    public void A_portfolio_never_gives_more_than_it_has() => s_portfolios.Sample(p =>
    {
        foreach (var member in p.Members)
            Assert.InRange(PortfolioShare.FreeFor(member.Tenant, p.Limit, p.Members), 0, Math.Max(0, p.Limit - p.Members.Sum(m => m.Used)));
    }, iter: Courses);

    [Fact]
    public void Who_takes_all_that_he_may_leaves_the_others_what_they_need_or_their_equal_part() => s_portfolios.Sample(p =>
    {
        PortfolioMember[] before = [.. p.Members.Select(m => m with { Used = 0 })];
        var greedy = PortfolioShare.FreeFor("t0", p.Limit, before);
        var after = before.Select(m => m.Tenant == "t0" ? m with { Used = greedy } : m).ToArray();
        foreach (var member in p.Members.Where(m => m.Tenant != "t0"))
            Assert.True(PortfolioShare.FreeFor(member.Tenant, p.Limit, after) >= Math.Min(member.Needed, p.Limit / p.Members.Length) - p.Members.Length);
    }, iter: Courses);

    [Fact]
    public void What_nobody_else_needs_is_his_who_asks() => Gen.Select(Gen.Int[0, 1000], Gen.Int[1, 20]).Sample((limit, companies) =>
    {
        var free = PortfolioShare.FreeFor("t0", limit, [.. Enumerable.Range(0, companies).Select(i => new PortfolioMember($"t{i}", 0, 0))]);
        Assert.InRange(free, limit * 0.95 - 1, limit);
    }, iter: Courses);
}
