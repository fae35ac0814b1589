using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace FleetChat.Core.Data;

/// <summary>Runs <see cref="DatabaseGuard"/> in every host before anything else of it starts: no function runs with a login that row-level security doesn't bind.</summary>
internal sealed class DatabaseGuardAtStart(
    [FromKeyedServices(ServiceRegistration.App)] NpgsqlDataSource app, [FromKeyedServices(ServiceRegistration.System)] NpgsqlDataSource system) : IHostedLifecycleService
{
    // The stage before all StartAsync: the worker, whose service was registered first, takes calls as soon as its own has run.
    public Task StartingAsync(CancellationToken cancellationToken) => DatabaseGuard.CheckAsync(app, system, cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
