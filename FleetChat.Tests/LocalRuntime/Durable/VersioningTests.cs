using FleetChat.Tests.Postgres;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Worker;
using MatchStrategy = Microsoft.DurableTask.Worker.DurableTaskWorkerOptions.VersionMatchStrategy;
using FailureStrategy = Microsoft.DurableTask.Worker.DurableTaskWorkerOptions.VersionFailureStrategy;

namespace FleetChat.Tests.LocalRuntime.Durable;

public sealed class VersioningTests
{
    private const string ClientVersion = "0.2";

    [Theory]
    [InlineData(null, "orchestration 0.2, activity 0.2")]
    [InlineData("0.3", "orchestration 0.3, activity 0.3")]
    [InlineData("", "orchestration , activity ")]
    public async Task An_instance_has_the_clients_version_unless_it_is_given_another(string? asked, string expected)
    {
        await using var host = await StartAsync(new());

        Assert.Equal(expected, (await RunAsync(host, "Versions", asked)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Without_any_version_an_instance_has_none()
    {
        await using var host = await DurableHost.StartAsync(Register);

        Assert.Equal("orchestration , activity ", (await host.RunAsync("Versions")).ReadOutputAs<string>());
    }

    [Theory]
    [InlineData("Parent", "orchestration 0.5, activity 0.5")]
    [InlineData("ParentThatAsks", "orchestration 0.7, activity 0.7")]
    [InlineData("ParentThatAsksForNone", "orchestration , activity ")]
    public async Task A_sub_orchestration_has_the_workers_version_unless_it_is_given_another(string parent, string expected)
    {
        await using var host = await StartAsync(new() { DefaultVersion = "0.5" });

        Assert.Equal(expected, (await host.RunAsync(parent)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_activity_can_be_given_a_version_of_its_own()
    {
        await using var host = await StartAsync(new());

        Assert.Equal("activity 9", (await host.RunAsync("ActivityOfVersion")).ReadOutputAs<string>());
    }

    [Theory]
    [InlineData(MatchStrategy.None, "0.1", true)]
    [InlineData(MatchStrategy.Strict, "0.2", true)]
    [InlineData(MatchStrategy.Strict, "0.1", false)]
    [InlineData(MatchStrategy.Strict, "0.3", false)]
    [InlineData(MatchStrategy.CurrentOrOlder, "0.1", false)]
    [InlineData(MatchStrategy.CurrentOrOlder, "0.2", true)]
    [InlineData(MatchStrategy.CurrentOrOlder, "0.3", true)]
    [InlineData(MatchStrategy.CurrentOrOlder, "0.10", true)]
    public async Task What_does_not_match_the_workers_version_fails(MatchStrategy match, string worker, bool matches)
    {
        await using var host = await StartAsync(new() { Version = worker, MatchStrategy = match, FailureStrategy = FailureStrategy.Fail });

        var done = await host.RunAsync("Versions");

        Assert.Equal(matches ? OrchestrationRuntimeStatus.Completed : OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.Equal(matches ? null : "VersionMismatch", done.FailureDetails?.ErrorType);
    }

    [Theory]
    [InlineData(MatchStrategy.Strict)]
    [InlineData(MatchStrategy.CurrentOrOlder)]
    public async Task What_is_rejected_waits_for_a_worker_of_its_version(MatchStrategy match)
    {
        await using var database = await TestDatabase.EmptyAsync("versions");
        await using var old = await DurableHost.JoinAsync(
            database.Logins.LocalRuntime, Register, w => w.UseVersioning(Versioning("0.1", match)), c => c.UseDefaultVersion(ClientVersion));
        var newer = await old.Client.ScheduleNewOrchestrationInstanceAsync("Versions");
        var own = await RunAsync(old, "Versions", "0.1");
        var waiting = (await old.Client.GetInstanceAsync(newer))!;

        await using var current = await DurableHost.JoinAsync(database.Logins.LocalRuntime, Register, w => w.UseVersioning(Versioning(ClientVersion, match)));

        Assert.Equal(OrchestrationRuntimeStatus.Completed, own.RuntimeStatus);
        Assert.Equal(OrchestrationRuntimeStatus.Pending, waiting.RuntimeStatus);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await old.FinishAsync(newer)).RuntimeStatus);

        static DurableTaskWorkerOptions.VersioningOptions Versioning(string version, MatchStrategy match)
            => new() { Version = version, MatchStrategy = match, FailureStrategy = FailureStrategy.Reject };
    }

    [Fact]
    public async Task Its_code_can_compare_its_version()
    {
        await using var host = await StartAsync(new());

        Assert.Equal([1, 0, -1], (await host.RunAsync("Compare")).ReadOutputAs<int[]>()!.Select(Math.Sign));
    }

    private static Task<DurableHost> StartAsync(DurableTaskWorkerOptions.VersioningOptions versioning)
        => DurableHost.StartAsync(Register, worker => worker.UseVersioning(versioning), client => client.UseDefaultVersion(ClientVersion));

    private static Task<OrchestrationMetadata> RunAsync(DurableHost host, string orchestrator, string? version)
        => host.RunAsync(orchestrator, options: version is null ? null : new StartOrchestrationOptions { Version = version });

    private static void Register(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc("Versions", async context => $"orchestration {context.Version}, {await context.CallActivityAsync<string>("Version")}")
        .AddOrchestratorFunc("Parent", context => context.CallSubOrchestratorAsync<string>("Versions"))
        .AddOrchestratorFunc("ParentThatAsks", context => context.CallSubOrchestratorAsync<string>("Versions", new SubOrchestrationOptions { Version = "0.7" }))
        .AddOrchestratorFunc("ParentThatAsksForNone", context => context.CallSubOrchestratorAsync<string>("Versions", new SubOrchestrationOptions { Version = "" }))
        .AddOrchestratorFunc("ActivityOfVersion", context => context.CallActivityAsync<string>("Version", new TaskOptions { Version = "9" }))
        .AddOrchestratorFunc("Compare", int[] (TaskOrchestrationContext context) => [context.CompareVersionTo("0.1"), context.CompareVersionTo("0.2"), context.CompareVersionTo("0.10")])
        .AddActivityFunc("Version", string (TaskActivityContext context) => $"activity {context.Version}");
}
