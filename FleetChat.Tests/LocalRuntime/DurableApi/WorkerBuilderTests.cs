using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Worker;
using Microsoft.DurableTask.Worker.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

public sealed class WorkerBuilderTests
{
    private readonly ServiceCollection _services = new();

    [Fact]
    public void A_name_that_is_added_twice_goes_on_with_its_builder_and_stays_one_service()
    {
        var first = _services.AddDurableTaskWorker();
        IDurableTaskWorkerBuilder? second = null;
        _services.AddDurableTaskWorker(builder => second = builder.UseBuildTarget<BuiltWorker>());

        Assert.Same(first, second);
        Assert.Single(Workers());
    }

    [Fact]
    public void Each_name_is_a_worker_with_its_own_tasks()
    {
        var target = typeof(BuiltWorker);
        _services.AddDurableTaskWorker("a", builder => builder.UseBuildTarget<BuiltWorker>().AddTasks(tasks => tasks.AddActivityFunc("A", _ => { })));
        _services.AddDurableTaskWorker("b", builder => builder.UseBuildTarget(target).AddTasks(tasks => tasks.AddActivityFunc("B", _ => { })));

        var workers = Workers();

        Assert.Equal(["a", "b"], workers.Select(w => w.WorkerName));
        Assert.Equal([true, false], workers.Select(w => w.Knows("a")));
        Assert.Equal([false, true], workers.Select(w => w.Knows("b")));
    }

    [Fact]
    public void Tasks_are_added_to_those_already_there()
    {
        _services.AddDurableTaskWorker().UseBuildTarget<BuiltWorker>().AddTasks(tasks => tasks.AddActivityFunc("A", _ => { }));
        _services.AddDurableTaskWorker().AddTasks(tasks => tasks.AddActivityFunc("B", _ => { }));

        var worker = Workers().Single();

        Assert.True(worker.Knows("A") && worker.Knows("B"));
    }

    [Fact]
    public void A_builder_without_a_target_says_so()
    {
        var builder = new DefaultDurableTaskWorkerBuilder(null, _services);
        using var services = _services.BuildServiceProvider();

        Assert.Equal("", builder.Name);
        var refused = Assert.Throws<InvalidOperationException>(() => builder.Build(services));
        Assert.StartsWith("No valid DurableTask worker target was registered.", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(BackgroundService))]
    [InlineData(typeof(DurableTaskWorker))]
    public void A_target_that_is_no_worker_is_refused(Type target)
        => Assert.Equal("value", Assert.Throws<ArgumentException>(() => _services.AddDurableTaskWorker().UseBuildTarget(target)).ParamName);

    [Fact]
    public void The_builders_options_win_over_the_targets()
    {
        var converter = new JsonDataConverter();
        _services.AddDurableTaskWorker("set", builder => builder
            .UseBuildTarget<BuiltWorker, BuiltWorkerOptions>()
            .UseVersioning(new() { Version = "2", DefaultVersion = "1", MatchStrategy = DurableTaskWorkerOptions.VersionMatchStrategy.CurrentOrOlder })
            .Configure(o => (o.DataConverter, o.MaximumTimerInterval, o.EnableEntitySupport) = (converter, TimeSpan.FromHours(1), true)));
        _services.Configure<BuiltWorkerOptions>("set", o => o.MaximumTimerInterval = TimeSpan.FromDays(9));

        var options = Workers().Single().Options;

        Assert.Same(converter, options.DataConverter);
        Assert.Equal((TimeSpan.FromHours(1), true), (options.MaximumTimerInterval, options.EnableEntitySupport));
        Assert.Equal(("2", "1"), (options.Versioning!.Version, options.Versioning.DefaultVersion));
        Assert.Equal(DurableTaskWorkerOptions.VersionMatchStrategy.CurrentOrOlder, options.Versioning.MatchStrategy);
        Assert.True(options.IsVersioningSet);
    }

    [Fact]
    public void Unsaid_options_are_those_of_the_real_worker()
    {
        var options = new DurableTaskWorkerOptions();

        Assert.Same(JsonDataConverter.Default, options.DataConverter);
        Assert.Equal(TimeSpan.FromDays(3), options.MaximumTimerInterval);
        Assert.Equal(100 * Environment.ProcessorCount, options.Concurrency.MaximumConcurrentActivityWorkItems);
        Assert.Equal(100 * Environment.ProcessorCount, options.Concurrency.MaximumConcurrentOrchestrationWorkItems);
        Assert.True(options.Logging.UseLegacyCategories);
        Assert.Null(options.Versioning);
        Assert.False(options.IsVersioningSet);
        Assert.Equal(DurableTaskWorkerOptions.VersionFailureStrategy.Reject, new DurableTaskWorkerOptions.VersioningOptions().FailureStrategy);
    }

    [Fact]
    public void A_converter_that_is_a_service_is_taken()
    {
        var service = new JsonDataConverter();
        _services.AddSingleton<DataConverter>(service).AddDurableTaskWorker(builder => builder.UseBuildTarget<BuiltWorker, BuiltWorkerOptions>());

        Assert.Same(service, Workers().Single().Options.DataConverter);
    }

#pragma warning disable CS0618 // "experimental", and offered all the same
    [Fact]
    public void A_filter_of_orchestrations_is_a_service()
    {
        var filter = new NothingPasses();
        _services.AddDurableTaskWorker().UseOrchestrationFilter(filter);
        _services.AddDurableTaskWorker("other").UseOrchestrationFilter<NothingPasses>();
        using var services = _services.BuildServiceProvider();

        Assert.Equal([true, false], services.GetServices<IOrchestrationFilter>().Select(f => ReferenceEquals(f, filter)));
    }

    private sealed class NothingPasses : IOrchestrationFilter
    {
        public ValueTask<bool> IsOrchestrationValidAsync(OrchestrationFilterParameters info, CancellationToken cancellationToken = default) => new(false);
    }
#pragma warning restore CS0618

    private List<BuiltWorker> Workers() => [.. _services.BuildServiceProvider().GetServices<IHostedService>().Cast<BuiltWorker>()];

    private sealed class BuiltWorker(string name, IDurableTaskFactory factory, IServiceProvider services, IOptionsMonitor<BuiltWorkerOptions> options)
        : DurableTaskWorker(name, factory)
    {
        public string WorkerName => Name;

        public DurableTaskWorkerOptions Options { get; } = options.Get(name);

        public bool Knows(string activity) => Factory.TryCreateActivity(activity, services, out _);

        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }

    private sealed class BuiltWorkerOptions : DurableTaskWorkerOptions;
}
