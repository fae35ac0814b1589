namespace Microsoft.DurableTask;

/// <summary>How often and when a failed call is tried again.</summary>
public class RetryPolicy
{
    /// <param name="maxNumberOfAttempts">The first one included; at least 1.</param>
    /// <param name="firstRetryInterval">Before the second attempt; more than zero.</param>
    /// <param name="backoffCoefficient">What the interval grows by; at least 1.</param>
    /// <param name="maxRetryInterval">How far it grows; null or infinite: an hour, as the real package has it.</param>
    /// <param name="retryTimeout">No attempt begins later than this after the first; null: whenever.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside of its range.</exception>
    public RetryPolicy(
        int maxNumberOfAttempts, TimeSpan firstRetryInterval, double backoffCoefficient = 1, TimeSpan? maxRetryInterval = default, TimeSpan? retryTimeout = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxNumberOfAttempts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(firstRetryInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(backoffCoefficient, 1);
        if (maxRetryInterval < firstRetryInterval) throw new ArgumentOutOfRangeException(nameof(maxRetryInterval), maxRetryInterval, "It must not be shorter than the first retry interval.");
        if (retryTimeout < firstRetryInterval) throw new ArgumentOutOfRangeException(nameof(retryTimeout), retryTimeout, "It must not be shorter than the first retry interval.");
        MaxNumberOfAttempts = maxNumberOfAttempts;
        FirstRetryInterval = firstRetryInterval;
        BackoffCoefficient = backoffCoefficient;
        MaxRetryInterval = maxRetryInterval ?? TimeSpan.FromHours(1);
        RetryTimeout = retryTimeout ?? Timeout.InfiniteTimeSpan;
    }

    public double BackoffCoefficient { get; }

    public TimeSpan FirstRetryInterval { get; }

    /// <summary>Whether an exception is worth another attempt; every one is, unless <see cref="HandleFailure"/> was set.</summary>
    public Func<Exception, bool> Handle { get; private init; } = _ => true;

    [Obsolete("This functionality is not implemented. Will be removed in the future. Use TaskOptions.FromRetryHandler or HandleFailure instead.")]
    public Func<Exception, Task<bool>>? HandleAsync { get; set; }

    public Func<TaskFailureDetails, bool> HandleFailure
    {
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            Handle = exception => value(exception is TaskFailedException failed ? failed.FailureDetails : TaskFailureDetails.FromException(exception));
        }
    }

    public int MaxNumberOfAttempts { get; }

    public TimeSpan MaxRetryInterval { get; }

    public TimeSpan RetryTimeout { get; }
}
