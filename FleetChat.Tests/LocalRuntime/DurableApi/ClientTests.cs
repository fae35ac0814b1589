using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

/// <summary>What the abstract client does by itself.</summary>
public sealed class ClientTests : IDisposable
{
    private readonly CancellationTokenSource _source = new();

    public void Dispose() => _source.Dispose();

    [Fact]
    public async Task Shorter_calls_end_in_the_full_ones()
    {
        var client = new EndingFakeClient("fake");
        var token = _source.Token;

        await client.ScheduleNewOrchestrationInstanceAsync("O", token);
        await client.ScheduleNewOrchestrationInstanceAsync("O", 1, token);
        await client.ScheduleNewOrchestrationInstanceAsync("O", new StartOrchestrationOptions("one"), token);
        await client.RaiseEventAsync("one", "go", token);
        await client.WaitForInstanceStartAsync("one", token);
        await client.WaitForInstanceCompletionAsync("one", token);
        await client.SuspendInstanceAsync("one", token);
        await client.ResumeInstanceAsync("one", token);
        await client.GetInstanceAsync("one", token);
        await client.GetInstanceAsync("one", true, token);
        await client.GetInstancesAsync("one", token);
        await client.TerminateInstanceAsync("one", token);
        await client.TerminateInstanceAsync("one", (object?)null, token);
        await client.TerminateInstanceAsync("one", "over", token);
        await client.PurgeInstanceAsync("one", token);
        await client.PurgeAllInstancesAsync(new PurgeInstancesFilter(), token);

        Assert.Equal(
            [
                "start O null null", "start O 1 null", "start O null one", "raise one go null", "started one False", "completed one False",
                "suspend one null", "resume one null", "get one False", "get one True", "get one False",
                "terminate one null null", "terminate one null null", "terminate one over False", "purge one null", "purge - null null",
            ],
            client.Calls.Select(call => call.Replace(" cancellable", "", StringComparison.Ordinal)));
        Assert.All(client.Calls, call => Assert.EndsWith(" cancellable", call, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_client_need_not_be_able_to_do_is_not_supported_until_it_is()
    {
        var client = new FakeClient("fake");

        await NotSupported("orchestration termination", () => client.TerminateInstanceAsync("one"));
        await NotSupported("orchestration termination", () => client.TerminateInstanceAsync("one", "over"));
        await NotSupported("orchestration restart", () => client.RestartAsync("one"));
        await NotSupported("orchestration rewind", () => client.RewindInstanceAsync("one", "why"));
        await NotSupported("purging of orchestration instances", () => client.PurgeInstanceAsync("one"));
        await NotSupported("purging of orchestration instances", () => client.PurgeAllInstancesAsync(new PurgeInstancesFilter()));
        await NotSupported("listing orchestration instance IDs by completed time", () => client.ListInstanceIdsAsync());

        static async Task NotSupported(string what, Func<Task> call)
            => Assert.Equal($"{typeof(FakeClient)} does not support {what}.", (await Assert.ThrowsAsync<NotSupportedException>(call)).Message);
    }

    [Fact]
    public async Task Purging_by_times_and_statuses_is_purging_by_a_filter()
    {
        var client = new EndingFakeClient("fake");
        var (from, to) = (new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var recursive = new PurgeInstanceOptions(Recursive: true);

        var result = await client.PurgeInstancesAsync(from, to);
        await client.PurgeInstancesAsync(from, null, recursive);
        await client.PurgeInstancesAsync(null, to, [OrchestrationRuntimeStatus.Failed]);
        await client.PurgeInstancesAsync(from, to, [OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Completed], recursive, _source.Token);

        Assert.Equal(
            ["purge 2025-2026 null null", "purge 2025- null True", "purge -2026 Failed null", "purge 2025-2026 Failed|Completed True cancellable"],
            client.Calls);
        Assert.Equal((2, true), (result.PurgedInstanceCount, result.IsComplete));
    }

    [Fact]
    public void A_purge_counts_none_or_more()
    {
        Assert.Null(new PurgeResult(0).IsComplete);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PurgeResult(-1));
    }
}
