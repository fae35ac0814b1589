namespace FleetChat.LocalRuntime.Durable;

/// <summary>A call's failure on its way to the orchestrator, who sees a TaskFailedException made of it once no retry is left.</summary>
internal sealed class FailedCallException(string name, int task, TaskFailure failure) : Exception(failure.Message)
{
    public string Name => name;

    public int Task => task;

    public TaskFailure Failure => failure;
}
