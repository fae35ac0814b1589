using FleetChat.LocalRuntime;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace FleetChat.Benchmarks.Durable;

/// <summary>A worker and a client with their defaults in a plain generic host.</summary>
internal sealed class OrchestrationHost : IAsyncDisposable
{
    private readonly IHost _host;

    private OrchestrationHost(IHost host) => _host = host;

    public DurableTaskClient Client => _host.Services.GetRequiredService<DurableTaskClient>();

    public static async Task<OrchestrationHost> StartAsync(string database, Action<DurableTaskRegistry> tasks, CancellationToken ct)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        // What a process of a case says on its standard output is its figures.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddDurableTaskWorker(worker => worker.AddTasks(tasks).UsePostgres(database));
        builder.Services.AddDurableTaskClient(client => client.UsePostgres(database));
        var host = builder.Build();
        await host.StartAsync(ct);
        return new(host);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
