using FleetChat.Core.Data;
using FleetChat.Core.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace FleetChat.LocalHost.Hosting;

/// <summary>Looks, before the first function runs, whether the logins are bound by row-level security and the master key is there.</summary>
internal sealed class StartChecks(
    [FromKeyedServices("app")] NpgsqlDataSource app, [FromKeyedServices("system")] NpgsqlDataSource system, DataKeys keys) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await DatabaseGuard.CheckAsync(app, system, cancellationToken);
        try
        {
            await keys.CheckAsync(cancellationToken);
        }
        catch (InvalidOperationException missing)
        {
            throw new StartRefusedException($"FleetChat does not start: {missing.Message}.", missing);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
