using FleetChat.Core.Messaging;
using FleetChat.Tests.Guards;

namespace FleetChat.Tests.Consent;

/// <summary>What passes where others may not.</summary>
public sealed class SendPolicyPurposeTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 15, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, "granted", false, null)]
    [InlineData(null, "asked", false, "no_consent")]
    [InlineData(null, "granted", true, "opted_out")]
    [InlineData("question", "asked", false, null)]
    [InlineData("question", "asked", true, "opted_out")]
    [InlineData("question", "granted", false, "no_consent")]
    [InlineData("question", "declined", false, "no_consent")]
    [InlineData("question", "unknown", false, "no_consent")]
    [InlineData("consent", "declined", false, null)]
    [InlineData("consent", "withdrawn", true, "opted_out")]
    [InlineData("stop", "withdrawn", true, null)]
    [Catches(Guard.Stop)]
    [Catches(Guard.Consent)]
    public void Purpose_opens_what_it_is_for_and_nothing_else(string? purpose, string consent, bool isStopped, string? reason)
        => Assert.Equal(reason, SendPolicy.FindObjection(new(IsTemplate: false, consent, "active", isStopped ? Now : null, Now, null) { Purpose = purpose }, Now)?.Reason);
}
