using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>The patterns that orchestrations are made of, in a plain host on a real database.</summary>
public sealed class PatternTests(PatternTasks tasks) : IClassFixture<PatternTasks>
{
    private DurableHost Host => tasks.Host;

    [Theory]
    [InlineData("Nothing")]
    [InlineData("NothingAsync")]
    [InlineData("NothingOfInput")]
    [InlineData("NothingOfInputAsync")]
    public async Task An_orchestration_may_do_nothing(string orchestrator)
    {
        var done = await Host.RunAsync(orchestrator, 7);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, done.RuntimeStatus);
        Assert.True(done.IsCompleted);
        Assert.False(done.IsRunning);
        Assert.Null(done.SerializedOutput);
        Assert.Null(done.FailureDetails);
    }

    [Theory]
    [InlineData("Value")]
    [InlineData("ValueAsync")]
    [InlineData("ValueOfInput")]
    [InlineData("ValueOfInputAsync")]
    public async Task An_orchestration_answers_however_it_is_written(string orchestrator)
        => Assert.Equal("answer", (await Host.RunAsync(orchestrator, 7)).ReadOutputAs<string>());

    [Fact]
    public async Task Activities_run_one_after_the_other()
        => Assert.Equal(10, (await Host.RunAsync("Chain")).ReadOutputAs<int>());

    [Fact]
    public async Task Activities_run_side_by_side()
        => Assert.Equal(Enumerable.Range(0, 300).Sum() * 2, (await Host.RunAsync("FanOut")).ReadOutputAs<int>());

    [Fact]
    public async Task Activities_are_called_however_they_are_written()
        => Assert.Equal(["text", "text", "3", "3", "null", "null", "null", "null"], (await Host.RunAsync("EveryActivity")).ReadOutputAs<string[]>()!);

    [Fact]
    public async Task An_activity_knows_its_name_and_whose_it_is()
    {
        var done = await Host.RunAsync("DescribeActivity");

        Assert.Equal($"Describe of {done.InstanceId}", done.ReadOutputAs<string>());
    }

    [Fact]
    public async Task Names_match_ignoring_case()
        => Assert.Equal(10, (await Host.RunAsync("cHAIN")).ReadOutputAs<int>());

    [Fact]
    public async Task The_first_of_several_goes_on_but_the_orchestration_ends_with_the_last()
    {
        var id = await Host.BeginAsync("FirstOf");
        await Until.TrueAsync(async () => (await Host.Client.GetInstanceAsync(id, true))!.SerializedCustomStatus is not null, because: "the first activity");

        var open = (await Host.Client.GetInstanceAsync(id, true))!;
        tasks.Gate(id).SetResult();
        var done = await Host.FinishAsync(id);

        Assert.Equal(OrchestrationRuntimeStatus.Running, open.RuntimeStatus);
        Assert.Null(open.SerializedOutput);
        Assert.Equal("quick", open.ReadCustomStatusAs<string>());
        Assert.Equal("won by quick", done.ReadOutputAs<string>());
    }

    [Fact]
    public async Task Sub_orchestrations_answer_their_parents_at_any_depth()
        => Assert.Equal(6, (await Host.RunAsync("Nested", 5)).ReadOutputAs<int>());

    [Fact]
    public async Task A_sub_orchestration_has_the_id_and_the_tags_that_its_parent_gave_it()
    {
        var parent = await Host.RunAsync("ParentOfNamed", "child-of-named");
        var child = (await Host.Client.GetInstanceAsync("child-of-named", true))!;

        Assert.Equal("child-of-named of ParentOfNamed " + parent.InstanceId, parent.ReadOutputAs<string>());
        Assert.Equal(OrchestrationRuntimeStatus.Completed, child.RuntimeStatus);
        Assert.Equal("Named", child.Name);
        Assert.Equal(new Dictionary<string, string> { ["fleet"] = "north", ["kind"] = "reefer" }, child.Tags);
    }

    [Fact]
    public async Task A_sub_orchestration_with_an_id_is_retried_under_it_with_its_tags()
    {
        var done = await Host.RunAsync("ParentOfRetried", "retried-child");
        var child = (await Host.Client.GetInstanceAsync("retried-child", true))!;

        Assert.Equal("at last", done.ReadOutputAs<string>());
        Assert.Equal(OrchestrationRuntimeStatus.Completed, child.RuntimeStatus);
        Assert.Equal("north", Assert.Single(child.Tags).Value);
        Assert.Equal(2, tasks.Count("retried-child"));
    }

    [Fact]
    public async Task A_sub_orchestration_without_an_id_gets_one_that_stays()
    {
        var done = await Host.RunAsync("ParentOfUnnamed");

        var id = done.ReadOutputAs<string>()!;
        Assert.Equal(32, id.Length);
        Assert.Equal("Named", (await Host.Client.GetInstanceAsync(id))!.Name);
    }

    [Fact]
    public async Task A_sub_orchestration_whose_id_still_runs_fails_in_its_parent()
    {
        var taken = await Host.BeginAsync("Wait");

        var done = await Host.RunAsync("ParentOfTaken", taken);

        Assert.Contains("already exists", done.ReadOutputAs<string>(), StringComparison.Ordinal);
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await Host.Client.GetInstanceAsync(taken))!.RuntimeStatus);
    }

    [Fact]
    public async Task A_terminated_sub_orchestration_fails_in_its_parent()
    {
        var id = await Host.BeginAsync("ParentOfWaiting", "terminated-child");
        await Host.UntilAsync("terminated-child", OrchestrationRuntimeStatus.Running);

        await Host.Client.TerminateInstanceAsync("terminated-child");

        Assert.Equal("caught", (await Host.FinishAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task It_is_replaying_until_the_last_thing_that_it_waited_for()
    {
        var seen = (await Host.RunAsync("Replaying")).ReadOutputAs<bool[]>()!;

        Assert.Equal([true, true, false], seen);
    }

    [Fact]
    public async Task Its_time_and_its_ids_stay_the_same_in_every_replay()
    {
        var done = await Host.RunAsync("Deterministic");

        var answer = done.ReadOutputAs<Determined>()!;
        Assert.Equal(answer.Seen, answer.Echoed);
        Assert.Equal(3, answer.Seen.Ids.Distinct().Count());
        Assert.Equal(DateTimeKind.Utc, answer.Kind);
        Assert.True(answer.Later > answer.Seen.At, "time goes on from turn to turn");
    }

    [Fact]
    public async Task Its_custom_status_is_seen_while_it_runs_and_after()
    {
        var id = await Host.Client.ScheduleNewOrchestrationInstanceAsync("Status");
        var running = await Host.Client.WaitForInstanceStartAsync(id, getInputsAndOutputs: true);
        await Host.Client.RaiseEventAsync(id, "status", ("Hello", 42));

        var done = await Host.FinishAsync(id);

        Assert.Equal("begun", running.ReadCustomStatusAs<string>());
        Assert.Equal(("Hello", 42), done.ReadCustomStatusAs<(string, int)>());
    }

    [Fact]
    public async Task A_custom_status_can_be_taken_back()
        => Assert.Null((await Host.RunAsync("StatusTakenBack")).SerializedCustomStatus);

    [Fact]
    public async Task It_knows_its_name_its_id_and_its_input()
    {
        var done = await Host.RunAsync("Describe", "what it got");

        Assert.Equal($"Describe {done.InstanceId} what it got without parent", done.ReadOutputAs<string>());
    }

    [Fact]
    public async Task Pages_of_an_activity_are_enumerated()
        => Assert.Equal(["1.0", "1.1", "2.0", "2.1", "3.0", "3.1"], (await Host.RunAsync("Pages")).ReadOutputAs<string[]>()!);

    [Fact]
    public async Task Pages_of_an_activity_are_counted_with_the_frameworks_own_operators()
        => Assert.Equal(6, (await Host.RunAsync("CountPages")).ReadOutputAs<int>());

    [Fact]
    public async Task An_orchestrator_that_nobody_knows_fails()
    {
        var done = await Host.RunAsync("Unheard");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.Equal("OrchestratorTaskNotFound", done.FailureDetails!.ErrorType);
        Assert.Contains("'Unheard'", done.FailureDetails.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Orchestrations_send_each_other_events()
    {
        var waits = await Host.BeginAsync("Wait");

        await Host.RunAsync("Send", waits);

        Assert.Equal("from the other", (await Host.FinishAsync(waits)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_event_to_an_instance_that_is_not_there_is_no_error()
        => Assert.Equal(OrchestrationRuntimeStatus.Completed, (await Host.RunAsync("Send", "nobody")).RuntimeStatus);

    [Fact]
    public async Task Many_orchestrations_run_at_once()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Host.RunAsync("Chain")));

        Assert.All(all, done => Assert.Equal(10, done.ReadOutputAs<int>()));
    }

    public sealed record Seen(string First, string Second, string Third, DateTime At)
    {
        public string[] Ids => [First, Second, Third];
    }

    public sealed record Determined(Seen Seen, Seen Echoed, DateTime Later, DateTimeKind Kind);
}

public sealed class PatternTasks : SharedDurableHost
{
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new(StringComparer.Ordinal);

    public TaskCompletionSource Gate(string id) => _gates.GetOrAdd(id, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    public int Count(string key) => _counts.GetValueOrDefault(key);

    protected override void Register(DurableTaskRegistry tasks)
    {
        RegisterForms(tasks);
        RegisterChildren(tasks);
        tasks
            .AddOrchestratorFunc("Chain", async context =>
            {
                var value = 0;
                for (var i = 0; i < 10; i++) value = await context.CallActivityAsync<int>("PlusOne", value);
                return value;
            })
            .AddOrchestratorFunc("FanOut", async context =>
                (await Task.WhenAll(Enumerable.Range(0, 300).Select(i => context.CallActivityAsync<int>("Double", i)))).Sum())
            .AddOrchestratorFunc("FirstOf", async context =>
            {
                var slow = context.CallActivityAsync<string>("Held", context.InstanceId);
                var quick = context.CallActivityAsync<string>("Text");
                var winner = await Task.WhenAny(slow, quick) == quick ? "quick" : "slow";
                context.SetCustomStatus(winner);
                return "won by " + winner;
            })
            .AddOrchestratorFunc("Replaying", async context =>
            {
                var seen = new List<bool> { context.IsReplaying };
                await context.CreateTimer(TimeSpan.Zero, CancellationToken.None);
                seen.Add(context.IsReplaying);
                await context.CreateTimer(TimeSpan.Zero, CancellationToken.None);
                seen.Add(context.IsReplaying);
                return seen;
            })
            .AddOrchestratorFunc("Deterministic", async context =>
            {
                var first = context.NewGuid();
                var second = context.NewGuid();
                var at = context.CurrentUtcDateTime;
                var kind = at.Kind;
                await context.CallActivityAsync("Text");
                var seen = new PatternTests.Seen($"{first}", $"{second}", $"{context.NewGuid()}", at);
                var echoed = await context.CallActivityAsync<PatternTests.Seen>("Echo", seen);
                return new PatternTests.Determined(seen, echoed, context.CurrentUtcDateTime, kind);
            })
            .AddOrchestratorFunc("Status", async context =>
            {
                context.SetCustomStatus("begun");
                context.SetCustomStatus(await context.WaitForExternalEvent<object>("status"));
            })
            .AddOrchestratorFunc("StatusTakenBack", async context =>
            {
                context.SetCustomStatus("soon gone");
                await context.CallActivityAsync("Text");
                context.SetCustomStatus(null);
            })
            .AddOrchestratorFunc("Describe", context =>
                $"{context.Name} {context.InstanceId} {context.GetInput<string>()} {(context.Parent is null ? "without parent" : "with parent")}")
            .AddOrchestratorFunc("Pages", async context =>
            {
                var items = new List<string>();
                var pages = Pageable.Create<string>((next, _) => context.CallActivityAsync<Page<string>>("Page", next));
                await foreach (var item in pages) items.Add(item);
                return items;
            })
            .AddOrchestratorFunc("CountPages", async context =>
                await Pageable.Create<string>((next, _, _) => context.CallActivityAsync<Page<string>>("Page", next)).CountAsync())
            .AddOrchestratorFunc("Wait", context => context.WaitForExternalEvent<string>("go"))
            .AddOrchestratorFunc<string>("Send", (context, to) => context.SendEvent(to, "go", "from the other"))
            .AddActivityFunc<int, int>("PlusOne", (_, input) => input + 1)
            .AddActivityFunc<int, int>("Double", (_, input) => input * 2)
            .AddActivityFunc<PatternTests.Seen, PatternTests.Seen>("Echo", (_, input) => input)
            .AddActivityFunc<string?, Page<string>>("Page", (_, next) =>
            {
                var page = next is null ? 1 : int.Parse(next, System.Globalization.CultureInfo.InvariantCulture);
                return new Page<string>([$"{page}.0", $"{page}.1"], page == 3 ? null : $"{page + 1}");
            })
            .AddActivityFunc<string, string>("Held", async (_, id) =>
            {
                await Gate(id).Task;
                return "slow";
            });
    }

    private static void RegisterForms(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc("Nothing", void (TaskOrchestrationContext _) => { })
        .AddOrchestratorFunc("NothingAsync", Task (TaskOrchestrationContext _) => Task.CompletedTask)
        .AddOrchestratorFunc<int>("NothingOfInput", void (_, _) => { })
        .AddOrchestratorFunc<int>("NothingOfInputAsync", Task (_, _) => Task.CompletedTask)
        .AddOrchestratorFunc("Value", string (TaskOrchestrationContext _) => "answer")
        .AddOrchestratorFunc("ValueAsync", Task<string> (TaskOrchestrationContext _) => Task.FromResult("answer"))
        .AddOrchestratorFunc<int, string>("ValueOfInput", string (_, input) => input == 7 ? "answer" : "")
        .AddOrchestratorFunc<int, string>("ValueOfInputAsync", Task<string> (_, input) => Task.FromResult(input == 7 ? "answer" : ""))
        .AddOrchestratorFunc("EveryActivity", async context =>
        {
            string[] names = ["Text", "TextAsync", "TextOf", "TextOfAsync", "NoText", "NoTextAsync", "NoTextOf", "NoTextOfAsync"];
            var seen = new List<string>();
            foreach (var name in names) seen.Add(await context.CallActivityAsync<string?>(name, 3) ?? "null");
            return seen;
        })
        .AddOrchestratorFunc("DescribeActivity", context => context.CallActivityAsync<string>("Describe"))
        .AddActivityFunc("Text", string (TaskActivityContext _) => "text")
        .AddActivityFunc("TextAsync", Task<string> (TaskActivityContext _) => Task.FromResult("text"))
        .AddActivityFunc<int, string>("TextOf", string (_, input) => $"{input}")
        .AddActivityFunc<int, string>("TextOfAsync", Task<string> (_, input) => Task.FromResult($"{input}"))
        .AddActivityFunc("NoText", void (TaskActivityContext _) => { })
        .AddActivityFunc("NoTextAsync", Task (TaskActivityContext _) => Task.CompletedTask)
        .AddActivityFunc<int>("NoTextOf", void (_, _) => { })
        .AddActivityFunc<int>("NoTextOfAsync", Task (_, _) => Task.CompletedTask)
        .AddActivityFunc("Describe", string (TaskActivityContext context) => $"{context.Name} of {context.InstanceId}");

    private void RegisterChildren(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc<int, int>("Nested", async (context, depth) =>
            depth == 0 ? 1 : 1 + await context.CallSubOrchestratorAsync<int>("Nested", depth - 1))
        .AddOrchestratorFunc("Named", string (TaskOrchestrationContext context) => $"{context.InstanceId} of {context.Parent!.Name} {context.Parent.InstanceId}")
        .AddOrchestratorFunc<string, string>("ParentOfNamed", (context, child) => context.CallSubOrchestratorAsync<string>("Named", options: new SubOrchestrationOptions
        {
            InstanceId = child,
            Tags = new Dictionary<string, string> { ["fleet"] = "north", ["kind"] = "reefer" },
        }))
        .AddOrchestratorFunc("ParentOfUnnamed", async context => (await context.CallSubOrchestratorAsync<string>("Named")).Split(' ')[0])
        .AddOrchestratorFunc<string, string>("ParentOfRetried", (context, child) => context.CallSubOrchestratorAsync<string>("FailsAtFirst", options: new SubOrchestrationOptions
        {
            InstanceId = child,
            Tags = new Dictionary<string, string> { ["fleet"] = "north" },
            Retry = new RetryPolicy(2, TimeSpan.FromMilliseconds(20)),
        }))
        .AddOrchestratorFunc("FailsAtFirst", string (TaskOrchestrationContext context) =>
            _counts.AddOrUpdate(context.InstanceId, 1, (_, n) => n + 1) == 1 ? throw new InvalidOperationException("not yet") : "at last")
        .AddOrchestratorFunc<string, string>("ParentOfTaken", async (context, child) =>
        {
            try
            {
                return await context.CallSubOrchestratorAsync<string>("Named", options: new TaskOptions().WithInstanceId(child));
            }
            catch (TaskFailedException exception)
            {
                return exception.FailureDetails.ErrorMessage;
            }
        })
        .AddOrchestratorFunc<string, string>("ParentOfWaiting", async (context, child) =>
        {
            try
            {
                return await context.CallSubOrchestratorAsync<string>("Wait", options: new TaskOptions().WithInstanceId(child));
            }
            catch (TaskFailedException)
            {
                return "caught";
            }
        });
}
