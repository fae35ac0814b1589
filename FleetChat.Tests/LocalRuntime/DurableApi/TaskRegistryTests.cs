using Microsoft.DurableTask;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

public sealed class TaskRegistryTests
{
    private static readonly FakeOrchestrationContext OrchestrationContext = new();
    private static readonly FakeActivityContext ActivityContext = new();

    private readonly DurableTaskRegistry _registry = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddSingleton(new Greeting("hello")).BuildServiceProvider();

    [Fact]
    public async Task Every_kind_of_orchestrator_function_runs()
    {
        var ran = new List<string>();
        _registry
            .AddOrchestratorFunc<int, string>("1", (_, input) => Task.FromResult($"{input}"))
            .AddOrchestratorFunc<int, string>("2", (_, input) => $"{input}")
            .AddOrchestratorFunc<int>("3", (_, input) => Ran(ran, $"3:{input}"))
            .AddOrchestratorFunc<string>("4", _ => Task.FromResult("4"))
            .AddOrchestratorFunc<string>("5", _ => "5")
            .AddOrchestratorFunc("6", _ => Ran(ran, "6"))
            .AddOrchestratorFunc<int>("7", (_, input) => ran.Add($"7:{input}"))
            .AddOrchestratorFunc("8", _ => ran.Add("8"));

        var results = new List<object?>();
        foreach (var (name, factory) in _registry.GetOrchestrators())
        {
            var orchestrator = factory(_services);
            results.Add(await orchestrator.RunAsync(OrchestrationContext, orchestrator.InputType == typeof(int) ? 9 : null));
        }

        Assert.Equal(["9", "9", null, "4", "5", null, null, null], results);
        Assert.Equal(["3:9", "6", "7:9", "8"], ran);
    }

    [Fact]
    public async Task Every_kind_of_activity_function_runs()
    {
        var ran = new List<string>();
        _registry
            .AddActivityFunc<int, string>("1", (_, input) => Task.FromResult($"{input}"))
            .AddActivityFunc<int, string>("2", (_, input) => $"{input}")
            .AddActivityFunc<int>("3", (_, input) => Ran(ran, $"3:{input}"))
            .AddActivityFunc<string>("4", _ => Task.FromResult("4"))
            .AddActivityFunc<string>("5", _ => "5")
            .AddActivityFunc("6", _ => Ran(ran, "6"))
            .AddActivityFunc<int>("7", (_, input) => ran.Add($"7:{input}"))
            .AddActivityFunc("8", _ => ran.Add("8"));

        var results = new List<object?>();
        foreach (var (name, factory) in _registry.GetActivities())
        {
            var activity = factory(_services);
            results.Add(await activity.RunAsync(ActivityContext, activity.InputType == typeof(int) ? 9 : null));
        }

        Assert.Equal(["9", "9", null, "4", "5", null, null, null], results);
        Assert.Equal(["3:9", "6", "7:9", "8"], ran);
    }

    [Fact]
    public void Classes_are_known_by_their_attributes_name_else_by_their_own()
    {
        var (counting, greet) = (typeof(Renamed), typeof(RenamedGreet));
        _registry.AddOrchestrator<Counting>().AddOrchestrator(counting).AddOrchestrator<Counting>("third").AddOrchestrator("fourth", counting);
        _registry.AddActivity<Greet>().AddActivity(greet).AddActivity<Greet>("third").AddActivity("fourth", greet);

        Assert.Equal(["Counting", "count", "third", "fourth"], _registry.GetOrchestrators().Select(o => o.Key.Name));
        Assert.Equal(["Greet", "greet.driver", "third", "fourth"], _registry.GetActivities().Select(a => a.Key.Name));
    }

    [Fact]
    public void A_class_is_made_anew_each_time_and_an_object_stays_the_same()
    {
        var counting = new Counting();
        _registry.AddOrchestrator<Counting>("class").AddOrchestrator(counting).AddOrchestrator("named", counting).AddOrchestrator("made", () => counting);

        Assert.NotSame(Orchestrator("class"), Orchestrator("class"));
        Assert.All(["Counting", "named", "made"], name => Assert.Same(counting, Orchestrator(name)));
    }

    [Fact]
    public async Task An_activity_gets_services_or_is_one()
    {
        var known = new Greet(new("known"));
        using var services = new ServiceCollection().AddSingleton(known).BuildServiceProvider();
        _registry.AddActivity<Greet>().AddActivity("made", provider => new Greet(provider.GetRequiredService<Greeting>()));

        Assert.Equal("hello 5", await Activity("Greet").RunAsync(ActivityContext, 5));
        Assert.Equal("hello 5", await Activity("made").RunAsync(ActivityContext, 5));
        Assert.True(new DurableTaskFactory(_registry).TryCreateActivity("Greet", services, out var registered));
        Assert.Same(known, registered);
    }

    [Fact]
    public void A_second_task_of_a_name_is_refused_in_whatever_case()
    {
        _registry.AddOrchestrator<Counting>().AddActivity<Greet>();

        var orchestrator = Assert.Throws<ArgumentException>(() => _registry.AddOrchestratorFunc("COUNTING", _ => { }));
        var activity = Assert.Throws<ArgumentException>(() => _registry.AddActivityFunc("greet", _ => { }));

        Assert.StartsWith("An ITaskOrchestrator named 'COUNTING' is already added.", orchestrator.Message, StringComparison.Ordinal);
        Assert.StartsWith("An ITaskActivity named 'greet' is already added.", activity.Message, StringComparison.Ordinal);
        Assert.Equal(("name", "name"), (orchestrator.ParamName, activity.ParamName));
    }

    [Fact]
    public void An_orchestrator_and_an_activity_may_share_a_name()
    {
        _registry.AddOrchestratorFunc("Same", _ => { }).AddActivityFunc("Same", _ => { });

        Assert.Single(_registry.GetOrchestrators());
        Assert.Single(_registry.GetActivities());
    }

    [Fact]
    public void A_version_of_a_name_is_refused_only_once_more()
    {
        _registry.AddOrchestratorFunc<int, int>("Count", "1", (_, input) => Task.FromResult(input)).AddOrchestratorFunc("Count", _ => { });
        _registry.AddActivity<GreetV1>().AddActivity<GreetV2>();

        Assert.Throws<ArgumentException>(() => _registry.AddOrchestrator("count", "1", () => new Counting()));
        var refused = Assert.Throws<ArgumentException>(() => _registry.AddActivity("Hello", "V1", () => new GreetV1()));
        Assert.StartsWith("An ITaskActivity named 'Hello' with version 'V1' is already added.", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, _registry.GetOrchestrators().Count());
        Assert.Equal(["Hello", "Hello"], _registry.GetActivities().Select(a => a.Key.Name));
    }

    [Fact]
    public void What_cannot_be_registered_is_refused()
    {
        Assert.Throws<ArgumentException>(() => _registry.AddOrchestratorFunc("", _ => { }));
        Assert.Throws<ArgumentException>(() => _registry.AddActivityFunc(default, _ => { }));
        var abstractClass = typeof(TaskOrchestrator<int, int>);
        Assert.Throws<ArgumentException>(() => _registry.AddOrchestrator(abstractClass));
        Assert.Throws<ArgumentException>(() => _registry.AddActivity("x", typeof(Counting)));
        Assert.Throws<ArgumentNullException>(() => _registry.AddActivity((Type)null!));
        Assert.Throws<ArgumentNullException>(() => _registry.AddOrchestrator((ITaskOrchestrator)null!));
        Assert.Throws<ArgumentNullException>(() => _registry.AddActivity("x", (Func<IServiceProvider, ITaskActivity>)null!));
        Assert.Throws<ArgumentNullException>(() => _registry.AddActivityFunc("x", (Action<TaskActivityContext>)null!));
        Assert.Throws<ArgumentNullException>(() => _registry.AddOrchestratorFunc<int, int>("x", (Func<TaskOrchestrationContext, int, Task<int>>)null!));
    }

    [Theory]
    [InlineData("v1", typeof(GreetV1))]
    [InlineData("V2", typeof(GreetV2))]
    [InlineData("v3", null)]
    [InlineData(null, null)]
    [InlineData("", null)]
    public void A_name_with_versions_answers_to_these_alone(string? version, Type? expected)
    {
        _registry.AddActivity<GreetV1>().AddActivity<GreetV2>();

        Assert.Equal(expected is not null, new DurableTaskFactory(_registry).TryCreateActivity("hello", version, _services, out var activity));
        Assert.Equal(expected, activity?.GetType());
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v9")]
    [InlineData(null)]
    public void A_name_without_versions_answers_to_all(string? version)
    {
        _registry.AddOrchestrator<Counting>();

        Assert.True(new DurableTaskFactory(_registry).TryCreateOrchestrator("counting", version, _services, out var orchestrator));
        Assert.IsType<Counting>(orchestrator);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("2", false)]
    [InlineData("", true)]
    public void Beside_versions_one_without_answers_only_where_none_is_asked_for(string version, bool found)
    {
        _registry.AddOrchestrator("Count", "1", () => new Counting()).AddOrchestrator("Count", () => new Counting());

        Assert.Equal(found, new DurableTaskFactory(_registry).TryCreateOrchestrator("Count", version, _services, out _));
    }

    [Fact]
    public void Unknown_names_are_not_found()
    {
        var factory = (IDurableTaskFactory)new DurableTaskFactory(_registry.AddOrchestrator<Counting>().AddActivity<Greet>());

        Assert.True(factory.TryCreateOrchestrator("Counting", _services, out _));
        Assert.True(factory.TryCreateActivity("Greet", _services, out _));
        Assert.False(factory.TryCreateOrchestrator("Greet", _services, out var orchestrator));
        Assert.False(factory.TryCreateActivity("Counting", _services, out var activity));
        Assert.False(factory.TryCreateActivity(default, _services, out _));
        Assert.Null(orchestrator);
        Assert.Null(activity);
    }

    private ITaskOrchestrator Orchestrator(string name)
    {
        Assert.True(new DurableTaskFactory(_registry).TryCreateOrchestrator(name, _services, out var orchestrator));
        return orchestrator;
    }

    private ITaskActivity Activity(string name)
    {
        Assert.True(new DurableTaskFactory(_registry).TryCreateActivity(name, _services, out var activity));
        return activity;
    }

    private static Task Ran(List<string> ran, string what)
    {
        ran.Add(what);
        return Task.CompletedTask;
    }

    private sealed record Greeting(string Text);

    private class Counting : TaskOrchestrator<int, int>
    {
        public override Task<int> RunAsync(TaskOrchestrationContext context, int input) => Task.FromResult(input + 1);
    }

    [DurableTask("count")]
    private sealed class Renamed : Counting;

    private class Greet(Greeting greeting) : TaskActivity<int, string>
    {
        public override Task<string> RunAsync(TaskActivityContext context, int input) => Task.FromResult($"{greeting.Text} {input}");
    }

    [DurableTask("greet.driver")]
    private sealed class RenamedGreet(Greeting greeting) : Greet(greeting);

    [DurableTask("Hello", Version = "v1")]
    private sealed class GreetV1() : Greet(new("v1"));

    [DurableTask("Hello", Version = "v2")]
    private sealed class GreetV2() : Greet(new("v2"));
}
