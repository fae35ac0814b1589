using System.Collections.Concurrent;
using FleetChat.Tests.Postgres;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Worker;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>What a worker does not take is left to others.</summary>
public sealed class WorkFilterTests
{
    [Fact]
    public async Task An_orchestration_filter_refuses_by_name_and_by_tag()
    {
        var filter = new Filter();
        await using var host = await StartAsync(filter);
        await host.RunAsync("Empty", options: Blue);
        filter.Names.TryAdd("Unheard", true);
        filter.Colour = "red";
        await host.RunAsync("Empty", options: Blue);

        filter.Colour = "blue";
        var ofTag = await host.Client.ScheduleNewOrchestrationInstanceAsync("Empty", null, Blue);
        await Until.TrueAsync(() => filter.Refused.ContainsKey("Empty"), because: "the refusal by tag");
        filter.Names.TryAdd("Other", true);
        var ofName = await host.Client.ScheduleNewOrchestrationInstanceAsync("Other");
        await Until.TrueAsync(() => filter.Refused.ContainsKey("Other"), because: "the refusal by name");
        await host.RunAsync("Empty");

        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await host.Client.GetInstanceAsync(ofTag))!.RuntimeStatus);
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await host.Client.GetInstanceAsync(ofName))!.RuntimeStatus);
        await using var other = await DurableHost.JoinAsync(host.Postgres, Register);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.FinishAsync(ofTag)).RuntimeStatus);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.FinishAsync(ofName)).RuntimeStatus);
    }

    [Fact]
    public async Task An_orchestration_filter_can_be_registered_by_its_type()
    {
#pragma warning disable CS0618 // Marked as experimental in the real package too.
        await using var host = await DurableHost.StartAsync(Register, worker => worker.UseOrchestrationFilter<RefusesOther>());
#pragma warning restore CS0618
        var refused = await host.Client.ScheduleNewOrchestrationInstanceAsync("Other");

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await host.RunAsync("Empty")).RuntimeStatus);
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await host.Client.GetInstanceAsync(refused))!.RuntimeStatus);
    }

    [Fact]
    public async Task Work_item_filters_share_the_work_between_two_workers()
    {
        await using var database = await TestDatabase.EmptyAsync("filters");
        await using var left = await DurableHost.JoinAsync(
            database.Logins.LocalRuntime,
            tasks => tasks
                .AddOrchestratorFunc("CallBoth", async context => new[] { await context.CallActivityAsync<string>("Left"), await context.CallActivityAsync<string>("Right") })
                .AddActivityFunc("Left", string (TaskActivityContext _) => "left"),
            worker => worker.UseWorkItemFilters());
        await using var right = await DurableHost.JoinAsync(
            database.Logins.LocalRuntime,
            tasks => tasks
                .AddOrchestratorFunc("Parent", context => context.CallSubOrchestratorAsync<string[]>("CallBoth"))
                .AddActivityFunc("Right", string (TaskActivityContext _) => "right"),
            worker => worker.UseWorkItemFilters());

        Assert.Equal(["left", "right"], (await left.RunAsync("Parent")).ReadOutputAs<string[]>()!);
        Assert.Equal(["left", "right"], (await right.RunAsync("callboth")).ReadOutputAs<string[]>()!);
    }

    [Fact]
    public async Task Work_item_filters_leave_other_names_and_versions_alone()
    {
        var filters = new DurableTaskWorkerWorkItemFilters
        {
            Orchestrations = [new("Empty", ["1", "2"])],
            Activities = [new() { Name = "Left" }],
        };
        await using var host = await DurableHost.StartAsync(Register, worker => worker.UseWorkItemFilters(filters));
        var otherName = await host.Client.ScheduleNewOrchestrationInstanceAsync("Other");
        var otherVersion = await host.Client.ScheduleNewOrchestrationInstanceAsync("Empty", null, new StartOrchestrationOptions { Version = "3" });

        var own = await host.RunAsync("Empty", options: new StartOrchestrationOptions { Version = "2" });

        Assert.Equal(OrchestrationRuntimeStatus.Completed, own.RuntimeStatus);
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await host.Client.GetInstanceAsync(otherName))!.RuntimeStatus);
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await host.Client.GetInstanceAsync(otherVersion))!.RuntimeStatus);
    }

    [Fact]
    public async Task Without_filters_what_nobody_knows_fails()
    {
        await using var host = await DurableHost.StartAsync(Register, worker => worker.UseWorkItemFilters().UseWorkItemFilters(null));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await host.RunAsync("Unheard")).RuntimeStatus);
    }

    private static StartOrchestrationOptions Blue => new() { Tags = new Dictionary<string, string> { ["colour"] = "blue" } };

#pragma warning disable CS0618 // Marked as experimental in the real package too.
    private static Task<DurableHost> StartAsync(Filter filter) => DurableHost.StartAsync(Register, worker => worker.UseOrchestrationFilter(filter));
#pragma warning restore CS0618

    private static void Register(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc("Empty", void (TaskOrchestrationContext _) => { })
        .AddOrchestratorFunc("Other", void (TaskOrchestrationContext _) => { })
        .AddActivityFunc("Left", void (TaskActivityContext _) => { });

#pragma warning disable CS0618 // Marked as experimental in the real package too.
    private sealed class Filter : IOrchestrationFilter
    {
        public ConcurrentDictionary<string, bool> Names { get; } = new(StringComparer.Ordinal);

        public ConcurrentDictionary<string, bool> Refused { get; } = new(StringComparer.Ordinal);

        public string? Colour { get; set; }

        public ValueTask<bool> IsOrchestrationValidAsync(OrchestrationFilterParameters info, CancellationToken cancellationToken = default)
        {
            var isRefused = Names.ContainsKey(info.Name!) || (Colour is not null && info.Tags?.GetValueOrDefault("colour") == Colour);
            if (isRefused) Refused.TryAdd(info.Name!, true);
            return new(!isRefused);
        }
    }

    private sealed class RefusesOther : IOrchestrationFilter
    {
        public ValueTask<bool> IsOrchestrationValidAsync(OrchestrationFilterParameters info, CancellationToken cancellationToken = default) => new(info.Name != "Other");
    }
#pragma warning restore CS0618
}
