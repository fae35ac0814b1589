using FleetChat.Core.Messaging;

namespace FleetChat.Tests.Messaging;

public sealed class AttemptReferenceTests
{
    [Theory]
    [InlineData("00000000000000000000000000000001", true, false)]
    [InlineData("00000000000000000000000000000001.00000000000000000000000000000002", true, true)]
    [InlineData("00000000000000000000000000000001.", false, false)]
    [InlineData("00000000000000000000000000000001.x", false, false)]
    [InlineData("00000000000000000000000000000001.00000000000000000000000000000002.00000000000000000000000000000003", false, false)]
    [InlineData("", false, false)]
    [InlineData(null, false, false)]
    public void What_comes_back_with_a_status_names_an_attempt_and_of_late_its_message(string? text, bool isOne, bool hasMessage)
    {
        Assert.Equal(isOne, AttemptReference.TryRead(text, out var reference));
        Assert.Equal(hasMessage, reference.Message is not null);
    }

    [Fact]
    public void What_goes_out_is_what_comes_back()
    {
        var (attempt, message) = (new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), new Guid(11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1));

        Assert.True(AttemptReference.TryRead(AttemptReference.Write(attempt, message), out var reference));

        Assert.Equal(new AttemptReference(attempt, message), reference);
    }
}
