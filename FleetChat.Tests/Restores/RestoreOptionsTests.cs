using FleetChat.Functions.Restores;

namespace FleetChat.Tests.Restores;

public sealed class RestoreOptionsTests
{
    private static readonly DateTimeOffset s_moment = new(2026, 3, 2, 15, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("2026-03-02T15:00:00Z")]
    [InlineData("2026-03-02T09:00:00-06:00")]
    [InlineData("2026-03-02T15:00:00.0000000+00:00")]
    public void A_moment_is_one_wherever_it_is_read(string moment)
    {
        var read = RestoreOptions.Read(["begin", "--to", moment]).RestoredTo!.Value;

        Assert.Equal((s_moment, TimeSpan.Zero), (read, read.Offset));
    }

    [Theory]
    [InlineData("2026-03-02T15:00:00")]
    [InlineData("2026-03-02")]
    [InlineData("15:00")]
    [InlineData("yesterday")]
    public void One_that_names_no_zone_is_refused(string moment)
        => Assert.Contains("with Z or an offset", Assert.Throws<FormatException>(() => RestoreOptions.Read(["begin", "--to", moment])).Message, StringComparison.Ordinal);

    [Fact]
    public void What_is_not_said_is_not_made_up()
        => Assert.Equal(new RestoreOptions("begin") { RestoredTo = s_moment }, RestoreOptions.Read(["begin", "--to", "2026-03-02T15:00:00Z"]));

    [Fact]
    public void That_the_anchors_are_lost_is_said_to_begin_alone()
    {
        Assert.True(RestoreOptions.Read(["begin", "--to", "2026-03-02T15:00:00Z", "--no-anchors"]).WithoutAnchors);
        Assert.Throws<FormatException>(() => RestoreOptions.Read(["end", "--no-anchors"]));
    }
}
