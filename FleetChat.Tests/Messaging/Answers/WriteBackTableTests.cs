using FleetChat.Core.Messaging.Answers;
using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.Messaging.Answers;

public sealed class WriteBackTableTests
{
    [Fact]
    public void Document_has_the_table_as_it_is()
    {
        var rows = Sources.Read("docs/answers.md").Split('\n').SkipWhile(l => l != "| act | way | says |").Skip(2).TakeWhile(l => l.StartsWith('|'));

        Assert.Equal(WriteBacks.Table.Select(row => $"| {row.Act} | {row.Way} | {row.What} |"), rows);
    }
}
