using Microsoft.DurableTask;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

public sealed class RetryPolicyTests
{
    private static readonly DateTime First = new(2026, 5, 1, 8, 0, 0, DateTimeKind.Utc);
    private static readonly TaskFailureDetails Failure = new("System.TimeoutException", "slow", null, null, null);

    [Fact]
    public void Unsaid_settings_are_those_of_the_real_policy()
    {
        var policy = new RetryPolicy(3, TimeSpan.FromSeconds(5));

        Assert.Equal(1, policy.BackoffCoefficient);
        Assert.Equal(TimeSpan.FromHours(1), policy.MaxRetryInterval);
        Assert.Equal(Timeout.InfiniteTimeSpan, policy.RetryTimeout);
        Assert.True(policy.Handle(new InvalidOperationException()));
    }

    [Theory]
    [InlineData(0, 1, 1, 1, 1, "maxNumberOfAttempts")]
    [InlineData(1, 0, 1, 1, 1, "firstRetryInterval")]
    [InlineData(1, 1, 0.9, 1, 1, "backoffCoefficient")]
    [InlineData(1, 2, 1, 1, 2, "maxRetryInterval")]
    [InlineData(1, 2, 1, 2, 1, "retryTimeout")]
    public void A_setting_that_makes_no_sense_is_refused_by_its_name(int attempts, int first, double backoff, int longest, int timeout, string parameter)
    {
        var refused = Assert.Throws<ArgumentOutOfRangeException>(
            () => new RetryPolicy(attempts, TimeSpan.FromSeconds(first), backoff, TimeSpan.FromSeconds(longest), TimeSpan.FromSeconds(timeout)));

        Assert.Equal(parameter, refused.ParamName);
    }

    [Fact]
    public void Without_end_is_a_longest_interval_and_a_timeout()
    {
        var policy = new RetryPolicy(3, TimeSpan.FromSeconds(5), 2, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        Assert.Equal(TimeSpan.FromSeconds(5 * 1024), policy.ComputeNextDelay(10, First, Failure, First.AddDays(100)));
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(1, 20)]
    [InlineData(2, 40)]
    [InlineData(3, 60)]
    [InlineData(500, 60)]
    public void Delays_grow_up_to_the_longest(int attempt, int seconds)
    {
        var policy = new RetryPolicy(1000, TimeSpan.FromSeconds(10), 2, TimeSpan.FromMinutes(1));

        Assert.Equal(TimeSpan.FromSeconds(seconds), policy.ComputeNextDelay(attempt, First, Failure, First));
    }

    [Theory]
    [InlineData(29, 10)]
    [InlineData(30, 0)]
    [InlineData(31, 0)]
    public void No_retry_begins_when_the_timeout_has_passed(int secondsLater, int delay)
    {
        var policy = new RetryPolicy(5, TimeSpan.FromSeconds(10), retryTimeout: TimeSpan.FromSeconds(30));

        Assert.Equal(TimeSpan.FromSeconds(delay), policy.ComputeNextDelay(0, First, Failure, First.AddSeconds(secondsLater)));
    }

    [Fact]
    public void The_handler_decides_by_the_failure()
    {
        var policy = new RetryPolicy(5, TimeSpan.FromSeconds(10)) { HandleFailure = failure => failure.IsCausedBy<TimeoutException>() };

        Assert.NotEqual(TimeSpan.Zero, policy.ComputeNextDelay(0, First, Failure, First));
        Assert.Equal(TimeSpan.Zero, policy.ComputeNextDelay(0, First, Failure with { ErrorType = "System.FormatException" }, First));
    }

    [Fact]
    public void A_handler_that_throws_ends_the_retries()
    {
        var policy = new RetryPolicy(5, TimeSpan.FromSeconds(10)) { HandleFailure = _ => throw new FormatException() };

        Assert.Equal(TimeSpan.Zero, policy.ComputeNextDelay(0, First, Failure, First));
    }

    [Fact]
    public void A_failed_task_is_judged_by_the_failure_that_it_tells_of()
    {
        var policy = new RetryPolicy(5, TimeSpan.FromSeconds(10)) { HandleFailure = failure => failure.IsCausedBy<TimeoutException>() };

        Assert.True(policy.Handle(new TaskFailedException("Send", 1, Failure)));
        Assert.True(policy.Handle(new TimeoutException()));
        Assert.False(policy.Handle(new InvalidOperationException()));
    }
}
