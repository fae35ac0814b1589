using Microsoft.DurableTask;
using Microsoft.DurableTask.Abstractions;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

public sealed class NameAndVersionTests
{
    [Fact]
    public void Names_are_equal_ignoring_case()
    {
        TaskName name = "Escalate";

        Assert.True(name == "ESCALATE");
        Assert.False(name != "escalate");
        Assert.Equal(name.GetHashCode(), new TaskName("eSCALATE").GetHashCode());
        Assert.NotEqual(name, new TaskName("Escalates"));
    }

    [Fact]
    public void A_name_keeps_its_writing()
    {
        string text = new TaskName("Escalate");

        Assert.Equal("Escalate", text);
        Assert.Equal("Escalate", new TaskName("Escalate").ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void No_text_is_the_default_name(string? text)
    {
        TaskName name = text!;

        Assert.Equal(default, name);
        Assert.Null(name.Name);
        Assert.Equal(0, name.GetHashCode());
    }

    [Fact]
    public void Versions_are_equal_ignoring_case()
    {
        TaskVersion version = "v1";

        Assert.True(version == "V1");
        Assert.Equal(version.GetHashCode(), new TaskVersion("V1").GetHashCode());
        Assert.NotEqual(version, new TaskVersion("v2"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void No_version_text_is_unversioned(string? text)
    {
        var version = new TaskVersion(text);

        Assert.Equal(TaskVersion.Unversioned, version);
        Assert.Equal(TaskVersion.Unversioned.GetHashCode(), version.GetHashCode());
        Assert.Equal("", version.Version);
    }

    [Fact]
    public void A_version_of_blanks_is_refused()
        => Assert.Equal("version", Assert.Throws<ArgumentException>(() => new TaskVersion("  ")).ParamName);

    [Theory]
    [InlineData("", "", 0)]
    [InlineData(null, "  ", 0)]
    [InlineData("", "1", -1)]
    [InlineData("1", "", 1)]
    [InlineData("1.9", "1.10", -1)]
    [InlineData("2.0", "1.10", 1)]
    [InlineData("1.0", "1.0", 0)]
    [InlineData("beta", "BETA", 0)]
    [InlineData("alpha", "beta", -1)]
    [InlineData("v10", "v9", -1)]
    public void Dotted_versions_compare_as_numbers_and_others_as_text(string? source, string? other, int expected)
        => Assert.Equal(expected, Math.Sign(TaskOrchestrationVersioningUtils.CompareVersions(source!, other!)));

    [Fact]
    public void Attributes_without_a_name_carry_the_default_one()
    {
        Assert.Equal(default, new DurableTaskAttribute().Name);
        Assert.Equal("Moved", new DurableTaskAttribute("Moved").Name);
        Assert.Equal(default, new DurableEventAttribute("").Name);
        Assert.Equal("Read", new DurableEventAttribute("Read").Name);
    }
}
