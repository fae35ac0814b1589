using DurableTask.Core.Exceptions;
using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>How clients start instances and wait for them.</summary>
public sealed class ScheduleTests(ClientTasks tasks) : IClassFixture<ClientTasks>
{
    private DurableHost Host => tasks.Host;

    private DurableTaskClient Client => tasks.Client;

    [Fact]
    public async Task An_id_that_nobody_gave_is_32_hex_characters()
    {
        var id = await Client.ScheduleNewOrchestrationInstanceAsync("Echo");

        Assert.Equal(32, id.Length);
        Assert.All(id, c => Assert.True(char.IsAsciiHexDigitLower(c) || char.IsAsciiDigit(c), $"'{c}' in {id}"));
    }

    [Fact]
    public async Task An_instance_has_the_id_the_input_and_the_tags_that_it_was_given()
    {
        var options = new StartOrchestrationOptions("given") { Tags = new Dictionary<string, string> { ["fleet"] = "north", ["kind"] = "reefer" } };

        var done = await Host.RunAsync("Echo", "input", options);

        Assert.Equal("given", done.InstanceId);
        Assert.Equal("Echo", done.Name);
        Assert.Equal("input", done.ReadInputAs<string>());
        Assert.Equal("input", done.ReadOutputAs<string>());
        Assert.Equal(options.Tags, done.Tags);
    }

    [Fact]
    public async Task Without_tags_there_are_none()
        => Assert.Empty((await Host.RunAsync("Echo")).Tags);

    [Fact]
    public async Task Options_may_come_without_an_input()
    {
        var id = await Client.ScheduleNewOrchestrationInstanceAsync("Echo", new StartOrchestrationOptions("options only"));

        Assert.Equal("options only", id);
        Assert.Null((await Host.FinishAsync(id)).SerializedInput);
    }

    [Theory]
    [InlineData("@entity@1")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\nb")]
    public async Task Ids_that_cannot_be_used_are_refused(string id)
        => await Assert.ThrowsAnyAsync<ArgumentException>(() => Client.ScheduleNewOrchestrationInstanceAsync("Echo", options: new StartOrchestrationOptions(id), input: null));

    [Theory]
    [InlineData("with/slash")]
    [InlineData("mit Ümläuten #1?")]
    public async Task Ids_may_hold_all_kinds_of_characters(string id)
        => Assert.Equal(id, (await Host.RunAsync("Echo", options: new StartOrchestrationOptions(id))).InstanceId);

    [Fact]
    public async Task Ids_are_told_apart_by_case()
    {
        await Host.RunAsync("Echo", "lower", new StartOrchestrationOptions("case"));
        await Host.RunAsync("Echo", "upper", new StartOrchestrationOptions("CASE"));

        Assert.Equal("lower", (await Client.GetInstanceAsync("case", true))!.ReadInputAs<string>());
    }

    [Fact]
    public async Task A_later_start_lets_it_wait_as_pending()
    {
        var start = TimeProvider.System.GetUtcNow().AddMilliseconds(400);
        var id = await Client.ScheduleNewOrchestrationInstanceAsync("TimeOfStart", null, new StartOrchestrationOptions("later", start));
        var waiting = (await Client.GetInstanceAsync(id))!;

        var done = await Host.FinishAsync(id);

        Assert.Equal(OrchestrationRuntimeStatus.Pending, waiting.RuntimeStatus);
        Assert.True(done.ReadOutputAs<DateTime>() >= start.UtcDateTime, $"{done.ReadOutputAs<DateTime>():O} is before {start:O}");
    }

    [Fact]
    public async Task Events_for_a_later_start_are_kept_until_then()
    {
        var id = await Client.ScheduleNewOrchestrationInstanceAsync(
            "Wait", null, new StartOrchestrationOptions("later with event", TimeProvider.System.GetUtcNow().AddMilliseconds(300)));
        await Client.RaiseEventAsync(id, "go", "early");

        Assert.Equal("early", (await Host.FinishAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_start_in_the_past_is_at_once()
        => await Host.RunAsync("Echo", options: new StartOrchestrationOptions("past", TimeProvider.System.GetUtcNow().AddDays(-1)));

    [Fact]
    public async Task An_id_that_runs_is_not_scheduled_again()
    {
        await Host.BeginAsync("Wait", options: new StartOrchestrationOptions("running"));

        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => Client.ScheduleNewOrchestrationInstanceAsync("Echo", null, new StartOrchestrationOptions("running")));

        Assert.Equal("Wait", (await Client.GetInstanceAsync("running"))!.Name);
    }

    [Fact]
    public async Task An_id_that_has_ended_is_started_anew()
    {
        await Host.RunAsync("Echo", "first", new StartOrchestrationOptions("again"));

        var second = await Host.RunAsync("Echo", "second", new StartOrchestrationOptions("again"));

        Assert.Equal("second", second.ReadOutputAs<string>());
    }

    [Fact]
    public async Task Statuses_for_deduplication_keep_an_instance_in_its_place()
    {
        await Host.RunAsync("Echo", "first", new StartOrchestrationOptions("kept"));
        var kept = new StartOrchestrationOptions("kept").WithDedupeStatuses(OrchestrationRuntimeStatus.Completed);

        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => Client.ScheduleNewOrchestrationInstanceAsync("Echo", "second", kept));

        Assert.Equal("first", (await Client.GetInstanceAsync("kept", true))!.ReadInputAs<string>());
    }

    [Fact]
    public async Task Statuses_for_deduplication_that_leave_out_its_status_let_it_be_replaced()
    {
        await Host.RunAsync("Echo", "first", new StartOrchestrationOptions("replaced"));
        var replaced = new StartOrchestrationOptions("replaced").WithDedupeStatuses(OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Failed);

        Assert.Equal("second", (await Host.RunAsync("Echo", "second", replaced)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Statuses_for_deduplication_without_running_let_even_a_running_instance_be_replaced()
    {
        await Host.BeginAsync("Wait", options: new StartOrchestrationOptions("replaced running"));
        var replaced = new StartOrchestrationOptions("replaced running").WithDedupeStatuses(OrchestrationRuntimeStatus.Completed);

        Assert.Equal("second", (await Host.RunAsync("Echo", "second", replaced)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_status_that_there_is_not_is_refused()
        => await Assert.ThrowsAsync<ArgumentException>(
            () => Client.ScheduleNewOrchestrationInstanceAsync("Echo", null, new StartOrchestrationOptions("odd") { DedupeStatuses = ["Sleeping"] }));

    [Fact]
    public async Task Of_many_who_schedule_one_id_at_once_one_succeeds()
    {
        var attempts = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            try
            {
                await Client.ScheduleNewOrchestrationInstanceAsync("Wait", i, new StartOrchestrationOptions("contested"));
                return true;
            }
            catch (OrchestrationAlreadyExistsException)
            {
                return false;
            }
        }));

        Assert.Single(attempts, succeeded => succeeded);
    }

    [Fact]
    public async Task Who_waits_for_the_start_sees_it_running_with_or_without_its_data()
    {
        var id = await Client.ScheduleNewOrchestrationInstanceAsync("Wait", "input");

        var without = await Client.WaitForInstanceStartAsync(id, CancellationToken.None);
        var with = await Client.WaitForInstanceStartAsync(id, getInputsAndOutputs: true);

        Assert.True(without.IsRunning);
        Assert.False(without.IsCompleted);
        Assert.Null(without.SerializedInput);
        Assert.Equal("input", with.ReadInputAs<string>());
    }

    [Fact]
    public async Task Who_waits_for_the_start_of_what_has_ended_sees_its_end()
    {
        var done = await Host.RunAsync("Echo");

        Assert.True((await Client.WaitForInstanceStartAsync(done.InstanceId)).IsCompleted);
    }

    [Fact]
    public async Task Who_waits_for_the_end_sees_no_data_unless_he_asks()
    {
        var id = await Client.ScheduleNewOrchestrationInstanceAsync("Echo", "input");

        var done = await Client.WaitForInstanceCompletionAsync(id, CancellationToken.None);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, done.RuntimeStatus);
        Assert.Null(done.SerializedOutput);
        Assert.Throws<InvalidOperationException>(() => done.ReadOutputAs<string>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_wait_that_is_cancelled_throws_as_the_real_client_does(bool forTheEnd)
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        var id = forTheEnd ? await Host.BeginAsync("Wait") : "nobody";

        var thrown = await Assert.ThrowsAsync<OperationCanceledException>(() => forTheEnd
            ? Client.WaitForInstanceCompletionAsync(id, cancel.Token)
            : Client.WaitForInstanceStartAsync(id, cancel.Token));

        Assert.Equal(cancel.Token, thrown.CancellationToken);
        Assert.Equal(StatusCode.Cancelled, Assert.IsType<RpcException>(thrown.InnerException).StatusCode);
    }

    [Fact]
    public async Task Who_waits_for_an_instance_before_it_is_there_gets_it()
    {
        var waiting = Host.FinishAsync("waited for");
        await Client.ScheduleNewOrchestrationInstanceAsync("Echo", "at last", new StartOrchestrationOptions("waited for"));

        Assert.Equal("at last", (await waiting).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Many_may_wait_for_one()
    {
        var id = await Host.BeginAsync("Wait");
        var waiting = Enumerable.Range(0, 20).Select(_ => Host.FinishAsync(id)).ToList();

        await Client.RaiseEventAsync(id, "go", "all");

        Assert.All(await Task.WhenAll(waiting), done => Assert.Equal("all", done.ReadOutputAs<string>()));
    }
}

/// <summary>Small orchestrations that clients play with.</summary>
public sealed class ClientTasks : SharedDurableHost
{
    protected override void Register(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc<string?, string?>("Echo", string? (TaskOrchestrationContext _, string? input) => input)
        .AddOrchestratorFunc("TimeOfStart", DateTime (TaskOrchestrationContext context) => context.CurrentUtcDateTime)
        .AddOrchestratorFunc("Fails", void (TaskOrchestrationContext _) => throw new InvalidOperationException("as asked"))
        .AddOrchestratorFunc("Wait", context => context.WaitForExternalEvent<string>("go"))
        .AddOrchestratorFunc("WaitTwice", async context => await context.WaitForExternalEvent<string>("go") + await context.WaitForExternalEvent<string>("go"))
        .AddOrchestratorFunc<int, string>("Tree", async (context, depth) =>
        {
            if (depth == 0) return await context.WaitForExternalEvent<string>("go");
            return await context.CallSubOrchestratorAsync<string>("Tree", depth - 1, new TaskOptions().WithInstanceId(context.InstanceId + "-c"));
        });
}
