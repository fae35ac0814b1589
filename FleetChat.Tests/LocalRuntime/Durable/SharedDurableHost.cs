using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Worker;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>One host on a database of its own for all tests of a class: a fixture says which tasks it knows, and tests keep to instances of their own.</summary>
public abstract class SharedDurableHost : IAsyncLifetime
{
    public DurableHost Host { get; private set; } = null!;

    public DurableTaskClient Client => Host.Client;

    public CapturedLogs Logs { get; } = new();

    public async Task InitializeAsync() => Host = await DurableHost.StartAsync(Register, Configure, Configure, Logs);

    public async Task DisposeAsync() => await Host.DisposeAsync();

    protected abstract void Register(DurableTaskRegistry tasks);

    protected virtual void Configure(IDurableTaskWorkerBuilder worker)
    {
    }

    protected virtual void Configure(IDurableTaskClientBuilder client)
    {
    }
}
