namespace Microsoft.DurableTask.Client;

/// <param name="Recursive">Sub-orchestrations too.</param>
public record PurgeInstanceOptions(bool Recursive = false);

/// <summary>Which ended instances; what is not given does not matter.</summary>
public record PurgeInstancesFilter(
    DateTimeOffset? CreatedFrom = default, DateTimeOffset? CreatedTo = default, IEnumerable<OrchestrationRuntimeStatus>? Statuses = null)
{
    /// <summary>How long it may take; what is left then stays.</summary>
    public TimeSpan? Timeout { get; init; }
}

public class PurgeResult
{
    public PurgeResult(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        PurgedInstanceCount = count;
    }

    public PurgeResult(int count, bool? isComplete)
        : this(count)
    {
        IsComplete = isComplete;
    }

    /// <summary>Null where the host behind does not tell.</summary>
    public bool? IsComplete { get; }

    public int PurgedInstanceCount { get; }
}

public static class DurableTaskClientExtensions
{
    public static Task<PurgeResult> PurgeInstancesAsync(
        this DurableTaskClient client, DateTimeOffset? createdFrom, DateTimeOffset? createdTo, CancellationToken cancellation = default)
        => PurgeInstancesAsync(client, createdFrom, createdTo, statuses: null, options: null, cancellation);

    public static Task<PurgeResult> PurgeInstancesAsync(
        this DurableTaskClient client, DateTimeOffset? createdFrom, DateTimeOffset? createdTo, PurgeInstanceOptions? options, CancellationToken cancellation = default)
        => PurgeInstancesAsync(client, createdFrom, createdTo, statuses: null, options, cancellation);

    public static Task<PurgeResult> PurgeInstancesAsync(
        this DurableTaskClient client,
        DateTimeOffset? createdFrom,
        DateTimeOffset? createdTo,
        IEnumerable<OrchestrationRuntimeStatus>? statuses,
        CancellationToken cancellation = default)
        => PurgeInstancesAsync(client, createdFrom, createdTo, statuses, options: null, cancellation);

    public static Task<PurgeResult> PurgeInstancesAsync(
        this DurableTaskClient client,
        DateTimeOffset? createdFrom,
        DateTimeOffset? createdTo,
        IEnumerable<OrchestrationRuntimeStatus>? statuses,
        PurgeInstanceOptions? options,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        return client.PurgeAllInstancesAsync(new PurgeInstancesFilter(createdFrom, createdTo, statuses), options, cancellation);
    }
}
