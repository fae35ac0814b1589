using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>How clients look at instances.</summary>
public sealed class InstanceQueryTests(ClientTasks tasks) : IClassFixture<ClientTasks>
{
    private DurableHost Host => tasks.Host;

    private DurableTaskClient Client => tasks.Client;

    [Fact]
    public async Task An_instance_that_is_not_there_is_null()
    {
        Assert.Null(await Client.GetInstanceAsync("nobody"));
        Assert.Null(await Client.GetInstanceAsync("nobody", getInputsAndOutputs: true));
    }

    [Theory]
    [InlineData("Echo", OrchestrationRuntimeStatus.Completed)]
    [InlineData("Fails", OrchestrationRuntimeStatus.Failed)]
    public async Task Data_and_failures_are_shown_only_to_who_asks(string orchestrator, OrchestrationRuntimeStatus status)
    {
        var id = (await Host.RunAsync(orchestrator, "input")).InstanceId;

        var without = (await Client.GetInstanceAsync(id))!;
        var with = (await Client.GetInstanceAsync(id, getInputsAndOutputs: true))!;

        Assert.Equal((orchestrator, id, status), (without.Name, without.InstanceId, without.RuntimeStatus));
        Assert.Null(without.SerializedInput);
        Assert.Null(without.SerializedOutput);
        Assert.Null(without.SerializedCustomStatus);
        Assert.Null(without.FailureDetails);
        Assert.Throws<InvalidOperationException>(() => without.ReadInputAs<string>());
        Assert.Equal("input", with.ReadInputAs<string>());
        Assert.Equal(status == OrchestrationRuntimeStatus.Failed, with.FailureDetails is not null);
    }

    [Fact]
    public async Task Its_times_tell_its_creation_and_its_last_change()
    {
        var before = TimeProvider.System.GetUtcNow().AddSeconds(-1);
        var id = await Host.BeginAsync("Wait");
        var running = (await Client.GetInstanceAsync(id))!;
        await Client.RaiseEventAsync(id, "go");
        var done = await Host.FinishAsync(id);

        Assert.InRange(running.CreatedAt, before, running.LastUpdatedAt);
        Assert.Equal(running.CreatedAt, done.CreatedAt);
        Assert.True(done.LastUpdatedAt > running.LastUpdatedAt, "the end is a change");
        Assert.Equal(TimeSpan.Zero, done.CreatedAt.Offset);
    }

    [Fact]
    public async Task A_query_finds_by_prefix_and_brings_the_data()
    {
        await BeginAsync("Wait", "prefix-1", "prefix-2", "preface-3");
        var query = Client.GetAllInstancesAsync(new OrchestrationQuery { InstanceIdPrefix = "prefix-" });

        var running = await ListAsync(query);
        foreach (var id in new[] { "prefix-1", "prefix-2" })
        {
            await Client.RaiseEventAsync(id, "go", "out");
            await Host.FinishAsync(id);
        }
        var done = await ListAsync(query);

        Assert.Equal(["prefix-1", "prefix-2"], running.Select(i => i.InstanceId));
        Assert.All(running, i => Assert.Equal(("Wait", OrchestrationRuntimeStatus.Running, "\"in\"", null), (i.Name, i.RuntimeStatus, i.SerializedInput, i.SerializedOutput)));
        Assert.All(done, i => Assert.Equal((OrchestrationRuntimeStatus.Completed, "\"in\"", "\"out\""), (i.RuntimeStatus, i.SerializedInput, i.SerializedOutput)));
        Assert.All(done, i => Assert.Null(i.FailureDetails));
    }

    [Theory]
    [InlineData("50%_off")]
    [InlineData("back\\slash")]
    [InlineData("ünï")]
    public async Task A_prefix_means_just_its_characters(string prefix)
    {
        await BeginAsync("Wait", prefix + "-1", "not " + prefix);

        var found = await ListAsync(Client.GetAllInstancesAsync(new OrchestrationQuery { InstanceIdPrefix = prefix }));

        Assert.Equal(prefix + "-1", Assert.Single(found).InstanceId);
    }

    [Fact]
    public async Task A_query_finds_by_status()
    {
        await Host.RunAsync("Echo", options: new StartOrchestrationOptions("status-completed"));
        await Host.RunAsync("Fails", options: new StartOrchestrationOptions("status-failed"));
        await BeginAsync("Wait", "status-running", "status-suspended", "status-terminated");
        await Client.SuspendInstanceAsync("status-suspended");
        await Client.TerminateInstanceAsync("status-terminated");
        await Host.UntilAsync("status-suspended", OrchestrationRuntimeStatus.Suspended);
        await Host.FinishAsync("status-terminated");
        await Client.ScheduleNewOrchestrationInstanceAsync("Echo", null, new StartOrchestrationOptions("status-pending", TimeProvider.System.GetUtcNow().AddHours(1)));

        foreach (var status in new[]
        {
            OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Running,
            OrchestrationRuntimeStatus.Suspended, OrchestrationRuntimeStatus.Terminated, OrchestrationRuntimeStatus.Pending,
        })
        {
            var found = Assert.Single(await ListAsync(Client.GetAllInstancesAsync(new() { InstanceIdPrefix = "status-", Statuses = [status] })));
            Assert.Equal($"status-{status}".ToLowerInvariant(), found.InstanceId);
            Assert.Equal(status, found.RuntimeStatus);
        }
        var two = await ListAsync(Client.GetAllInstancesAsync(new() { InstanceIdPrefix = "status-", Statuses = [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed] }));
        Assert.Equal(2, two.Count);
    }

    [Fact]
    public async Task A_query_finds_by_time_of_creation()
    {
        await BeginAsync("Wait", "created-1");
        var first = (await Client.GetInstanceAsync("created-1"))!.CreatedAt;
        await BeginAsync("Wait", "created-2");

        var until = await ListAsync(Client.GetAllInstancesAsync(new() { InstanceIdPrefix = "created-", CreatedTo = first }));
        var since = await ListAsync(Client.GetAllInstancesAsync(new() { InstanceIdPrefix = "created-", CreatedFrom = first.AddTicks(10) }));
        var never = await ListAsync(Client.GetAllInstancesAsync(new() { InstanceIdPrefix = "created-", CreatedTo = first.AddHours(-1) }));

        Assert.Equal("created-1", Assert.Single(until).InstanceId);
        Assert.Equal("created-2", Assert.Single(since).InstanceId);
        Assert.Empty(never);
    }

    [Fact]
    public async Task A_query_without_filter_brings_everything()
    {
        await BeginAsync("Wait", "everything");

        Assert.Contains(await ListAsync(Client.GetAllInstancesAsync()), i => i.InstanceId == "everything");
    }

    [Fact]
    public async Task Pages_have_their_size_and_can_be_resumed()
    {
        await BeginAsync("Wait", [.. Enumerable.Range(0, 21).Select(i => $"paged-{i}")]);
        var query = Client.GetAllInstancesAsync(new() { InstanceIdPrefix = "paged-" });

        var pages = await PagesAsync(query.AsPages(pageSizeHint: 5));
        var resumed = await PagesAsync(query.AsPages(pages[1].ContinuationToken, pageSizeHint: 4));

        Assert.Equal([5, 5, 5, 5, 1], pages.Select(p => p.Values.Count));
        Assert.All(pages.SkipLast(1), p => Assert.NotNull(p.ContinuationToken));
        Assert.Null(pages[^1].ContinuationToken);
        Assert.Equal(21, pages.SelectMany(p => p.Values).Select(i => i.InstanceId).Distinct().Count());
        Assert.Equal([4, 4, 3], resumed.Select(p => p.Values.Count));
        Assert.Equal(
            pages.Skip(2).SelectMany(p => p.Values).Select(i => (i.InstanceId, i.CreatedAt)),
            resumed.SelectMany(p => p.Values).Select(i => (i.InstanceId, i.CreatedAt)));
    }

    [Fact]
    public async Task The_querys_own_page_size_and_token_count_without_others()
    {
        await BeginAsync("Wait", [.. Enumerable.Range(0, 5).Select(i => $"sized-{i}")]);

        var pages = await PagesAsync(Client.GetAllInstancesAsync(new() { InstanceIdPrefix = "sized-", PageSize = 2 }).AsPages());
        var rest = await ListAsync(Client.GetAllInstancesAsync(new() { InstanceIdPrefix = "sized-", ContinuationToken = pages[0].ContinuationToken }));

        Assert.Equal([2, 2, 1], pages.Select(p => p.Values.Count));
        Assert.Equal(["sized-2", "sized-3", "sized-4"], rest.Select(i => i.InstanceId));
    }

    [Fact]
    public async Task Ids_are_listed_by_status_and_time_of_their_end_in_pages()
    {
        var before = TimeProvider.System.GetUtcNow();
        for (var i = 0; i < 5; i++) await Host.RunAsync("Fails", options: new StartOrchestrationOptions($"listed-{i}"));
        await BeginAsync("Wait", "listed-running");

        var first = await Client.ListInstanceIdsAsync([OrchestrationRuntimeStatus.Failed], before, null, pageSize: 3);
        var second = await Client.ListInstanceIdsAsync([OrchestrationRuntimeStatus.Failed], before, null, pageSize: 3, lastInstanceKey: first.ContinuationToken);
        var none = await Client.ListInstanceIdsAsync([OrchestrationRuntimeStatus.Failed], null, before.AddHours(-1));
        var running = await Client.ListInstanceIdsAsync([OrchestrationRuntimeStatus.Running]);

        var ids = first.Values.Concat(second.Values).ToList();
        Assert.Equal(3, first.Values.Count);
        Assert.All(Enumerable.Range(0, 5), i => Assert.Contains($"listed-{i}", ids));
        Assert.Empty(none.Values);
        Assert.Contains("listed-running", running.Values);
        Assert.DoesNotContain("listed-0", running.Values);
    }

    private async Task BeginAsync(string orchestrator, params string[] ids)
    {
        foreach (var id in ids) await Host.BeginAsync(orchestrator, "in", new StartOrchestrationOptions(id));
    }

    private static async Task<List<OrchestrationMetadata>> ListAsync(AsyncPageable<OrchestrationMetadata> query)
    {
        var all = new List<OrchestrationMetadata>();
        await foreach (var one in query) all.Add(one);
        return all;
    }

    private static async Task<List<Page<OrchestrationMetadata>>> PagesAsync(IAsyncEnumerable<Page<OrchestrationMetadata>> pages)
    {
        var all = new List<Page<OrchestrationMetadata>>();
        await foreach (var page in pages) all.Add(page);
        return all;
    }
}
