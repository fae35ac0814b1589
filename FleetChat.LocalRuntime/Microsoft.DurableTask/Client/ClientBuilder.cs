using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.DurableTask.Client;

public interface IDurableTaskClientBuilder
{
    /// <summary>The client's type; a Use method of a backend sets it.</summary>
    Type? BuildTarget { get; set; }

    string Name { get; }

    IServiceCollection Services { get; }

    DurableTaskClient Build(IServiceProvider serviceProvider);
}

public interface IDurableTaskClientProvider
{
    DurableTaskClient GetClient(string? name = null);
}

public class DefaultDurableTaskClientBuilder : IDurableTaskClientBuilder
{
    private Type? _buildTarget;

    public DefaultDurableTaskClientBuilder(string? name, IServiceCollection services)
    {
        Name = name ?? Options.DefaultName;
        Services = services;
    }

    public Type? BuildTarget
    {
        get => _buildTarget;
        set
        {
            if (value is not null && !typeof(DurableTaskClient).IsAssignableFrom(value))
                throw new ArgumentException($"The build target {value} is not a {nameof(DurableTaskClient)}.", nameof(value));
            _buildTarget = value;
        }
    }

    public string Name { get; }

    public IServiceCollection Services { get; }

    /// <exception cref="InvalidOperationException">No backend was chosen.</exception>
    public DurableTaskClient Build(IServiceProvider serviceProvider) => BuildTarget is { } target
        ? (DurableTaskClient)ActivatorUtilities.CreateInstance(serviceProvider, target, Name)
        : throw new InvalidOperationException("No valid DurableTask client target was registered. Ensure a valid client has been configured via 'UseBuildTarget(Type target)'.");
}

public static class DurableTaskBuilderExtensions
{
    public static IDurableTaskClientBuilder Configure(this IDurableTaskClientBuilder builder, Action<DurableTaskClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure(builder.Name, configure);
        return builder;
    }

    /// <summary>The client itself can be injected, not only a provider of clients.</summary>
    public static IDurableTaskClientBuilder RegisterDirectly(this IDurableTaskClientBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton(services => services.GetRequiredService<IDurableTaskClientProvider>().GetClient(builder.Name));
        return builder;
    }

    public static IDurableTaskClientBuilder UseBuildTarget(this IDurableTaskClientBuilder builder, Type target)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.BuildTarget = target;
        return builder;
    }

    public static IDurableTaskClientBuilder UseBuildTarget<TTarget>(this IDurableTaskClientBuilder builder)
        where TTarget : DurableTaskClient
        => builder.UseBuildTarget(typeof(TTarget));

    public static IDurableTaskClientBuilder UseBuildTarget<TTarget, TOptions>(this IDurableTaskClientBuilder builder)
        where TTarget : DurableTaskClient
        where TOptions : DurableTaskClientOptions
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.UseBuildTarget<TTarget>();
        builder.Services.AddOptions<TOptions>(builder.Name).PostConfigure<IOptionsMonitor<DurableTaskClientOptions>>((options, common) =>
        {
            var source = common.Get(builder.Name);
            options.DataConverter = source.DataConverter;
            options.EnableEntitySupport = source.EnableEntitySupport;
            if (!string.IsNullOrEmpty(source.DefaultVersion)) options.DefaultVersion = source.DefaultVersion;
        });
        return builder;
    }

    public static IDurableTaskClientBuilder UseDefaultVersion(this IDurableTaskClientBuilder builder, string version)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Configure(options => options.DefaultVersion = version);
    }
}

public static class ServiceCollectionExtensions
{
    public static IServiceCollection AddDurableTaskClient(this IServiceCollection services, Action<IDurableTaskClientBuilder> configure)
        => services.AddDurableTaskClient(Options.DefaultName, configure);

    /// <summary>Of one name there is one builder, however often it is asked for.</summary>
    public static IDurableTaskClientBuilder AddDurableTaskClient(this IServiceCollection services, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        name ??= Options.DefaultName;
        services.TryAddSingleton<IDurableTaskClientProvider, ClientProvider>();
        if (services.Select(s => s.ImplementationInstance).OfType<NamedClient>().FirstOrDefault(c => c.Builder.Name == name) is { } known) return known.Builder;
        var builder = new DefaultDurableTaskClientBuilder(name, services);
        services.AddSingleton(new NamedClient(builder));
        if (name == Options.DefaultName) builder.RegisterDirectly();
        return builder;
    }

    public static IServiceCollection AddDurableTaskClient(this IServiceCollection services, string name, Action<IDurableTaskClientBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(services.AddDurableTaskClient(name));
        return services;
    }

    private sealed record NamedClient(IDurableTaskClientBuilder Builder);

    private sealed class ClientProvider(IServiceProvider services, IEnumerable<NamedClient> clients) : IDurableTaskClientProvider, IAsyncDisposable
    {
        private readonly Dictionary<string, Lazy<DurableTaskClient>> _clients = clients.ToDictionary(
            c => c.Builder.Name, c => new Lazy<DurableTaskClient>(() => c.Builder.Build(services)), StringComparer.Ordinal);

        public DurableTaskClient GetClient(string? name = null) => _clients.TryGetValue(name ?? Options.DefaultName, out var client)
            ? client.Value
            : throw new ArgumentOutOfRangeException(nameof(name), name, $"The value of this argument must be in the set of available clients: [{string.Join(", ", _clients.Keys)}].");

        public async ValueTask DisposeAsync()
        {
            foreach (var client in _clients.Values.Where(c => c.IsValueCreated)) await client.Value.DisposeAsync();
        }
    }
}
