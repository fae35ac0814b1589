namespace Microsoft.DurableTask;

public class RetryPolicy
{
    private readonly Func<TaskFailureDetails, bool>? _handleFailure;

    public RetryPolicy(
        int maxNumberOfAttempts,
        TimeSpan firstRetryInterval,
        double backoffCoefficient = 1,
        TimeSpan? maxRetryInterval = default,
        TimeSpan? retryTimeout = default)
    {
        ThrowUnless(maxNumberOfAttempts > 0, nameof(maxNumberOfAttempts), maxNumberOfAttempts, "greater than zero");
        ThrowUnless(firstRetryInterval > TimeSpan.Zero, nameof(firstRetryInterval), firstRetryInterval, "greater than zero");
        ThrowUnless(!(backoffCoefficient < 1), nameof(backoffCoefficient), backoffCoefficient, "greater or equal to 1.0");
        const string NoShorter = $"greater or equal to the value for {nameof(firstRetryInterval)}";
        ThrowUnless(IsNoShorter(maxRetryInterval), nameof(maxRetryInterval), maxRetryInterval, NoShorter);
        ThrowUnless(IsNoShorter(retryTimeout), nameof(retryTimeout), retryTimeout, NoShorter);

        MaxNumberOfAttempts = maxNumberOfAttempts;
        FirstRetryInterval = firstRetryInterval;
        BackoffCoefficient = backoffCoefficient;
        MaxRetryInterval = maxRetryInterval ?? TimeSpan.FromHours(1);
        RetryTimeout = retryTimeout ?? Timeout.InfiniteTimeSpan;

        bool IsNoShorter(TimeSpan? time) => time is null || time == Timeout.InfiniteTimeSpan || time >= firstRetryInterval;
    }

    public int MaxNumberOfAttempts { get; }

    public TimeSpan FirstRetryInterval { get; }

    public double BackoffCoefficient { get; }

    public TimeSpan MaxRetryInterval { get; }

    public TimeSpan RetryTimeout { get; }

    /// <summary>Asks <see cref="HandleFailure"/> with the details of the failure; without it every failure is retried.</summary>
    public Func<Exception, bool> Handle => exception => ShouldRetry(TaskFailureDetails.Of(exception));

    [Obsolete("This functionality is not implemented. Will be removed in the future. Use TaskOptions.FromRetryHandler or HandleFailure instead.")]
    public Func<Exception, Task<bool>>? HandleAsync { get; set; }

    public Func<TaskFailureDetails, bool> HandleFailure
    {
        init => _handleFailure = value;
    }

    internal bool ShouldRetry(TaskFailureDetails failure) => _handleFailure?.Invoke(failure) ?? true;

    /// <summary>
    /// How long to wait after a failed attempt; zero means that no further one is made.
    /// A handler that throws ends the retries: its exception is nobody's answer, the failure that it judged is.
    /// </summary>
    /// <param name="attempt">The failed attempt's number, the first is 0.</param>
    internal TimeSpan ComputeNextDelay(int attempt, DateTime firstAttemptAt, TaskFailureDetails failure, DateTime now)
    {
        try
        {
            if (!ShouldRetry(failure)) return TimeSpan.Zero;
        }
        catch (Exception)
        {
            return TimeSpan.Zero;
        }

        if (RetryTimeout != Timeout.InfiniteTimeSpan && now - firstAttemptAt >= RetryTimeout) return TimeSpan.Zero;
        var delay = FirstRetryInterval.TotalMilliseconds * Math.Pow(BackoffCoefficient, attempt);
        var longest = MaxRetryInterval == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : MaxRetryInterval;
        return delay < longest.TotalMilliseconds ? TimeSpan.FromMilliseconds(delay) : longest;
    }

    private static void ThrowUnless(bool valid, string parameter, object? value, string bound)
    {
        if (!valid) throw new ArgumentOutOfRangeException(parameter, value, $"The value for {parameter} must be {bound}.");
    }
}
