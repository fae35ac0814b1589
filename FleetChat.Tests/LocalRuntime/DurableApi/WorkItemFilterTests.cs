using Microsoft.DurableTask;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using static Microsoft.DurableTask.Worker.DurableTaskWorkerWorkItemFilters;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

public sealed class WorkItemFilterTests
{
    private readonly ServiceCollection _services = new();
    private readonly IDurableTaskWorkerBuilder _builder;

    public WorkItemFilterTests() => _builder = _services.AddDurableTaskWorker("w").AddTasks(tasks => tasks
        .AddOrchestratorFunc("Plain", _ => { })
        .AddOrchestratorFunc<int, int>("Versioned", "2", (_, input) => Task.FromResult(input))
        .AddOrchestratorFunc<int, int>("versioned", "1", (_, input) => Task.FromResult(input))
        .AddActivityFunc("Send", _ => { }));

    [Fact]
    public void Nothing_is_filtered_unless_asked_for() => Assert.Equal("", Shown());

    [Fact]
    public void Filters_are_made_of_what_is_registered()
    {
        _builder.UseWorkItemFilters();

        Assert.Equal("Plain[] Versioned[1,2] / Send[]", Shown());
    }

    [Fact]
    public void Strict_versioning_filters_by_the_workers_version()
    {
        _builder.UseWorkItemFilters().UseVersioning(new() { Version = "7", MatchStrategy = DurableTaskWorkerOptions.VersionMatchStrategy.Strict });

        Assert.Equal("Plain[7] Versioned[7] / Send[7]", Shown());
    }

    [Fact]
    public void Own_filters_take_the_place_of_those_that_were_made()
    {
        _builder.UseWorkItemFilters().UseWorkItemFilters(new() { Orchestrations = [new("plain", ["3"])] });

        Assert.Equal("plain[3] / ", Shown());
    }

    [Fact]
    public void No_filters_take_the_others_away()
    {
        _builder.UseWorkItemFilters().UseWorkItemFilters(null);

        Assert.Equal("", Shown());
    }

    [Fact]
    public void A_filter_for_what_is_not_registered_is_refused()
    {
        _builder.UseWorkItemFilters(new() { Orchestrations = [new("Plain", null), new("Plane", null)], Activities = [default] });

        var refused = Assert.Throws<OptionsValidationException>(Shown);

        Assert.Contains("worker 'w'", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith(" Orchestrations: [Plane] Activities: [<empty>]", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_filter_has_an_empty_name_and_any_version()
    {
        Assert.Equal(("", 0), (new OrchestrationFilter().Name, new OrchestrationFilter().Versions.Count));
        Assert.Equal(("Send", 0), (new ActivityFilter("Send", null).Name, new ActivityFilter("Send", null).Versions.Count));
    }

    private string Shown()
    {
        using var services = _services.BuildServiceProvider();
        var filters = services.GetRequiredService<IOptionsMonitor<DurableTaskWorkerWorkItemFilters>>().Get("w");
        var orchestrations = string.Join(' ', filters.Orchestrations.Select(f => $"{f.Name}[{string.Join(',', f.Versions)}]"));
        var activities = string.Join(' ', filters.Activities.Select(f => $"{f.Name}[{string.Join(',', f.Versions)}]"));
        return orchestrations.Length + activities.Length == 0 ? "" : $"{orchestrations} / {activities}";
    }
}
