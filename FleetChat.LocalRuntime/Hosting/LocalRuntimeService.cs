using FleetChat.LocalRuntime.Durable;
using FleetChat.LocalRuntime.Http;
using FleetChat.LocalRuntime.Invocation;
using FleetChat.LocalRuntime.Queues;
using FleetChat.LocalRuntime.Timers;
using Microsoft.Extensions.Hosting;

namespace FleetChat.LocalRuntime.Hosting;

/// <summary>
/// Begins before the application's own hosted services, so that nothing starts when a function cannot be loaded; runs
/// functions only after they all have started, and stops before they do.
/// </summary>
internal sealed class LocalRuntimeService(
    LocalDatabase database,
    HostPresence presence,
    FunctionCatalog catalog,
    FunctionRoutes routes,
    HostActivity activity,
    HttpServer http,
    QueueDispatcher queues,
    TimerScheduler timers,
    FunctionTaskRunner tasks,
    DurableEngine orchestrations) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(routes);

        // Until it has started, this process is not at rest, whatever the stepper of the clock thinks.
        activity.Begin();
        await LocalSchema.UpgradeAsync(database.Durable, cancellationToken);
        await presence.StartAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        await http.StartAsync(cancellationToken);
        queues.Start();
        if (tasks.HasTasks) orchestrations.Start();
        await timers.StartAsync(cancellationToken);
        activity.End();
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
        => await Task.WhenAll(http.StopAsync(cancellationToken), queues.StopAsync(cancellationToken), timers.StopAsync(cancellationToken), orchestrations.StopAsync(cancellationToken));

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
