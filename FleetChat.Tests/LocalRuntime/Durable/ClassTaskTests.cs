using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>Orchestrators and activities as classes, named by attributes or by themselves, with services of the container.</summary>
public sealed class ClassTaskTests(ClassTasks tasks) : IClassFixture<ClassTasks>
{
    private DurableHost Host => tasks.Host;

    [Fact]
    public async Task Classes_are_found_by_the_names_of_their_attributes()
        => Assert.Equal(["Hello Oslo!", "Hello Riga!"], (await Host.RunAsync("Greetings")).ReadOutputAs<string[]>()!);

    [Fact]
    public async Task Classes_without_attributes_have_their_own_names()
        => Assert.Equal(12, (await Host.RunAsync(nameof(AddsTwo), 10)).ReadOutputAs<int>());

    [Fact]
    public async Task Classes_can_be_registered_under_other_names()
        => Assert.Equal(22, (await Host.RunAsync("Other name", 20)).ReadOutputAs<int>());

    [Fact]
    public async Task Instances_and_factories_can_be_registered()
    {
        var seen = (await Host.RunAsync("CallsAll")).ReadOutputAs<int[]>()!;

        Assert.Equal([7, 8, 9, 10], seen);
    }

    [Fact]
    public async Task Each_run_of_an_activity_has_a_scope_of_services()
    {
        var seen = (await Host.RunAsync("UsesServices")).ReadOutputAs<string[]>()!;

        Assert.Equal(3, seen.Distinct().Count());
        Assert.All(seen, s => Assert.EndsWith(" of the singleton", s, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_exception_of_a_class_is_told()
    {
        var done = await Host.RunAsync(nameof(CallsThrowing));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.Contains("thrown by a class", done.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", "orchestrator 1, activity 1")]
    [InlineData("2", "orchestrator 2, activity 1")]
    public async Task The_class_of_its_version_runs(string version, string expected)
        => Assert.Equal(expected, (await RunAsync("Versioned", version)).ReadOutputAs<string>());

    [Theory]
    [InlineData("3")]
    [InlineData(null)]
    public async Task A_version_that_no_class_has_fails_and_so_does_none_where_all_have_one(string? version)
    {
        var done = await RunAsync("Versioned", version);

        Assert.Equal("OrchestratorTaskNotFound", done.FailureDetails!.ErrorType);
        Assert.Contains("No orchestrator task named 'Versioned' was found.", done.FailureDetails.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_activity_without_versions_serves_every_version()
        => Assert.Equal("Hello of version 5!", (await RunAsync("CallsUnversioned", "5")).ReadOutputAs<string>());

    [Fact]
    public async Task Going_on_as_a_new_version_goes_on_in_its_class()
        => Assert.Equal("second after first", (await RunAsync("Migrates", "1")).ReadOutputAs<string>());

    [Theory]
    [InlineData("1", true)]
    [InlineData("2", true)]
    [InlineData("3", false)]
    public async Task Versions_of_classes_and_of_the_worker_go_together(string version, bool accepted)
    {
        await using var host = await DurableHost.StartAsync(
            tasks => tasks.AddOrchestrator<VersionedOne>().AddOrchestrator<VersionedTwo>().AddActivity<VersionedActivity>(),
            worker => worker.UseVersioning(new()
            {
                Version = "2",
                DefaultVersion = "2",
                MatchStrategy = DurableTaskWorkerOptions.VersionMatchStrategy.CurrentOrOlder,
                FailureStrategy = DurableTaskWorkerOptions.VersionFailureStrategy.Fail,
            }));

        var done = await host.RunAsync("Versioned", options: new StartOrchestrationOptions { Version = version });

        Assert.Equal(accepted ? $"orchestrator {version}, activity 1" : null, done.ReadOutputAs<string?>());
        Assert.Equal(accepted ? null : "VersionMismatch", done.FailureDetails?.ErrorType);
    }

    private Task<OrchestrationMetadata> RunAsync(string name, string? version)
        => Host.RunAsync(name, options: version is null ? null : new StartOrchestrationOptions { Version = version });
}

public sealed class ClassTasks : SharedDurableHost
{
    private static readonly Type OnlyKnownLater = typeof(AddsTwo);

    protected override void Configure(IDurableTaskWorkerBuilder worker)
    {
        worker.Services.AddSingleton(new Shared("the singleton"));
        worker.Services.AddScoped<OfOneRun>();
    }

    protected override void Register(DurableTaskRegistry tasks) => tasks
        .AddOrchestrator<Greetings>()
        .AddOrchestrator(OnlyKnownLater)
        .AddOrchestrator<AddsTwo>("Other name")
        .AddOrchestrator("CallsAll", FuncTaskOrchestrator.Create<object?, int[]>(async (context, _) =>
        [
            await context.CallActivityAsync<int>(nameof(Adds), 6),
            await context.CallActivityAsync<int>("AddsOfInstance", 6),
            await context.CallActivityAsync<int>("AddsOfFactory", 6),
            await context.CallActivityAsync<int>("AddsOfFunc", 6),
        ]))
        .AddOrchestrator("UsesServices", () => FuncTaskOrchestrator.Create<object?, string[]>(async (context, _) =>
        [
            await context.CallActivityAsync<string>(nameof(UsesServices)),
            await context.CallActivityAsync<string>(nameof(UsesServices)),
            await context.CallActivityAsync<string>(nameof(UsesServices)),
        ]))
        .AddOrchestrator<CallsThrowing>()
        .AddOrchestrator<VersionedOne>()
        .AddOrchestrator<VersionedTwo>()
        .AddOrchestrator<CallsUnversioned>()
        .AddOrchestrator<MigratesFrom>()
        .AddOrchestrator<MigratesTo>()
        .AddActivity<SayHello>()
        .AddActivity(new Adds(1))
        .AddActivity("AddsOfInstance", new Adds(2))
        .AddActivity("AddsOfFactory", _ => new Adds(3))
        .AddActivity("AddsOfFunc", FuncTaskActivity.Create<int, int>((_, input) => Task.FromResult(input + 4)))
        .AddActivity<UsesServices>()
        .AddActivity<Throwing>()
        .AddActivity<VersionedActivity>();
}

internal sealed record Shared(string Name);

internal sealed class OfOneRun
{
    private static int s_last;

    public int Number { get; } = Interlocked.Increment(ref s_last);
}

[DurableTask("Greetings")]
internal sealed class Greetings : TaskOrchestrator<string?, List<string>>
{
    public override async Task<List<string>> RunAsync(TaskOrchestrationContext context, string? input)
        => [await context.CallActivityAsync<string>("SayHello", "Oslo"), await context.CallActivityAsync<string>("SayHello", "Riga")];
}

[DurableTask("SayHello")]
internal sealed class SayHello : TaskActivity<string?, string>
{
    public override Task<string> RunAsync(TaskActivityContext context, string? input) => Task.FromResult($"Hello {input ?? $"of version {context.Version}"}!");
}

internal sealed class AddsTwo : TaskOrchestrator<int, int>
{
    public override async Task<int> RunAsync(TaskOrchestrationContext context, int input)
        => await context.CallActivityAsync<int>(nameof(Adds), await context.CallActivityAsync<int>(nameof(Adds), input));
}

internal sealed class Adds(int summand) : TaskActivity<int, int>
{
    public override Task<int> RunAsync(TaskActivityContext context, int input) => Task.FromResult(input + summand);
}

internal sealed class UsesServices(Shared shared, OfOneRun ofOneRun) : TaskActivity<object?, string>
{
    public override Task<string> RunAsync(TaskActivityContext context, object? input) => Task.FromResult($"{ofOneRun.Number} of {shared.Name}");
}

internal sealed class CallsThrowing : TaskOrchestrator<string?, string?>
{
    public override Task<string?> RunAsync(TaskOrchestrationContext context, string? input) => context.CallActivityAsync<string?>(nameof(Throwing));
}

internal sealed class Throwing : TaskActivity<string?, string?>
{
    public override Task<string?> RunAsync(TaskActivityContext context, string? input) => throw new InvalidOperationException("thrown by a class");
}

[DurableTask("Versioned", Version = "1")]
internal sealed class VersionedOne : TaskOrchestrator<object?, string>
{
    public override async Task<string> RunAsync(TaskOrchestrationContext context, object? input)
        => $"orchestrator 1, {await context.CallActivityAsync<string>("VersionedActivity")}";
}

[DurableTask("Versioned", Version = "2")]
internal sealed class VersionedTwo : TaskOrchestrator<object?, string>
{
    public override async Task<string> RunAsync(TaskOrchestrationContext context, object? input)
        => $"orchestrator 2, {await context.CallActivityAsync<string>("VersionedActivity", new TaskOptions { Version = "1" })}";
}

[DurableTask("VersionedActivity", Version = "1")]
internal sealed class VersionedActivity : TaskActivity<object?, string>
{
    public override Task<string> RunAsync(TaskActivityContext context, object? input) => Task.FromResult($"activity {context.Version}");
}

[DurableTask("CallsUnversioned", Version = "5")]
internal sealed class CallsUnversioned : TaskOrchestrator<object?, string>
{
    public override Task<string> RunAsync(TaskOrchestrationContext context, object? input) => context.CallActivityAsync<string>("SayHello");
}

[DurableTask("Migrates", Version = "1")]
internal sealed class MigratesFrom : TaskOrchestrator<string?, string>
{
    public override Task<string> RunAsync(TaskOrchestrationContext context, string? input)
    {
        context.ContinueAsNew(new ContinueAsNewOptions { NewInput = "first", NewVersion = "2" });
        return Task.FromResult("not the end");
    }
}

[DurableTask("Migrates", Version = "2")]
internal sealed class MigratesTo : TaskOrchestrator<string?, string>
{
    public override Task<string> RunAsync(TaskOrchestrationContext context, string? input) => Task.FromResult($"second after {input}");
}
