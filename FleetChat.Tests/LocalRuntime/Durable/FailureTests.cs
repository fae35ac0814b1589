using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit.Sdk;

namespace FleetChat.Tests.LocalRuntime.Durable;

public sealed class FailureTests(FailureTasks tasks) : IClassFixture<FailureTasks>
{
    private DurableHost Host => tasks.Host;

    [Fact]
    public async Task An_activitys_failure_is_told_with_its_causes_and_the_orchestrators_stack()
    {
        var done = await Host.RunAsync("CallsFailing");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.Null(done.SerializedOutput);
        var failure = done.FailureDetails!;
        Assert.Equal(typeof(TaskFailedException).FullName, failure.ErrorType);
        Assert.Equal("Task 'Fails' (#0) failed with an unhandled exception: outer", failure.ErrorMessage);
        Assert.Contains(nameof(FailureTasks.CallsFailingAsync), failure.StackTrace, StringComparison.Ordinal);
        Assert.DoesNotContain(nameof(FailureTasks.Fails), failure.StackTrace, StringComparison.Ordinal);
        var activity = failure.InnerFailure!;
        Assert.Equal(typeof(InvalidOperationException).FullName, activity.ErrorType);
        Assert.Equal("outer", activity.ErrorMessage);
        Assert.Contains(nameof(FailureTasks.Fails), activity.StackTrace, StringComparison.Ordinal);
        Assert.Equal(typeof(DriverException).ToString(), activity.InnerFailure!.ErrorType);
        Assert.Equal("inner", activity.InnerFailure.ErrorMessage);
        Assert.Null(activity.InnerFailure.InnerFailure);
    }

    [Theory]
    [InlineData(typeof(ApplicationException))]
    [InlineData(typeof(DriverException))]
    [InlineData(typeof(XunitException))]
    [InlineData(typeof(NpgsqlException))]
    public async Task An_orchestrators_own_exception_is_told_whatever_its_type(Type type)
    {
        var done = await Host.RunAsync("ThrowsOf", type.AssemblyQualifiedName);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        var failure = done.FailureDetails!;
        Assert.Equal(type.ToString(), failure.ErrorType);
        Assert.Equal("thrown", failure.ErrorMessage);
        Assert.True(failure.IsCausedBy(type));
        Assert.True(failure.IsCausedBy<Exception>());
        Assert.False(failure.IsCausedBy<TaskFailedException>());
    }

    [Theory]
    [InlineData("Throws")]
    [InlineData("ThrowsAsTask")]
    public async Task The_stack_trace_of_an_orchestrator_shows_its_callers_too(string orchestrator)
    {
        var done = await Host.RunAsync(orchestrator);

        var stack = done.FailureDetails!.StackTrace!.Trim();
        Assert.StartsWith(tasks.StackOfThrows![..300], stack, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failures_are_caught_by_the_type_of_their_cause()
        => Assert.Equal(["invalid", "argument", "said", "any"], (await Host.RunAsync("Catches")).ReadOutputAs<string[]>()!);

    [Fact]
    public async Task The_exception_names_the_task_and_its_number()
        => Assert.Equal("Fails #1: Task 'Fails' (#1) failed with an unhandled exception: outer", (await Host.RunAsync("DescribesFailure")).ReadOutputAs<string>());

    [Fact]
    public async Task Causes_are_kept_through_nested_orchestrations()
    {
        var done = await Host.RunAsync("ParentOfFailing");

        var failure = done.FailureDetails!;
        Assert.True(failure.IsCausedBy<TaskFailedException>());
        Assert.Contains("Task 'CallsNested' (#0)", failure.ErrorMessage, StringComparison.Ordinal);
        Assert.True(failure.InnerFailure!.IsCausedBy<TaskFailedException>());
        Assert.Contains("Task 'FailsNested' (#0)", failure.InnerFailure.ErrorMessage, StringComparison.Ordinal);
        var first = failure.InnerFailure.InnerFailure!;
        Assert.True(first.IsCausedBy<DriverException>());
        Assert.Equal("first", first.ErrorMessage);
        Assert.True(first.InnerFailure!.IsCausedBy<TimeoutException>());
        Assert.Equal("second", first.InnerFailure.ErrorMessage);
        Assert.True(first.InnerFailure.InnerFailure!.IsCausedBy<XunitException>());
        Assert.Equal("third", first.InnerFailure.InnerFailure.ErrorMessage);
    }

    [Fact]
    public async Task The_parent_sees_what_the_child_saw()
        => Assert.Equal("TaskFailedException > DriverException > TimeoutException > XunitException", (await Host.RunAsync("DescribesNested")).ReadOutputAs<string>());

    [Fact]
    public async Task One_of_several_may_fail_while_the_others_answer()
        => Assert.Equal("RanToCompletion,Faulted,RanToCompletion", (await Host.RunAsync("FanOutWithFailure")).ReadOutputAs<string>());

    [Fact]
    public async Task An_orchestrator_that_fails_waits_for_what_it_began()
    {
        var done = await Host.RunAsync("FailsWithOpenTimer");

        Assert.Equal("at once", done.FailureDetails!.ErrorMessage);
        Assert.True(done.LastUpdatedAt - done.CreatedAt >= TimeSpan.FromMilliseconds(200), $"it took {done.LastUpdatedAt - done.CreatedAt}");
    }

    [Fact]
    public async Task An_orchestrator_that_cancels_itself_fails()
    {
        var done = await Host.RunAsync("Cancels");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.True(done.FailureDetails!.IsCausedBy<OperationCanceledException>());
    }

    [Fact]
    public async Task A_missing_activity_fails_its_caller()
    {
        var done = await Host.RunAsync("CallsMissing");

        Assert.Equal("ActivityTaskNotFound", done.FailureDetails!.InnerFailure!.ErrorType);
        Assert.Equal("No activity task named 'Missing' was found.", done.FailureDetails.InnerFailure.ErrorMessage);
    }

    [Fact]
    public async Task Options_in_the_place_of_an_input_are_refused()
    {
        var done = await Host.RunAsync("OptionsAsInput");

        Assert.True(done.FailureDetails!.IsCausedBy<ArgumentException>());
    }

    [Fact]
    public async Task Properties_of_exceptions_come_across_as_the_provider_gave_them()
    {
        var done = await Host.RunAsync("CallsBusiness");

        Assert.Null(done.FailureDetails!.Properties);
        var properties = done.FailureDetails.InnerFailure!.Properties!;
        Assert.Equal(9, properties.Count);
        Assert.Equal("dt:no moment", properties["Text"]);
        Assert.Equal(100.0, properties["Int"]);
        Assert.Equal(999_999_999.0, properties["Long"]);
        Assert.Equal(1.25, properties["Decimal"]);
        Assert.Equal(new DateTime(2025, 10, 15, 14, 30, 0, DateTimeKind.Utc), properties["Moment"]);
        Assert.Equal(new DateTimeOffset(2025, 10, 15, 14, 30, 0, TimeSpan.FromHours(2)), properties["Offset"]);
        var structure = Assert.IsAssignableFrom<IDictionary<string, object?>>(properties["Structure"]);
        Assert.Equal("LATE", structure["code"]);
        Assert.Equal(3.0, structure["count"]);
        Assert.Equal(true, structure["critical"]);
        Assert.Equal(["one", 500.0, null], Assert.IsAssignableFrom<IList<object?>>(properties["List"]));
        Assert.Null(properties["Nothing"]);
    }

    [Fact]
    public async Task Properties_are_kept_through_nested_orchestrations()
    {
        var done = await Host.RunAsync("ParentOfBusiness");

        var properties = done.FailureDetails!.InnerFailure!.InnerFailure!.Properties!;
        Assert.Equal(100.0, properties["Int"]);
        Assert.IsType<DateTime>(properties["Moment"]);
    }

    [Fact]
    public async Task An_orchestrators_own_exception_has_properties_too()
    {
        var done = await Host.RunAsync("ThrowsOutOfRange");

        Assert.Equal("speed", done.FailureDetails!.Properties!["Name"]);
        Assert.Equal("too fast", done.FailureDetails.Properties["Value"]);
        Assert.True(done.FailureDetails.IsCausedBy<ArgumentOutOfRangeException>());
        Assert.True(done.FailureDetails.IsCausedBy<ArgumentException>());
    }

    internal sealed class DriverException : Exception
    {
        public DriverException(string message)
            : base(message)
        {
        }

        public DriverException(string message, Exception cause)
            : base(message, cause)
        {
        }
    }

    internal sealed class BusinessException(string message) : Exception(message);
}

public sealed class FailureTasks : SharedDurableHost
{
    public string? StackOfThrows { get; private set; }

    public static async Task CallsFailingAsync(TaskOrchestrationContext context) => await context.CallActivityAsync("Fails");

    public static void Fails(TaskActivityContext context) => throw new InvalidOperationException("outer", new FailureTests.DriverException("inner"));

    protected override void Configure(IDurableTaskWorkerBuilder worker) => worker.Services.AddSingleton<IExceptionPropertiesProvider, Properties>();

    protected override void Register(DurableTaskRegistry tasks)
    {
        RegisterProperties(tasks);
        tasks
            .AddOrchestratorFunc("CallsFailing", CallsFailingAsync)
            .AddActivityFunc("Fails", Fails)
            .AddOrchestratorFunc<string>("ThrowsOf", void (_, type) => throw (Exception)Activator.CreateInstance(Type.GetType(type)!, "thrown")!)
            .AddOrchestratorFunc("Throws", void (TaskOrchestrationContext _) =>
            {
                // On one line, so that both traces tell the same number.
                StackOfThrows = Environment.StackTrace.Replace("at System.Environment.get_StackTrace()", "", StringComparison.Ordinal).Trim(); throw new FailureTests.DriverException("thrown");
            })
            .AddOrchestratorFunc("ThrowsAsTask", Task (TaskOrchestrationContext _) =>
            {
                StackOfThrows = Environment.StackTrace.Replace("at System.Environment.get_StackTrace()", "", StringComparison.Ordinal).Trim(); throw new FailureTests.DriverException("thrown");
            })
            .AddOrchestratorFunc("Catches", async context =>
            {
                var seen = new List<string>();
                await CatchAsync<InvalidOperationException>("FailsInvalid", "invalid");
                await CatchAsync<ArgumentException>("FailsArgument", "argument");
                await CatchAsync<Exception>("Says", "none");
                await CatchAsync<Exception>("FailsInvalid", "any");
                return seen;

                async Task CatchAsync<T>(string activity, string found)
                    where T : Exception
                {
                    try
                    {
                        seen.Add(await context.CallActivityAsync<string>(activity));
                    }
                    catch (TaskFailedException exception) when (exception.FailureDetails.IsCausedBy<T>())
                    {
                        seen.Add(found);
                    }
                }
            })
            .AddActivityFunc("FailsInvalid", string (TaskActivityContext _) => throw new InvalidOperationException("invalid"))
            .AddActivityFunc("FailsArgument", string (TaskActivityContext _) => throw new ArgumentException("argument"))
            .AddActivityFunc("Says", string (TaskActivityContext _) => "said")
            .AddOrchestratorFunc("DescribesFailure", async context =>
            {
                await context.CallActivityAsync("Says");
                try
                {
                    await context.CallActivityAsync("Fails");
                    return "";
                }
                catch (TaskFailedException exception)
                {
                    return $"{exception.TaskName} #{exception.TaskId}: {exception.Message}";
                }
            })
            .AddOrchestratorFunc("ParentOfFailing", async context => await context.CallSubOrchestratorAsync("CallsNested"))
            .AddOrchestratorFunc("CallsNested", async context => await context.CallActivityAsync("FailsNested"))
            .AddActivityFunc("FailsNested", void (TaskActivityContext _)
                => throw new FailureTests.DriverException("first", new TimeoutException("second", new XunitException("third"))))
            .AddOrchestratorFunc("DescribesNested", async context =>
            {
                try
                {
                    await context.CallSubOrchestratorAsync("CallsNested");
                    return "";
                }
                catch (TaskFailedException exception)
                {
                    var types = new List<string>();
                    for (var one = exception.FailureDetails; one is not null; one = one.InnerFailure) types.Add(one.ErrorType.Split('.', '+')[^1]);
                    return string.Join(" > ", types);
                }
            })
            .AddOrchestratorFunc("FanOutWithFailure", async context =>
            {
                Task[] all = [context.CallActivityAsync("Says"), context.CallActivityAsync("Fails"), context.CallActivityAsync("Says")];
                await Task.WhenAll(all).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Current);
                return string.Join(',', all.Select(t => t.Status));
            })
            .AddOrchestratorFunc("FailsWithOpenTimer", void (TaskOrchestrationContext context) =>
            {
                _ = context.CreateTimer(TimeSpan.FromMilliseconds(200), CancellationToken.None);
                throw new InvalidOperationException("at once");
            })
            .AddOrchestratorFunc("Cancels", async context =>
            {
                await context.CallActivityAsync("Says");
                throw new OperationCanceledException("enough");
            })
            .AddOrchestratorFunc("CallsMissing", async context => await context.CallActivityAsync("Missing"))
            .AddOrchestratorFunc("OptionsAsInput", async context => await context.CallActivityAsync("Says", (object)new TaskOptions()));
    }

    private static void RegisterProperties(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc("CallsBusiness", async context => await context.CallActivityAsync("FailsBusiness"))
        .AddOrchestratorFunc("ParentOfBusiness", async context => await context.CallSubOrchestratorAsync("CallsBusiness"))
        .AddOrchestratorFunc("ThrowsOutOfRange", void (TaskOrchestrationContext _) => CheckSpeed("too fast"))
        .AddActivityFunc("FailsBusiness", void (TaskActivityContext _) => throw new FailureTests.BusinessException("late"));

    private static void CheckSpeed(string speed) => throw new ArgumentOutOfRangeException(nameof(speed), speed, "out of range");

    private sealed class Properties : IExceptionPropertiesProvider
    {
        public IDictionary<string, object?>? GetExceptionProperties(Exception exception) => exception switch
        {
            ArgumentOutOfRangeException range => new Dictionary<string, object?> { ["Name"] = range.ParamName, ["Value"] = range.ActualValue },
            FailureTests.BusinessException => new Dictionary<string, object?>
            {
                ["Text"] = "dt:no moment",
                ["Int"] = 100,
                ["Long"] = 999_999_999L,
                ["Decimal"] = 1.25m,
                ["Moment"] = new DateTime(2025, 10, 15, 14, 30, 0, DateTimeKind.Utc),
                ["Offset"] = new DateTimeOffset(2025, 10, 15, 14, 30, 0, TimeSpan.FromHours(2)),
                ["Structure"] = new Dictionary<string, object?> { ["code"] = "LATE", ["count"] = 3, ["critical"] = true },
                ["List"] = new List<object?> { "one", 500, null },
                ["Nothing"] = null,
            },
            _ => null,
        };
    }
}
