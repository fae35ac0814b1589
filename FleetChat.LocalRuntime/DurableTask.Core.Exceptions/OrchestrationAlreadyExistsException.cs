namespace DurableTask.Core.Exceptions;

/// <summary>What the real client throws from DurableTask.Core: an instance of the id exists, in a status that a new instance may not replace.</summary>
public class OrchestrationAlreadyExistsException : InvalidOperationException
{
    public OrchestrationAlreadyExistsException()
    {
    }

    public OrchestrationAlreadyExistsException(string message)
        : base(message)
    {
    }

    public OrchestrationAlreadyExistsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
