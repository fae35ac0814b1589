using Microsoft.DurableTask.Worker;
using Microsoft.DurableTask.Worker.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>A worker in a host of one's own, on the database that its builder named.</summary>
internal sealed class PostgresDurableTaskWorker(
    string name,
    IDurableTaskFactory factory,
    IOptionsMonitor<DurableTaskWorkerOptions> options,
    IOptionsMonitor<DurablePostgresOptions> postgres,
    PlainHostNodes nodes,
    IServiceProvider services,
    ILoggerFactory loggers) : DurableTaskWorker(name, factory)
{
    private PlainHostNode? _node;
    private DurableEngine? _engine;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _node = nodes.Get(postgres.Get(Name).Postgres);
        await _node.StartAsync(cancellationToken);
        var worker = options.Get(Name);
        var runner = new RegistryTaskRunner(
            Factory,
            worker,
            services,
            services.GetService<IOptionsMonitor<DurableTaskWorkerWorkItemFilters>>()?.Get(Name) is { } filters && filters.Orchestrations.Count + filters.Activities.Count > 0 ? filters : null,
            ExceptionPropertiesProvider ?? services.GetService<IExceptionPropertiesProvider>(),
            loggers);
        var limits = new EngineLimits(worker.Concurrency.MaximumConcurrentOrchestrationWorkItems, worker.Concurrency.MaximumConcurrentActivityWorkItems);
        _engine = new(_node.Durable, _node.Presence, _node.Activity, runner, limits, loggers.CreateLogger<DurableEngine>());
        _engine.Start();
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_engine is not null) await _engine.DisposeAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
}
