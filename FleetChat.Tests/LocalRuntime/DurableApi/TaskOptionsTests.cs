using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

public sealed class TaskOptionsTests
{
    private static readonly RetryPolicy Policy = new(3, TimeSpan.FromSeconds(1));

    [Fact]
    public void Retry_is_a_policy_or_a_handler()
    {
        AsyncRetryHandler handler = _ => Task.FromResult(true);

        Assert.Same(Policy, TaskOptions.FromRetryPolicy(Policy).Retry!.Policy);
        Assert.Null(TaskOptions.FromRetryPolicy(Policy).Retry!.Handler);
        Assert.Same(handler, TaskOptions.FromRetryHandler(handler).Retry!.Handler);
        Assert.Null(TaskOptions.FromRetryHandler(handler).Retry!.Policy);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_plain_handler_answers_as_one_that_may_wait(bool again)
    {
        RetryHandler handler = _ => again;

        Assert.Equal(again, await TaskOptions.FromRetryHandler(handler).Retry!.Handler!(null!));
    }

    [Fact]
    public void No_policy_and_no_handler_are_refused()
    {
        Assert.Throws<ArgumentNullException>(() => TaskRetryOptions.FromRetryPolicy(null!));
        Assert.Throws<ArgumentNullException>(() => TaskRetryOptions.FromRetryHandler((RetryHandler)null!));
        Assert.Throws<ArgumentNullException>(() => TaskRetryOptions.FromRetryHandler((AsyncRetryHandler)null!));
    }

    [Fact]
    public void An_instance_id_is_added_to_all_that_the_options_say()
    {
        var options = new TaskOptions(Policy, new Dictionary<string, string> { ["tenant"] = "alder" }) { Version = "2" };

        var sub = options.WithInstanceId("child");

        Assert.Equal("child", sub.InstanceId);
        Assert.Same(Policy, sub.Retry!.Policy);
        Assert.Equal("alder", sub.Tags!["tenant"]);
        Assert.Equal("2", sub.Version!.Value.Version);
    }

    [Fact]
    public void An_instance_id_that_is_given_wins_over_the_copied_one()
    {
        var first = new SubOrchestrationOptions(instanceId: "first") { Version = "1" };

        Assert.Equal("first", new SubOrchestrationOptions((TaskOptions)first).InstanceId);
        Assert.Equal("second", new SubOrchestrationOptions(first, "second").InstanceId);
        Assert.Equal("1", new SubOrchestrationOptions(first, "second").Version!.Value.Version);
    }

    [Fact]
    public void Copies_are_equal_and_say_the_same()
    {
        var sub = new SubOrchestrationOptions(Policy, "child") { Version = "1" };
        var start = new StartOrchestrationOptions("one", DateTimeOffset.UnixEpoch)
        {
            Version = "3",
            Tags = new Dictionary<string, string> { ["tenant"] = "alder" },
            DedupeStatuses = ["Running"],
        };

        Assert.Equal(sub, new SubOrchestrationOptions(sub));
        Assert.Equal("1", ((TaskOptions)sub).Version!.Value.Version);
        Assert.Equal(start, new StartOrchestrationOptions(start));
    }

    [Fact]
    public void Options_that_say_nothing_are_empty()
    {
        Assert.Null(new TaskOptions().Retry);
        Assert.Null(new TaskOptions().Tags);
        Assert.Null(new TaskOptions().Version);
        Assert.Empty(new StartOrchestrationOptions().Tags);
        Assert.Null(new StartOrchestrationOptions().DedupeStatuses);
    }

    [Fact]
    public void Statuses_that_keep_a_new_instance_out_are_named()
    {
        var options = new StartOrchestrationOptions("one").WithDedupeStatuses(OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Pending);

        Assert.Equal("one", options.InstanceId);
        Assert.Equal(["Running", "Pending"], options.DedupeStatuses!);
        Assert.Contains(OrchestrationRuntimeStatus.Suspended, StartOrchestrationOptionsExtensions.ValidDedupeStatuses);
        Assert.Equal(7, StartOrchestrationOptionsExtensions.ValidDedupeStatuses.Count);
    }

    [Fact]
    public void Continuing_keeps_events_unless_told_otherwise()
        => Assert.True(new ContinueAsNewOptions().PreserveUnprocessedEvents);
}
