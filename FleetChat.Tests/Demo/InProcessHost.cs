using FleetChat.LocalHost.Demo;
using FleetChat.LocalHost.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Tests.Demo;

/// <summary>LocalHost in the test's own process, with the last word on its services.</summary>
internal sealed class InProcessHost(Action<IServiceCollection>? change) : IDemoHost
{
    private LocalHostApp? _app;

    public async Task StartAsync(LocalHostSettings settings, CancellationToken ct) => _app = await LocalHostApp.StartAsync(settings, ct, change);

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;
}
