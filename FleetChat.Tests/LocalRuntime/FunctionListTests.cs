using FleetChat.LocalRuntime;
using FleetChat.LocalRuntime.Invocation;
using Microsoft.Extensions.Configuration;

namespace FleetChat.Tests.LocalRuntime;

public sealed class FunctionListTests
{
    private static readonly string WithoutHostJson = Path.Combine(AppContext.BaseDirectory, "AzureApi");

    [Fact]
    public void Functions_are_told_with_what_triggers_them_and_where_they_write()
    {
        var functions = FunctionList.Read(typeof(RuntimeFunctions).Assembly, WithoutHostJson, new ConfigurationBuilder().Build());

        Assert.Equal(("http", "POST /api/put"), Trigger("Put"));
        Assert.Equal(["work"], functions.Single(f => f.Name == "Put").Queues);
        Assert.Equal(("queue", "work"), Trigger("Work"));
        Assert.Equal(("timer", "0 0 * * * *"), Trigger("Hourly"));
        Assert.Equal(("timer", "0 0 0 1 1 *, and at start"), Trigger("AtStart"));
        Assert.EndsWith("RuntimeFunctions.Work", functions.Single(f => f.Name == "Work").EntryPoint, StringComparison.Ordinal);

        (string Kind, string Text) Trigger(string name) => (functions.Single(f => f.Name == name).Kind, functions.Single(f => f.Name == name).Trigger);
    }

    [Fact]
    public void A_kind_of_trigger_that_came_later_is_told_by_what_it_holds()
    {
        var trigger = new LaterTriggerBinding("context", "ConsentFlow", ["a", "b"], Version: null);

        Assert.Equal(("orchestration", "ConsentFlow, a, b"), (TriggerText.Kind(trigger), TriggerText.Of(trigger, routePrefix: "")));
    }

    private sealed record LaterTriggerBinding(string Name, string Orchestration, IReadOnlyList<string> Tags, string? Version) : TriggerBinding(Name, "orchestrationTrigger");
}
