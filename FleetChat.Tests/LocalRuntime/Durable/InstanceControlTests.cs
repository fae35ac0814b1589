using System.Text.Json;
using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>How clients raise events for instances and suspend, resume, terminate, restart and purge them.</summary>
public sealed class InstanceControlTests(ClientTasks tasks) : IClassFixture<ClientTasks>
{
    private DurableHost Host => tasks.Host;

    private DurableTaskClient Client => tasks.Client;

    [Fact]
    public async Task What_is_not_there_takes_no_messages()
    {
        await AssertRpcAsync(StatusCode.NotFound, () => Client.RaiseEventAsync("nobody", "go"));
        await AssertRpcAsync(StatusCode.NotFound, () => Client.TerminateInstanceAsync("nobody"));
        await AssertRpcAsync(StatusCode.NotFound, () => Client.SuspendInstanceAsync("nobody"));
        await AssertRpcAsync(StatusCode.NotFound, () => Client.ResumeInstanceAsync("nobody"));
    }

    [Fact]
    public async Task What_has_ended_takes_no_events_and_no_termination()
    {
        var id = (await Host.RunAsync("Echo")).InstanceId;

        await AssertRpcAsync(StatusCode.FailedPrecondition, () => Client.RaiseEventAsync(id, "go"));
        await AssertRpcAsync(StatusCode.FailedPrecondition, () => Client.TerminateInstanceAsync(id));
    }

    [Fact]
    public async Task What_has_ended_is_suspended_and_resumed_without_error_and_without_effect()
    {
        var id = (await Host.RunAsync("Echo")).InstanceId;

        await Client.SuspendInstanceAsync(id, "too late");
        await Client.ResumeInstanceAsync(id, "too late");

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await Client.GetInstanceAsync(id))!.RuntimeStatus);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Ids_must_be_given(string? id)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Client.RaiseEventAsync(id!, "go"));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Client.TerminateInstanceAsync(id!));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Client.SuspendInstanceAsync(id!));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Client.ResumeInstanceAsync(id!));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Client.GetInstanceAsync(id!));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Client.PurgeInstanceAsync(id!));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Client.RestartAsync(id!));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Client.WaitForInstanceStartAsync(id!));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Client.WaitForInstanceCompletionAsync(id!));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Events_must_have_a_name(string? name)
        => await Assert.ThrowsAnyAsync<ArgumentException>(() => Client.RaiseEventAsync("somebody", name!));

    [Fact]
    public async Task A_terminated_instance_ends_with_the_output_that_it_was_given()
    {
        var id = await Host.BeginAsync("Wait");
        await Client.TerminateInstanceAsync(id, new { quote = "enough" });

        var done = await Host.FinishAsync(id);

        Assert.Equal(OrchestrationRuntimeStatus.Terminated, done.RuntimeStatus);
        Assert.True(done.IsCompleted);
        Assert.Equal("enough", done.ReadOutputAs<JsonElement>().GetProperty("quote").GetString());
    }

    [Fact]
    public async Task A_terminated_instance_needs_no_output()
    {
        var id = await Host.BeginAsync("Wait");
        await Client.TerminateInstanceAsync(id);

        Assert.Null((await Host.FinishAsync(id)).SerializedOutput);
    }

    [Fact]
    public async Task What_is_suspended_or_pending_can_be_terminated()
    {
        var suspended = await Host.BeginAsync("Wait");
        await Client.SuspendInstanceAsync(suspended);
        await Host.UntilAsync(suspended, OrchestrationRuntimeStatus.Suspended);
        var pending = await Client.ScheduleNewOrchestrationInstanceAsync("Wait", null, new StartOrchestrationOptions("pending", TimeProvider.System.GetUtcNow().AddHours(1)));

        await Client.TerminateInstanceAsync(suspended, "over");
        await Client.TerminateInstanceAsync(pending, "over");

        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await Host.FinishAsync(suspended)).RuntimeStatus);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await Host.FinishAsync(pending)).RuntimeStatus);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Children_are_terminated_too_if_that_is_asked_for(bool recursive)
    {
        var root = $"tree-{recursive}";
        await Host.BeginAsync("Tree", 2, new StartOrchestrationOptions(root));
        await Host.UntilAsync(root + "-c-c", OrchestrationRuntimeStatus.Running);

        await Client.TerminateInstanceAsync(root, new TerminateInstanceOptions("over", Recursive: recursive));
        await Host.FinishAsync(root);
        if (!recursive) await Client.RaiseEventAsync(root + "-c-c", "go", "went on");

        foreach (var id in new[] { root + "-c", root + "-c-c" })
        {
            var done = await Host.FinishAsync(id);
            Assert.Equal(recursive ? OrchestrationRuntimeStatus.Terminated : OrchestrationRuntimeStatus.Completed, done.RuntimeStatus);
            Assert.Equal(recursive ? "over" : "went on", done.ReadOutputAs<string>());
        }
    }

    [Fact]
    public async Task A_suspended_instance_keeps_its_events_until_it_is_resumed()
    {
        var id = await Host.BeginAsync("WaitTwice");
        await Client.RaiseEventAsync(id, "go", "one ");
        await Client.SuspendInstanceAsync(id, "a pause");
        await Host.UntilAsync(id, OrchestrationRuntimeStatus.Suspended);
        await Client.RaiseEventAsync(id, "go", "two");
        var suspended = (await Client.GetInstanceAsync(id, true))!;

        await Client.ResumeInstanceAsync(id, "go on");

        Assert.Equal(OrchestrationRuntimeStatus.Suspended, suspended.RuntimeStatus);
        Assert.False(suspended.IsCompleted);
        Assert.Equal("one two", (await Host.FinishAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_suspended_instance_runs_again_when_it_is_resumed()
    {
        var id = await Host.BeginAsync("Wait");
        await Client.SuspendInstanceAsync(id);
        await Host.UntilAsync(id, OrchestrationRuntimeStatus.Suspended);

        await Client.ResumeInstanceAsync(id);

        await Host.UntilAsync(id, OrchestrationRuntimeStatus.Running);
    }

    [Fact]
    public async Task What_runs_is_resumed_without_effect_and_what_is_suspended_stays_so()
    {
        var id = await Host.BeginAsync("Wait");
        await Client.ResumeInstanceAsync(id, "it runs");
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await Client.GetInstanceAsync(id))!.RuntimeStatus);

        await Client.SuspendInstanceAsync(id);
        await Host.UntilAsync(id, OrchestrationRuntimeStatus.Suspended);
        await Client.SuspendInstanceAsync(id);
        await Client.ResumeInstanceAsync(id);
        await Client.RaiseEventAsync(id, "go", "once was enough");

        Assert.Equal("once was enough", (await Host.FinishAsync(id)).ReadOutputAs<string>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_restarted_instance_has_its_name_and_input_again(bool withNewId)
    {
        var first = await Host.RunAsync("Echo", "input");

        var id = await Client.RestartAsync(first.InstanceId, withNewId);
        var second = await Host.FinishAsync(id);

        Assert.Equal(withNewId, id != first.InstanceId);
        Assert.Equal("Echo", second.Name);
        Assert.Equal("\"input\"", second.SerializedInput);
        Assert.Equal("input", second.ReadOutputAs<string>());
        Assert.True(second.CreatedAt > first.CreatedAt, "it is created anew");
    }

    [Fact]
    public async Task A_restarted_instance_hears_events_at_once()
    {
        var id = await Host.BeginAsync("Wait");
        await Client.RaiseEventAsync(id, "go", "first");
        await Host.FinishAsync(id);

        await Client.RestartAsync(id);
        await Client.RaiseEventAsync(id, "go", "second");

        Assert.Equal("second", (await Host.FinishAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task What_is_not_there_or_runs_is_not_restarted()
    {
        var running = await Host.BeginAsync("Wait");

        var missing = await Assert.ThrowsAsync<ArgumentException>(() => Client.RestartAsync("nobody"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Client.RestartAsync(running));

        Assert.Contains("An orchestration with the instanceId nobody was not found", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_has_ended_is_purged()
    {
        var id = (await Host.RunAsync("Echo")).InstanceId;

        var purged = await Client.PurgeInstanceAsync(id, new PurgeInstanceOptions(Recursive: true));
        var again = await Client.PurgeInstanceAsync(id);

        Assert.Equal(1, purged.PurgedInstanceCount);
        Assert.NotEqual(false, purged.IsComplete);
        Assert.Equal(0, again.PurgedInstanceCount);
        Assert.Null(await Client.GetInstanceAsync(id));
    }

    [Fact]
    public async Task What_runs_is_not_purged()
    {
        var id = await Host.BeginAsync("Wait");

        await Assert.ThrowsAsync<InvalidOperationException>(() => Client.PurgeInstanceAsync(id));

        Assert.Equal(OrchestrationRuntimeStatus.Running, (await Client.GetInstanceAsync(id))!.RuntimeStatus);
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 1)]
    public async Task Children_are_purged_too_if_that_is_asked_for(bool recursive, int count)
    {
        var root = $"purged-{recursive}";
        await Host.BeginAsync("Tree", 2, new StartOrchestrationOptions(root));
        await Host.UntilAsync(root + "-c-c", OrchestrationRuntimeStatus.Running);
        await Client.RaiseEventAsync(root + "-c-c", "go");
        await Host.FinishAsync(root);

        var purged = await Client.PurgeInstanceAsync(root, new PurgeInstanceOptions(recursive));

        Assert.Equal(count, purged.PurgedInstanceCount);
        Assert.Equal(recursive, await Client.GetInstanceAsync(root + "-c") is null);
    }

    [Fact]
    public async Task A_filter_purges_what_it_matches_and_leaves_what_runs()
    {
        var running = await Host.BeginAsync("Wait");
        var before = await Host.RunAsync("Fails");
        var ids = new List<string>();
        for (var i = 0; i < 3; i++) ids.Add((await Host.RunAsync("Fails")).InstanceId);

        var purged = await Client.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(before.LastUpdatedAt.AddTicks(1), TimeProvider.System.GetUtcNow(), [OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Running]));

        Assert.Equal(3, purged.PurgedInstanceCount);
        Assert.NotEqual(false, purged.IsComplete);
        foreach (var id in ids) Assert.Null(await Client.GetInstanceAsync(id));
        Assert.NotNull(await Client.GetInstanceAsync(before.InstanceId));
        Assert.NotNull(await Client.GetInstanceAsync(running));
    }

    [Fact]
    public async Task A_purged_id_can_be_used_again()
    {
        var options = new StartOrchestrationOptions("purged and new").WithDedupeStatuses([.. StartOrchestrationOptionsExtensions.ValidDedupeStatuses]);
        await Host.RunAsync("Echo", "first", options);
        await Client.PurgeInstanceAsync("purged and new");

        Assert.Equal("second", (await Host.RunAsync("Echo", "second", options)).ReadOutputAs<string>());
    }

    private static async Task AssertRpcAsync(StatusCode code, Func<Task> call)
        => Assert.Equal(code, (await Assert.ThrowsAsync<RpcException>(call)).StatusCode);
}
