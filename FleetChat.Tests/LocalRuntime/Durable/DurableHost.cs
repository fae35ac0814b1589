using FleetChat.LocalRuntime;
using FleetChat.Tests.Postgres;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>A worker and a client in a plain generic host, as whoever uses the runtime without functions has them.</summary>
public sealed class DurableHost : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly TestDatabase? _own;
    private bool _stopped;

    private DurableHost(IHost host, string postgres, TestDatabase? own)
    {
        _host = host;
        _own = own;
        Postgres = postgres;
        Client = host.Services.GetRequiredService<DurableTaskClient>();
    }

    public DurableTaskClient Client { get; }

    /// <summary>For further hosts on the same database.</summary>
    public string Postgres { get; }

    public IServiceProvider Services => _host.Services;

    /// <summary>With a database of its own.</summary>
    public static async Task<DurableHost> StartAsync(
        Action<DurableTaskRegistry> tasks,
        Action<IDurableTaskWorkerBuilder>? worker = null,
        Action<IDurableTaskClientBuilder>? client = null,
        ILoggerProvider? logs = null)
    {
        var database = await TestDatabase.EmptyAsync("durable");
        return await StartAsync(database.Logins.LocalRuntime, tasks, worker, client, logs, database);
    }

    public static Task<DurableHost> JoinAsync(
        string postgres, Action<DurableTaskRegistry> tasks, Action<IDurableTaskWorkerBuilder>? worker = null, Action<IDurableTaskClientBuilder>? client = null)
        => StartAsync(postgres, tasks, worker, client, logs: null, own: null);

    public async Task<OrchestrationMetadata> RunAsync(TaskName orchestrator, object? input = null, StartOrchestrationOptions? options = null)
    {
        var id = await Client.ScheduleNewOrchestrationInstanceAsync(orchestrator, input, options);
        return await FinishAsync(id);
    }

    public async Task<OrchestrationMetadata> FinishAsync(string id)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, limit.Token);
    }

    /// <summary>Schedules it, and comes back once its first turn is over.</summary>
    public async Task<string> BeginAsync(TaskName orchestrator, object? input = null, StartOrchestrationOptions? options = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var id = await Client.ScheduleNewOrchestrationInstanceAsync(orchestrator, input, options, limit.Token);
        await Client.WaitForInstanceStartAsync(id, limit.Token);
        return id;
    }

    public Task UntilAsync(string id, OrchestrationRuntimeStatus status)
        => Until.TrueAsync(async () => (await Client.GetInstanceAsync(id))?.RuntimeStatus == status, because: $"{id} to be {status}");

    public async Task StopAsync()
    {
        if (_stopped) return;
        _stopped = true;
        await _host.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        if (_own is not null) await _own.DisposeAsync();
    }

    private static async Task<DurableHost> StartAsync(
        string postgres,
        Action<DurableTaskRegistry> tasks,
        Action<IDurableTaskWorkerBuilder>? worker,
        Action<IDurableTaskClientBuilder>? client,
        ILoggerProvider? logs,
        TestDatabase? own)
    {
        var connection = new NpgsqlConnectionStringBuilder(postgres) { MaxPoolSize = 10 }.ConnectionString;
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        if (logs is not null) builder.Logging.AddProvider(logs).SetMinimumLevel(LogLevel.Debug);
        builder.Services.AddDurableTaskWorker(w =>
        {
            w.AddTasks(tasks);
            w.UsePostgres(connection);
            worker?.Invoke(w);
        });
        builder.Services.AddDurableTaskClient(c =>
        {
            c.UsePostgres(connection);
            client?.Invoke(c);
        });
        var host = builder.Build();
        await host.StartAsync();
        return new(host, postgres, own);
    }
}
