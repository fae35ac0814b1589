using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace FleetChat.Tests.LocalRuntime.Durable;

public sealed class ContinueAsNewTests(ContinueAsNewTasks tasks) : IClassFixture<ContinueAsNewTasks>
{
    private DurableHost Host => tasks.Host;

    [Fact]
    public async Task It_goes_on_with_the_new_input_under_its_id()
    {
        var done = await Host.RunAsync("CountToTen", 0);

        Assert.Equal(10, done.ReadOutputAs<int>());
        Assert.Equal(10, done.ReadInputAs<int>());
        Assert.Equal(OrchestrationRuntimeStatus.Completed, done.RuntimeStatus);
    }

    [Fact]
    public async Task It_may_start_without_an_input()
        => Assert.Equal(10, (await Host.RunAsync("CountToTen")).ReadOutputAs<int>());

    [Theory]
    [InlineData("Collect")]
    [InlineData("CollectWithTimers")]
    public async Task Events_that_nobody_took_go_on_with_it(string orchestrator)
    {
        var id = await Host.Client.ScheduleNewOrchestrationInstanceAsync(orchestrator, new List<int>());
        for (var i = 0; i < 10; i++) await Host.Client.RaiseEventAsync(id, "number", i);

        Assert.Equal(Enumerable.Range(0, 10), (await Host.FinishAsync(id)).ReadOutputAs<int[]>()!);
    }

    [Fact]
    public async Task Events_that_nobody_took_are_dropped_if_it_says_so()
    {
        var id = await Host.BeginAsync("Drop", 0);
        await Host.Client.RaiseEventAsync(id, "number", 1);
        await Host.Client.RaiseEventAsync(id, "go");
        await Until.TrueAsync(async () => (await Host.Client.GetInstanceAsync(id, true))!.SerializedInput == "1", because: "the next generation");
        await Host.Client.RaiseEventAsync(id, "number", 2);

        Assert.Equal(2, (await Host.FinishAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task It_can_go_on_as_a_new_version()
    {
        var done = await Host.RunAsync("Versions", options: new StartOrchestrationOptions { Version = "1" });

        Assert.Equal("1 then 2", done.ReadOutputAs<string>());
    }

    [Fact]
    public async Task It_keeps_its_version_and_its_tags_otherwise()
    {
        var options = new StartOrchestrationOptions { Version = "7", Tags = new Dictionary<string, string> { ["fleet"] = "north" } };

        var done = await Host.RunAsync("SameVersion", 0, options);

        Assert.Equal("7", done.ReadOutputAs<string>());
        Assert.Equal("north", done.Tags["fleet"]);
    }

    [Fact]
    public async Task What_it_asked_for_before_is_not_heard_after()
    {
        var done = await Host.RunAsync("Forgets", 0);

        Assert.Equal("second: of the second", done.ReadOutputAs<string>());
    }

    [Fact]
    public async Task The_custom_status_of_the_last_generation_counts()
    {
        var done = await Host.RunAsync("StatusOfGenerations", 0);

        Assert.Equal("generation 2", done.ReadCustomStatusAs<string>());
    }

    [Fact]
    public async Task A_child_that_goes_on_as_new_answers_its_parent_at_its_end()
        => Assert.Equal(10, (await Host.RunAsync("ParentOfCount")).ReadOutputAs<int>());

    [Fact]
    public async Task Its_creation_stays_its_first_one()
    {
        var id = await Host.BeginAsync("Drop", 0);
        var before = (await Host.Client.GetInstanceAsync(id))!.CreatedAt;
        await Host.Client.RaiseEventAsync(id, "go");
        await Until.TrueAsync(async () => (await Host.Client.GetInstanceAsync(id, true))!.SerializedInput == "1", because: "the next generation");

        Assert.Equal(before, (await Host.Client.GetInstanceAsync(id))!.CreatedAt);
    }

    [Fact]
    public async Task Many_generations_are_no_burden()
        => Assert.Equal(200, (await Host.RunAsync("CountTo", new[] { 0, 200 })).ReadOutputAs<int>());
}

public sealed class ContinueAsNewTasks : SharedDurableHost
{
    protected override void Register(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc<int, int>("CountToTen", async (context, sofar) =>
        {
            if (sofar == 10) return sofar;
            await context.CreateTimer(TimeSpan.Zero, CancellationToken.None);
            context.ContinueAsNew(sofar + 1);
            return -1;
        })
        .AddOrchestratorFunc<int[], int>("CountTo", int (context, range) =>
        {
            if (range[0] < range[1]) context.ContinueAsNew(new[] { range[0] + 1, range[1] });
            return range[0];
        })
        .AddOrchestratorFunc<List<int>, List<int>>("Collect", async (context, sofar) =>
        {
            sofar.Add(await context.WaitForExternalEvent<int>("number"));
            if (sofar.Count < 10) context.ContinueAsNew(sofar);
            return sofar;
        })
        .AddOrchestratorFunc<List<int>, List<int>>("CollectWithTimers", async (context, sofar) =>
        {
            sofar.Add(await context.WaitForExternalEvent<int>("number"));
            await context.CreateTimer(TimeSpan.FromMilliseconds(1), CancellationToken.None);
            if (sofar.Count < 10) context.ContinueAsNew(sofar, preserveUnprocessedEvents: true);
            return sofar;
        })
        .AddOrchestratorFunc<int, int>("Drop", async (context, generation) =>
        {
            if (generation == 1) return await context.WaitForExternalEvent<int>("number");
            await context.WaitForExternalEvent<object?>("go");
            context.ContinueAsNew(1, preserveUnprocessedEvents: false);
            return -1;
        })
        .AddOrchestratorFunc<string?, string>("Versions", async (context, before) =>
        {
            if (before is not null) return $"{before} then {context.Version}";
            await context.CreateTimer(TimeSpan.Zero, CancellationToken.None);
            context.ContinueAsNew(new ContinueAsNewOptions { NewInput = context.Version, NewVersion = "2" });
            return "not the end";
        })
        .AddOrchestratorFunc<int, string>("SameVersion", string (context, generation) =>
        {
            if (generation == 0) context.ContinueAsNew(1);
            return context.Version;
        })
        .AddOrchestratorFunc<int, string>("Forgets", async (context, generation) =>
        {
            if (generation == 0)
            {
                await Task.WhenAny(context.CallActivityAsync<string>("Say", "of the first"), context.CallActivityAsync<string>("Say", "of the first too"));
                context.ContinueAsNew(1);
                return "not the end";
            }
            return "second: " + await context.CallActivityAsync<string>("Say", "of the second");
        })
        .AddOrchestratorFunc<int>("StatusOfGenerations", async (context, generation) =>
        {
            context.SetCustomStatus($"generation {generation}");
            await context.CreateTimer(TimeSpan.Zero, CancellationToken.None);
            if (generation < 2) context.ContinueAsNew(generation + 1);
        })
        .AddOrchestratorFunc("ParentOfCount", context => context.CallSubOrchestratorAsync<int>("CountToTen", 0))
        .AddActivityFunc<string, string>("Say", (_, text) => text);
}
