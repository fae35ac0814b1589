using FleetChat.LocalRuntime.Durable;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace FleetChat.LocalRuntime;

/// <summary>Durable Task on Postgres for a host of one's own, without functions.</summary>
public static class DurablePostgresExtensions
{
    /// <summary>Runs the registered orchestrators and activities on the database; its schema <c>localhost</c> is made if it is missing.</summary>
    /// <param name="connectionString">A direct connection: LISTEN and session locks are used, so no pooler may stand between.</param>
    public static IDurableTaskWorkerBuilder UsePostgres(this IDurableTaskWorkerBuilder builder, string connectionString)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddOptions<DurablePostgresOptions>(builder.Name).Configure(o => o.Postgres = connectionString);
        builder.Services.TryAddSingleton<PlainHostNodes>();
        return builder.UseBuildTarget<PostgresDurableTaskWorker>();
    }

    /// <inheritdoc cref="UsePostgres(IDurableTaskWorkerBuilder, string)"/>
    /// <param name="configure">For the host's place among those on the database; workers that name the same database share it.</param>
    public static IDurableTaskWorkerBuilder UsePostgres(this IDurableTaskWorkerBuilder builder, string connectionString, Action<DurablePostgresOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new DurablePostgresOptions();
        configure(options);
        if (options.Lease <= TimeSpan.Zero) throw new ArgumentException("The lease has to be longer than no time at all.", nameof(configure));
        builder.UsePostgres(connectionString).Services.AddSingleton(new PlainHostLease(connectionString, options.Lease));
        return builder;
    }

    /// <summary>Starts and asks for orchestrations on the database; its schema <c>localhost</c> is made if it is missing.</summary>
    /// <param name="connectionString">As of the worker. The client of the same host and connection hears of the worker's work at once.</param>
    public static IDurableTaskClientBuilder UsePostgres(this IDurableTaskClientBuilder builder, string connectionString)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddOptions<DurablePostgresOptions>(builder.Name).Configure(o => o.Postgres = connectionString);
        builder.Services.TryAddSingleton<PlainHostNodes>();
        return builder.UseBuildTarget<PlainHostClient>();
    }

    internal static DurableNode NodeOf(IServiceProvider services, string name)
        => services.GetRequiredService<PlainHostNodes>().Get(services.GetRequiredService<IOptionsMonitor<DurablePostgresOptions>>().Get(name).Postgres).Durable;
}
