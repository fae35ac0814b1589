using Microsoft.Extensions.Options;

namespace Microsoft.DurableTask.Worker;

internal sealed class WorkItemFiltersValidator(IOptionsMonitor<DurableTaskRegistry> registries) : IValidateOptions<DurableTaskWorkerWorkItemFilters>
{
    public ValidateOptionsResult Validate(string? name, DurableTaskWorkerWorkItemFilters options)
    {
        var registry = registries.Get(name);
        var unknown = Unknown("Orchestrations", options.Orchestrations.Select(f => f.Name), registry.Orchestrators.Contains)
            + Unknown("Activities", options.Activities.Select(f => f.Name), registry.Activities.Contains);
        return unknown.Length == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"Cannot configure work item filters for worker '{(string.IsNullOrEmpty(name) ? "<default>" : name)}': "
                + $"these names are no registered tasks. Register them or take them out of the filters.{unknown}");
    }

    private static string Unknown(string kind, IEnumerable<string> names, Func<TaskName, bool> isRegistered)
    {
        var unknown = names.Where(name => !isRegistered(name)).Select(name => string.IsNullOrEmpty(name) ? "<empty>" : name).ToList();
        return unknown.Count == 0 ? "" : $" {kind}: [{string.Join(", ", unknown)}]";
    }
}
