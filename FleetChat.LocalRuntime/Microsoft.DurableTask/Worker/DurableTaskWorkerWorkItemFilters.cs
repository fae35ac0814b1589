namespace Microsoft.DurableTask.Worker;

public class DurableTaskWorkerWorkItemFilters
{
    public IReadOnlyList<OrchestrationFilter> Orchestrations { get; set; } = [];

    public IReadOnlyList<ActivityFilter> Activities { get; set; } = [];

    public readonly struct OrchestrationFilter
    {
        public OrchestrationFilter()
        {
        }

        public OrchestrationFilter(string name, IReadOnlyList<string>? versions)
        {
            Name = name;
            Versions = versions ?? [];
        }

        public string Name { get; init; } = "";

        public IReadOnlyList<string> Versions { get; init; } = [];
    }

    public readonly struct ActivityFilter
    {
        public ActivityFilter()
        {
        }

        public ActivityFilter(string name, IReadOnlyList<string>? versions)
        {
            Name = name;
            Versions = versions ?? [];
        }

        public string Name { get; init; } = "";

        public IReadOnlyList<string> Versions { get; init; } = [];
    }
}
