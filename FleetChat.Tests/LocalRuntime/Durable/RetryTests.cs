using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Xunit.Sdk;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>Each for activities and for sub-orchestrations: the instance's id tells the attempts of one test from another's.</summary>
public sealed class RetryTests(RetryTasks tasks) : IClassFixture<RetryTasks>
{
    private DurableHost Host => tasks.Host;

    [Theory]
    [InlineData("activity", 1)]
    [InlineData("activity", 2)]
    [InlineData("activity", 10)]
    [InlineData("child", 1)]
    [InlineData("child", 2)]
    [InlineData("child", 10)]
    public async Task A_policy_tries_as_often_as_it_says(string kind, int attempts)
    {
        var done = await RunAsync(new(kind, Attempts: attempts));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.Equal(attempts, tasks.AttemptsOf(done));
        Assert.True(done.FailureDetails!.IsCausedBy<TaskFailedException>());
        Assert.Contains($"attempt {attempts}", done.FailureDetails.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("activity")]
    [InlineData("child")]
    public async Task A_policy_ends_with_the_first_success(string kind)
    {
        var done = await RunAsync(new(kind, Attempts: 10, Failures: 4));

        Assert.Equal("attempt 5", done.ReadOutputAs<string>());
        Assert.Null(done.FailureDetails);
        Assert.Equal(5, tasks.AttemptsOf(done));
    }

    [Theory]
    [InlineData("activity")]
    [InlineData("child")]
    public async Task A_policy_that_handles_no_such_failure_does_not_try_again(string kind)
    {
        var done = await RunAsync(new(kind, Attempts: 10, Handles: typeof(ArgumentException).FullName));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.Equal(1, tasks.AttemptsOf(done));
    }

    [Theory]
    [InlineData("activity", typeof(ApplicationException))]
    [InlineData("child", typeof(XunitException))]
    public async Task A_policy_that_handles_the_failure_tries_again(string kind, Type type)
    {
        var done = await RunAsync(new(kind, Attempts: 3, Throws: type.AssemblyQualifiedName, Handles: type.FullName));

        Assert.Equal(3, tasks.AttemptsOf(done));
    }

    [Theory]
    [InlineData("activity")]
    [InlineData("child")]
    public async Task A_policy_whose_time_is_over_does_not_try_again(string kind)
    {
        var done = await RunAsync(new(kind, Attempts: 50, First: 20, Backoff: 2, Timeout: 100));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.InRange(tasks.AttemptsOf(done), 2, 5);
    }

    [Fact]
    public async Task The_pauses_of_a_policy_grow_up_to_their_longest()
    {
        var done = await RunAsync(new("activity", Attempts: 5, First: 50, Backoff: 2, Longest: 120));

        // 50 + 100 + 120 + 120
        Assert.True(done.LastUpdatedAt - done.CreatedAt >= TimeSpan.FromMilliseconds(390), $"it took {done.LastUpdatedAt - done.CreatedAt}");
        Assert.Equal(5, tasks.AttemptsOf(done));
    }

    [Theory]
    [InlineData("activity", 1, typeof(ApplicationException))]
    [InlineData("activity", 2, typeof(RetryTasks.OwnException))]
    [InlineData("activity", 10, typeof(XunitException))]
    [InlineData("child", 1, typeof(ApplicationException))]
    [InlineData("child", 2, typeof(RetryTasks.OwnException))]
    [InlineData("child", 10, typeof(XunitException))]
    public async Task A_handler_decides_after_each_attempt(string kind, int attempts, Type type)
    {
        var done = await RunAsync(new(kind, Attempts: attempts, Throws: type.AssemblyQualifiedName, UsesHandler: true));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.Equal(attempts, tasks.AttemptsOf(done));
        Assert.Equal(Enumerable.Range(1, attempts).Select(n => $"{n} {type} True"), tasks.HandledOf(done));
    }

    [Fact]
    public async Task An_asynchronous_handler_may_ask_an_activity()
    {
        var done = await Host.RunAsync("RetriesByAsking");

        Assert.Equal("attempt 3", done.ReadOutputAs<string>());
    }

    [Theory]
    [InlineData("activity")]
    [InlineData("child")]
    public async Task What_is_missing_is_not_retried(string kind)
    {
        var done = await RunAsync(new(kind, Attempts: 5, UsesHandler: true, IsMissing: true));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.Empty(tasks.HandledOf(done));
    }

    [Theory]
    [InlineData("activity")]
    [InlineData("child")]
    public async Task What_is_missing_is_not_retried_by_a_policy_either(string kind)
    {
        var done = await RunAsync(new(kind, Attempts: 5, First: 60_000, IsMissing: true));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.Contains("'Missing'", done.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    private Task<OrchestrationMetadata> RunAsync(RetryTasks.Plan plan) => Host.RunAsync("Retries", plan);
}

public sealed class RetryTasks : SharedDurableHost
{
    private readonly ConcurrentDictionary<string, int> _attempts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _handled = new(StringComparer.Ordinal);

    public int AttemptsOf(OrchestrationMetadata done) => _attempts.GetValueOrDefault(done.InstanceId);

    public IEnumerable<string> HandledOf(OrchestrationMetadata done) => _handled.GetValueOrDefault(done.InstanceId) ?? [];

    protected override void Register(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc<Plan, string>("Retries", async (context, plan) =>
        {
            var name = plan.IsMissing ? "Missing" : "Tries";
            var input = new Attempt(context.InstanceId, plan.Failures, plan.Throws);
            return plan.Kind == "activity"
                ? await context.CallActivityAsync<string>(name, input, OptionsOf(plan))
                : await context.CallSubOrchestratorAsync<string>(name, input, OptionsOf(plan));
        })
        .AddOrchestratorFunc("RetriesByAsking", async context =>
        {
            var options = TaskOptions.FromRetryHandler(async retry => await retry.OrchestrationContext.CallActivityAsync<bool>("MayTry", retry.LastAttemptNumber));
            return await context.CallActivityAsync<string>("Tries", new Attempt(context.InstanceId, 2, null), options);
        })
        .AddActivityFunc<int, bool>("MayTry", (_, attempt) => attempt < 5)
        .AddOrchestratorFunc<Attempt, string>("Tries", string (_, attempt) => Try(attempt))
        .AddActivityFunc<Attempt, string>("Tries", string (_, attempt) => Try(attempt));

    private string Try(Attempt attempt)
    {
        var number = _attempts.AddOrUpdate(attempt.Key, 1, (_, n) => n + 1);
        if (number > attempt.Failures) return $"attempt {number}";
        var type = attempt.Throws is null ? typeof(InvalidOperationException) : Type.GetType(attempt.Throws)!;
        throw (Exception)Activator.CreateInstance(type, $"attempt {number}")!;
    }

    private TaskOptions OptionsOf(Plan plan)
        => plan.UsesHandler ? TaskOptions.FromRetryHandler(retry =>
        {
            if (!retry.OrchestrationContext.IsReplaying)
            {
                _handled.GetOrAdd(retry.OrchestrationContext.InstanceId, _ => [])
                    .Enqueue($"{retry.LastAttemptNumber} {retry.LastFailure.ErrorType} {retry.LastFailure.IsCausedBy<Exception>()}");
            }
            return retry.LastAttemptNumber < plan.Attempts;
        })
        : TaskOptions.FromRetryPolicy(new RetryPolicy(
            plan.Attempts,
            TimeSpan.FromMilliseconds(plan.First),
            plan.Backoff,
            plan.Longest is { } longest ? TimeSpan.FromMilliseconds(longest) : null,
            plan.Timeout is { } timeout ? TimeSpan.FromMilliseconds(timeout) : null)
        {
            HandleFailure = failure => plan.Handles is null || failure.ErrorType == plan.Handles,
        });

    public sealed record Plan(
        string Kind,
        int Attempts,
        int Failures = int.MaxValue,
        string? Throws = null,
        string? Handles = null,
        bool UsesHandler = false,
        bool IsMissing = false,
        int First = 1,
        double Backoff = 1,
        int? Longest = null,
        int? Timeout = null);

    public sealed record Attempt(string Key, int Failures, string? Throws);

    internal sealed class OwnException(string message) : Exception(message);
}
