using System.Diagnostics.CodeAnalysis;

namespace Microsoft.DurableTask.Worker;

/// <summary>Makes the application's tasks by name.</summary>
public interface IDurableTaskFactory
{
    bool TryCreateActivity(TaskName name, IServiceProvider serviceProvider, [NotNullWhen(true)] out ITaskActivity? activity);

    bool TryCreateOrchestrator(TaskName name, IServiceProvider serviceProvider, [NotNullWhen(true)] out ITaskOrchestrator? orchestrator);
}

/// <summary>What is kept of an exception beside its type and message.</summary>
public interface IExceptionPropertiesProvider
{
    IDictionary<string, object?>? GetExceptionProperties(Exception exception);
}

[Obsolete("Experimental")]
public interface IOrchestrationFilter
{
    /// <returns>False leaves the orchestration to other workers.</returns>
    ValueTask<bool> IsOrchestrationValidAsync(OrchestrationFilterParameters info, CancellationToken cancellationToken = default);
}

public struct OrchestrationFilterParameters
{
    public string? Name { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}
