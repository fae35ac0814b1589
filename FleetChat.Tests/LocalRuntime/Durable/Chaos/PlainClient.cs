using FleetChat.LocalRuntime;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

/// <summary>A client in a host without a worker.</summary>
internal sealed class PlainClient(IHost host) : IAsyncDisposable
{
    public DurableTaskClient Client { get; } = host.Services.GetRequiredService<DurableTaskClient>();

    public static PlainClient Of(string postgres)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddDurableTaskClient(client => client.UsePostgres(postgres));
        return new(builder.Build());
    }

    public async Task<OrchestrationMetadata> FinishAsync(string id)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        return await Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, limit.Token);
    }

    public ValueTask DisposeAsync() => ((IAsyncDisposable)host).DisposeAsync();
}
