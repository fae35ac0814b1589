using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.DurableTask.Worker;

public static class ServiceCollectionExtensions
{
    public static IServiceCollection AddDurableTaskWorker(this IServiceCollection services, Action<IDurableTaskWorkerBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        return services.AddDurableTaskWorker(Options.DefaultName, configure);
    }

    public static IDurableTaskWorkerBuilder AddDurableTaskWorker(this IServiceCollection services, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        return Add(services, name ?? Options.DefaultName, _ => { });
    }

    public static IServiceCollection AddDurableTaskWorker(this IServiceCollection services, string name, Action<IDurableTaskWorkerBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(configure);
        Add(services, name, configure);
        return services;
    }

    private static IDurableTaskWorkerBuilder Add(IServiceCollection services, string name, Action<IDurableTaskWorkerBuilder> configure)
    {
        var builder = NamedBuilders<IDurableTaskWorkerBuilder>.In(services)
            .GetOrAdd(name, () => new DefaultDurableTaskWorkerBuilder(name, services), out var added);
        configure(builder);
        if (!added) return builder;

        services.AddOptions<DurableTaskWorkerOptions>(name).Configure<IServiceProvider>((options, provider) =>
        {
            if (!options.DataConverterExplicitlySet && provider.GetService<DataConverter>() is { } converter) options.DataConverter = converter;
        });

        // Not AddHostedService: it keeps one service a type, and every worker here is made by a function of one and the same type.
        services.AddSingleton<IHostedService>(builder.Build);
        return builder;
    }
}
