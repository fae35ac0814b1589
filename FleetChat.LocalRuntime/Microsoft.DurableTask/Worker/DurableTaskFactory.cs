using System.Diagnostics.CodeAnalysis;

namespace Microsoft.DurableTask.Worker;

/// <summary>Of a registry. A version is met exactly; only a name that has no version at all serves all versions.</summary>
internal sealed class DurableTaskFactory(DurableTaskRegistry registry) : IDurableTaskFactory
{
    public bool TryCreateActivity(TaskName name, IServiceProvider serviceProvider, [NotNullWhen(true)] out ITaskActivity? activity)
        => TryCreateActivity(name, version: null, serviceProvider, out activity);

    public bool TryCreateOrchestrator(TaskName name, IServiceProvider serviceProvider, [NotNullWhen(true)] out ITaskOrchestrator? orchestrator)
        => TryCreateOrchestrator(name, version: null, serviceProvider, out orchestrator);

    public bool TryCreateActivity(TaskName name, string? version, IServiceProvider services, [NotNullWhen(true)] out ITaskActivity? activity)
        => (activity = Find(registry.Activities, name, version)?.Invoke(services)) is not null;

    public bool TryCreateOrchestrator(TaskName name, string? version, IServiceProvider services, [NotNullWhen(true)] out ITaskOrchestrator? orchestrator)
        => (orchestrator = Find(registry.Orchestrators, name, version)?.Invoke(services)) is not null;

    private static T? Find<T>(Dictionary<(TaskName Name, TaskVersion Version), T> tasks, TaskName name, string? version)
        where T : class
    {
        if (name.Name is null) return null;
        if (tasks.TryGetValue((name, new TaskVersion(version)), out var exact)) return exact;
        return tasks.TryGetValue((name, TaskVersion.Unversioned), out var any) && !tasks.Keys.Any(k => k.Name == name && k.Version != TaskVersion.Unversioned) ? any : null;
    }
}
