namespace Microsoft.DurableTask;

/// <summary>An activity or a sub-orchestration failed with an exception that it did not catch.</summary>
public sealed class TaskFailedException : Exception
{
    public TaskFailedException(string taskName, int taskId, TaskFailureDetails failureDetails)
        : base(MessageOf(taskName, taskId, failureDetails?.ErrorMessage))
    {
        ArgumentNullException.ThrowIfNull(failureDetails);
        TaskName = taskName;
        TaskId = taskId;
        FailureDetails = failureDetails;
    }

    public TaskFailedException(string taskName, int taskId, Exception innerException)
        : base(MessageOf(taskName, taskId, innerException?.Message), innerException)
    {
        ArgumentNullException.ThrowIfNull(innerException);
        TaskName = taskName;
        TaskId = taskId;
        FailureDetails = TaskFailureDetails.FromException(innerException);
    }

    public TaskFailureDetails FailureDetails { get; }

    /// <summary>Its number among the orchestrator's actions.</summary>
    public int TaskId { get; }

    public string TaskName { get; }

    [Obsolete("Use the FailureDetails property and its IsCausedBy<T>() method")]
    public bool IsCausedByException<T>()
        where T : Exception
        => FailureDetails.IsCausedBy<T>();

    private static string MessageOf(string taskName, int taskId, string? message)
        => $"Task '{taskName}' (#{taskId}) failed with an unhandled exception: {message}";
}
