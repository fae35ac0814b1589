using FleetChat.Core.Security;
using Microsoft.Extensions.Hosting;

namespace FleetChat.LocalHost.Hosting;

/// <summary>Looks, before the first function runs, whether the master key is there. Core itself looks at the database.</summary>
internal sealed class StartChecks(DataKeys keys) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
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
