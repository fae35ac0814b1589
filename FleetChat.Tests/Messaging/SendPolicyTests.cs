using CsCheck;
using FleetChat.Core.Messaging;
using FleetChat.Core.WhatsApp;
using FleetChat.Tests.Guards;

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
    [Catches(Guard.Window)]
    public void The_window_closes_five_minutes_early(int minutesSinceInbound, string? reason)
        => Assert.Equal(reason, SendPolicy.FindObjection(Fine with { LastInboundAt = Now.AddMinutes(-minutesSinceInbound) }, Now)?.Reason);

    [Fact]
    public void A_template_needs_no_window() => Assert.Null(SendPolicy.FindObjection(Fine with { IsTemplate = true, LastInboundAt = null }, Now));

    [Fact]
    [Catches(Guard.Window)]
    public void Who_never_wrote_has_no_window() => Assert.Equal("window_closed", SendPolicy.FindObjection(Fine with { LastInboundAt = null }, Now)?.Reason);

    [Theory]
    [InlineData("unknown")]
    [InlineData("asked")]
    [InlineData("declined")]
    [InlineData("withdrawn")]
    [Catches(Guard.Consent)]
    public void Only_granted_consent_lets_a_message_out(string consent) => Assert.Equal("no_consent", SendPolicy.FindObjection(Fine with { Consent = consent }, Now)?.Reason);

    [Fact]
    [Catches(Guard.Stop)]
    public void Stop_silences_the_phone_for_all_who_share_it() => Assert.Equal("opted_out", SendPolicy.FindObjection(Fine with { StoppedAt = Now }, Now)?.Reason);

    [Fact]
    public void What_is_no_longer_true_expires() => Assert.Equal(("expired", "expired"), SendPolicy.FindObjection(Fine with { ValidUntil = Now.AddSeconds(-1) }, Now));

    [Theory]
    [InlineData(false, "expired", "driver_changed")]
    [InlineData(true, "failed", "delivery_unknown")]
    public void What_became_somebody_elses_is_not_sent_and_what_may_have_come_is_not_said_to_have_stayed(bool isInDoubt, string status, string reason)
        => Assert.Equal((status, reason), SendPolicy.FindObjection(Fine with { IsOthers = true, IsInDoubt = isInDoubt }, Now));

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, "delivery_unknown")]
    public void What_may_not_come_twice_is_given_to_a_dispatcher_at_once(bool canResend, string? reason)
        => Assert.Equal(reason, SendPolicy.FindObjection(Fine with { IsInDoubt = true, CanResend = canResend }, Now)?.Reason);

    [Fact]
    public void Delays_grow_up_to_half_an_hour_and_end()
    {
        Assert.Equal([10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800, 1800], Enumerable.Range(1, 11).Select(attempt => DelayOf(MetaErrorClass.Retry, attempt, chance: 1)));
        Assert.Null(SendPolicy.NextTry(MetaErrorClass.Retry, 12, null, Now, 1));
    }

    [Theory]
    [InlineData(MetaErrorClass.Retry, 1, 10)]
    [InlineData(MetaErrorClass.RetryInMinutes, 300, 300)]
    [InlineData(MetaErrorClass.RetryInAnHour, 3600, 3600)]
    public void What_failed_together_is_tried_again_at_any_time_up_to_the_longest(MetaErrorClass errorClass, double shortest, double longest)
        => Gen.Double[0, 1].Sample(chance => DelayOf(errorClass, 1, chance) is var delay && delay >= shortest && delay <= longest);

    [Fact]
    public void A_longer_wait_that_WhatsApp_asks_for_is_kept()
        => Assert.Equal(Now.AddMinutes(5), SendPolicy.NextTry(MetaErrorClass.Retry, 1, TimeSpan.FromMinutes(5), Now, 0.5));

    private static double DelayOf(MetaErrorClass errorClass, int attempt, double chance) => (SendPolicy.NextTry(errorClass, attempt, null, Now, chance)!.Value - Now).TotalSeconds;
}
