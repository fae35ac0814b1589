namespace Microsoft.DurableTask.Worker;

/// <summary>What a worker takes at all; the rest it leaves to others.</summary>
public class DurableTaskWorkerWorkItemFilters
{
    public IReadOnlyList<ActivityFilter> Activities { get; set; } = [];

    public IReadOnlyList<OrchestrationFilter> Orchestrations { get; set; } = [];

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
}
