using FleetChat.Tests.Postgres;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Worker;
using FailureStrategy = Microsoft.DurableTask.Worker.DurableTaskWorkerOptions.VersionFailureStrategy;
using MatchStrategy = Microsoft.DurableTask.Worker.DurableTaskWorkerOptions.VersionMatchStrategy;

namespace FleetChat.Tests.LocalRuntime.Durable;

public sealed class VersioningTests(VersionedTasks tasks) : IClassFixture<VersionedTasks>
{
    private DurableHost Host => tasks.Host;

    [Theory]
    [InlineData(null, "orchestration 0.2, activity 0.2")]
    [InlineData("0.3", "orchestration 0.3, activity 0.3")]
    [InlineData("", "orchestration , activity ")]
    public async Task An_instance_has_the_clients_version_unless_it_is_given_another(string? asked, string expected)
        => Assert.Equal(expected, (await RunAsync(Host, asked)).ReadOutputAs<string>());

    [Theory]
    [InlineData("Parent", "orchestration 0.5, activity 0.5")]
    [InlineData("ParentThatAsks", "orchestration 0.7, activity 0.7")]
    [InlineData("ParentThatAsksForNone", "orchestration , activity ")]
    public async Task A_sub_orchestration_has_the_workers_version_unless_it_is_given_another(string parent, string expected)
        => Assert.Equal(expected, (await Host.RunAsync(parent)).ReadOutputAs<string>());

    [Fact]
    public async Task An_activity_can_be_given_a_version_of_its_own()
        => Assert.Equal("activity 9", (await Host.RunAsync("ActivityOfVersion")).ReadOutputAs<string>());

    [Fact]
    public async Task Its_code_can_compare_its_version()
        => Assert.Equal([1, 0, -1], (await Host.RunAsync("Compare")).ReadOutputAs<int[]>()!.Select(Math.Sign));

    [Fact]
    public async Task Without_any_version_an_instance_has_none()
    {
        await using var host = await DurableHost.StartAsync(VersionedTasks.RegisterVersions);

        Assert.Equal("orchestration , activity ", (await host.RunAsync("Versions")).ReadOutputAs<string>());
    }

    [Theory]
    [InlineData(MatchStrategy.None, "0.1 0.2 0.3 0.10", "")]
    [InlineData(MatchStrategy.Strict, "0.2", "0.1 0.3 0.10")]
    [InlineData(MatchStrategy.CurrentOrOlder, "0.1 0.2", "0.3 0.10")]
    public async Task What_does_not_match_the_workers_version_fails(MatchStrategy match, string matching, string others)
    {
        await using var host = await DurableHost.StartAsync(
            VersionedTasks.RegisterVersions,
            worker => worker.UseVersioning(new() { Version = "0.2", MatchStrategy = match, FailureStrategy = FailureStrategy.Fail }));

        foreach (var version in matching.Split(' '))
            Assert.Equal($"orchestration {version}, activity {version}", (await RunAsync(host, version)).ReadOutputAs<string>());
        foreach (var version in others.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var done = await RunAsync(host, version);
            Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
            Assert.Equal("VersionMismatch", done.FailureDetails!.ErrorType);
        }
    }

    [Theory]
    [InlineData(MatchStrategy.Strict)]
    [InlineData(MatchStrategy.CurrentOrOlder)]
    public async Task What_is_rejected_waits_for_a_worker_of_its_version(MatchStrategy match)
    {
        await using var database = await TestDatabase.EmptyAsync("versions");
        await using var old = await JoinAsync("0.1");
        var newer = await old.Client.ScheduleNewOrchestrationInstanceAsync("Versions", null, new StartOrchestrationOptions { Version = "0.2" });
        var own = await RunAsync(old, "0.1");
        var waiting = (await old.Client.GetInstanceAsync(newer))!;

        await using var current = await JoinAsync("0.2");

        Assert.Equal(OrchestrationRuntimeStatus.Completed, own.RuntimeStatus);
        Assert.Equal(OrchestrationRuntimeStatus.Pending, waiting.RuntimeStatus);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await old.FinishAsync(newer)).RuntimeStatus);

        Task<DurableHost> JoinAsync(string version) => DurableHost.JoinAsync(
            database.Logins.LocalRuntime,
            VersionedTasks.RegisterVersions,
            worker => worker.UseVersioning(new() { Version = version, MatchStrategy = match, FailureStrategy = FailureStrategy.Reject }));
    }

    private static Task<OrchestrationMetadata> RunAsync(DurableHost host, string? version)
        => host.RunAsync("Versions", options: version is null ? null : new StartOrchestrationOptions { Version = version });
}

public sealed class VersionedTasks : SharedDurableHost
{
    public static void RegisterVersions(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc("Versions", async context => $"orchestration {context.Version}, {await context.CallActivityAsync<string>("Version")}")
        .AddActivityFunc("Version", string (TaskActivityContext context) => $"activity {context.Version}");

    protected override void Configure(IDurableTaskWorkerBuilder worker) => worker.UseVersioning(new() { DefaultVersion = "0.5" });

    protected override void Configure(IDurableTaskClientBuilder client) => client.UseDefaultVersion("0.2");

    protected override void Register(DurableTaskRegistry tasks)
    {
        RegisterVersions(tasks);
        tasks
            .AddOrchestratorFunc("Parent", context => context.CallSubOrchestratorAsync<string>("Versions"))
            .AddOrchestratorFunc("ParentThatAsks", context => context.CallSubOrchestratorAsync<string>("Versions", new SubOrchestrationOptions { Version = "0.7" }))
            .AddOrchestratorFunc("ParentThatAsksForNone", context => context.CallSubOrchestratorAsync<string>("Versions", new SubOrchestrationOptions { Version = "" }))
            .AddOrchestratorFunc("ActivityOfVersion", context => context.CallActivityAsync<string>("Version", new TaskOptions { Version = "9" }))
            .AddOrchestratorFunc("Compare", int[] (TaskOrchestrationContext context) => [context.CompareVersionTo("0.1"), context.CompareVersionTo("0.2"), context.CompareVersionTo("0.10")]);
    }
}
