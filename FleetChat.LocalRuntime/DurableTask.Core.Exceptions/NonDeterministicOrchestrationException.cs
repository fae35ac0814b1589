namespace DurableTask.Core.Exceptions;

/// <summary>An orchestrator does not do what its history says. Failure details show it under this name.</summary>
/// <param name="step">The number of the action at which it was found out.</param>
internal sealed class NonDeterministicOrchestrationException(int step, string details) : Exception("Non-Deterministic workflow detected: " + details)
{
    public int Step => step;
}
