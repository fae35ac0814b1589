using FleetChat.Core.Messaging;

namespace FleetChat.Tests.Messaging;

public sealed class SendPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly SendFacts Fine = new(IsTemplate: false, "granted", "active", null, Now.AddHours(-1), Now.AddHours(1));

    [Fact]
    public void A_text_inside_the_window_to_a_driver_who_agreed_may_go_out() => Assert.Null(SendPolicy.FindObjection(Fine, Now));

    [Theory]
    [InlineData(23 * 60 + 54, null)]
    [InlineData(23 * 60 + 55, "window_closed")]
    [InlineData(24 * 60, "window_closed")]
    public void The_window_closes_five_minutes_early(int minutesSinceInbound, string? reason)
        => Assert.Equal(reason, SendPolicy.FindObjection(Fine with { LastInboundAt = Now.AddMinutes(-minutesSinceInbound) }, Now)?.Reason);

    [Fact]
    public void A_template_needs_no_window() => Assert.Null(SendPolicy.FindObjection(Fine with { IsTemplate = true, LastInboundAt = null }, Now));

    [Fact]
    public void Who_never_wrote_has_no_window() => Assert.Equal("window_closed", SendPolicy.FindObjection(Fine with { LastInboundAt = null }, Now)?.Reason);

    [Theory]
    [InlineData("unknown")]
    [InlineData("asked")]
    [InlineData("declined")]
    [InlineData("withdrawn")]
    public void Only_granted_consent_lets_a_message_out(string consent) => Assert.Equal("no_consent", SendPolicy.FindObjection(Fine with { Consent = consent }, Now)?.Reason);

    [Fact]
    public void Stop_silences_the_phone_for_all_who_share_it() => Assert.Equal("opted_out", SendPolicy.FindObjection(Fine with { StoppedAt = Now }, Now)?.Reason);

    [Fact]
    public void What_is_no_longer_true_expires() => Assert.Equal(("expired", "expired"), SendPolicy.FindObjection(Fine with { ValidUntil = Now.AddSeconds(-1) }, Now));

    [Theory]
    [InlineData(false, "expired", "driver_changed")]
    [InlineData(true, "failed", "delivery_unknown")]
    public void What_became_somebody_elses_is_not_sent_and_what_may_have_come_is_not_said_to_have_stayed(bool isInDoubt, string status, string reason)
        => Assert.Equal((status, reason), SendPolicy.FindObjection(Fine with { IsOthers = true, IsInDoubt = isInDoubt }, Now));

    [Fact]
    public void Delays_grow_up_to_half_an_hour_and_end()
    {
        var delays = Enumerable.Range(1, 11).Select(attempt => (SendPolicy.NextTry(attempt, null, Now)!.Value - Now).TotalSeconds).ToArray();

        Assert.Equal([10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800, 1800], delays);
        Assert.Null(SendPolicy.NextTry(12, null, Now));
    }

    [Fact]
    public void A_longer_wait_that_WhatsApp_asks_for_is_kept()
        => Assert.Equal(Now.AddMinutes(5), SendPolicy.NextTry(1, TimeSpan.FromMinutes(5), Now));
}
