using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using FleetChat.Core.Messaging;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Tests.Messaging;

/// <summary>WhatsApp's window of 24 hours, where its clock and ours differ and webhooks come late. FLEETCHAT_TEST_SIZE=long tries 100,000 of each.</summary>
public sealed class WindowTests
{
    private static readonly int Cases = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 100_000 : 1000;

    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Meta = TimeSpan.FromHours(24);

    /// <summary>As far as clocks may differ, with a call under way.</summary>
    private static readonly TimeSpan Tolerated = Meta - SendPolicy.Window - SendLane.CallTimeout - TimeSpan.FromSeconds(1);

    /// <summary>By WhatsApp's clock: when he wrote, how late we hear of it and by how much our clock is ahead, and when we look.</summary>
    private static readonly Gen<(TimeSpan Late, TimeSpan Ahead, TimeSpan After)> Moments = Gen.Select(
        Gen.OneOf(Gen.Double[0, 5], Gen.Double[0, 7 * 24 * 3600]).Select(TimeSpan.FromSeconds),
        Gen.OneOf(Gen.Double[-1, 1], Gen.Const(1.0), Gen.Const(-1.0)).Select(part => Tolerated * part),
        Gen.OneOf(Gen.Double[0, 60 * 3600], Gen.Double[23.7 * 3600, 24.1 * 3600]).Select(TimeSpan.FromSeconds));

    [Fact]
    public void Window_that_we_call_open_is_open_when_the_call_comes_to_WhatsApp() => Moments.Sample(m =>
    {
        var (late, ahead, after) = m;
        if (after >= late && SendPolicy.IsWindowOpen(Read(Start, Start + late + ahead), Start + after + ahead))
            Assert.True(after + SendLane.CallTimeout < Meta);
    }, iter: Cases);

    [Fact]
    public void Window_that_we_call_closed_had_at_most_ten_minutes_left() => Moments.Sample(m =>
    {
        var (late, ahead, after) = m;
        if (after >= late && !SendPolicy.IsWindowOpen(Read(Start, Start + late + ahead), Start + after + ahead))
            Assert.True(Meta - after <= TimeSpan.FromMinutes(10));
    }, iter: Cases);

    /// <summary>However wrong the clock is that the message's time was read from.</summary>
    [Fact]
    public void Time_that_is_still_to_come_opens_no_window_beyond_a_day_after_we_heard() => Gen.Select(Gen.Double[-30, 30].Select(TimeSpan.FromDays), Gen.Double[0, 48].Select(TimeSpan.FromHours)).Sample(m =>
    {
        var (said, after) = m;
        var isOpen = SendPolicy.IsWindowOpen(Read(Start + said, Start), Start + after);
        Assert.True(!isOpen || after < SendPolicy.Window);
        Assert.True(isOpen || after >= SendPolicy.Window || said < TimeSpan.Zero);
    }, iter: Cases);

    /// <returns>When he wrote, as far as we believe it.</returns>
    private static DateTimeOffset Read(DateTimeOffset said, DateTimeOffset receivedAt)
    {
        using var message = JsonDocument.Parse(new JsonObject { ["message"] = Payloads.Text("15125550101", "hello", "wamid.1", said.ToUnixTimeSeconds()) }.ToJsonString());
        return InboundMessage.TryRead(message.RootElement, receivedAt)!.SentAt;
    }
}
