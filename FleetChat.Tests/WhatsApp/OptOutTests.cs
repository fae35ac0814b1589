using FleetChat.Core.WhatsApp;

namespace FleetChat.Tests.WhatsApp;

public sealed class OptOutTests
{
    [Theory]
    [InlineData("STOP")]
    [InlineData(" stop. ")]
    [InlineData("Stop!!!")]
    [InlineData("ＳＴＯＰ")]
    [InlineData("Opt-out")]
    [InlineData("opt out")]
    [InlineData("Unsubscribe")]
    [InlineData("¡Alto!")]
    [InlineData("CANCELAR")]
    [InlineData("𝐒𝐓𝐎𝐏")]
    [InlineData("opt\u00a0out")]
    [InlineData("stop\ufffe")]
    public void The_word_alone_stops(string words) => Assert.True(OptOut.IsStop(words));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("stop at the gate")]
    [InlineData("the next stop")]
    [InlineData("nonstop")]
    [InlineData("👍")]
    [InlineData("\ufffe\uffff")]
    [InlineData("\ud800 stop it")]
    public void The_word_among_others_does_not(string? words) => Assert.False(OptOut.IsStop(words));
}
