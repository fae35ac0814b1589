using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.DurableTask.Client;

public static class ServiceCollectionExtensions
{
    public static IServiceCollection AddDurableTaskClient(this IServiceCollection services, Action<IDurableTaskClientBuilder> configure)
        => services.AddDurableTaskClient(Options.DefaultName, configure);

    public static IDurableTaskClientBuilder AddDurableTaskClient(this IServiceCollection services, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        return Add(services, name ?? Options.DefaultName, _ => { });
    }

    public static IServiceCollection AddDurableTaskClient(this IServiceCollection services, string name, Action<IDurableTaskClientBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(configure);
        Add(services, name, configure);
        return services;
    }

    private static IDurableTaskClientBuilder Add(IServiceCollection services, string name, Action<IDurableTaskClientBuilder> configure)
    {
        services.TryAddSingleton<IDurableTaskClientProvider, DurableTaskClientProvider>();
        var builder = NamedBuilders<IDurableTaskClientBuilder>.In(services)
            .GetOrAdd(name, () => new DefaultDurableTaskClientBuilder(name, services), out var added);
        configure(builder);
        if (!added) return builder;

        services.AddOptions<DurableTaskClientOptions>(name).Configure<IServiceProvider>((options, provider) =>
        {
            if (!options.DataConverterExplicitlySet && provider.GetService<DataConverter>() is { } converter) options.DataConverter = converter;
        });
        services.AddSingleton(provider => new DurableTaskClientProvider.Holder(builder.Build(provider)));
        return name == Options.DefaultName ? builder.RegisterDirectly() : builder;
    }
}
