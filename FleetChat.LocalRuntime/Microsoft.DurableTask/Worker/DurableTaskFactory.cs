using System.Diagnostics.CodeAnalysis;

namespace Microsoft.DurableTask.Worker;

/// <summary>Makes the tasks of a registry, by name ignoring case and by version as <see cref="DurableTaskRegistry.Registrations{T}.Find"/> says.</summary>
internal sealed class DurableTaskFactory(DurableTaskRegistry registry) : IDurableTaskFactory
{
    public bool TryCreateActivity(TaskName name, IServiceProvider serviceProvider, [NotNullWhen(true)] out ITaskActivity? activity)
        => TryCreateActivity(name, null, serviceProvider, out activity);

    public bool TryCreateOrchestrator(TaskName name, IServiceProvider serviceProvider, [NotNullWhen(true)] out ITaskOrchestrator? orchestrator)
        => TryCreateOrchestrator(name, null, serviceProvider, out orchestrator);

    internal bool TryCreateActivity(TaskName name, string? version, IServiceProvider services, [NotNullWhen(true)] out ITaskActivity? activity)
    {
        ArgumentNullException.ThrowIfNull(services);
        activity = registry.Activities.Find(name, version)?.Invoke(services);
        return activity is not null;
    }

    internal bool TryCreateOrchestrator(TaskName name, string? version, IServiceProvider services, [NotNullWhen(true)] out ITaskOrchestrator? orchestrator)
    {
        ArgumentNullException.ThrowIfNull(services);
        orchestrator = registry.Orchestrators.Find(name, version)?.Invoke(services);
        return orchestrator is not null;
    }
}
