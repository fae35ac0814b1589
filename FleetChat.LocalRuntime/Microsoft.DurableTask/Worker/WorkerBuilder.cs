using Microsoft.DurableTask.Worker.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.DurableTask.Worker;

public interface IDurableTaskWorkerBuilder
{
    /// <summary>The worker's type; a Use method of a backend sets it.</summary>
    Type? BuildTarget { get; set; }

    string Name { get; }

    IServiceCollection Services { get; }

    IHostedService Build(IServiceProvider serviceProvider);
}

public class DefaultDurableTaskWorkerBuilder : IDurableTaskWorkerBuilder
{
    private Type? _buildTarget;

    public DefaultDurableTaskWorkerBuilder(string? name, IServiceCollection services)
    {
        Name = name ?? Options.DefaultName;
        Services = services;
    }

    public Type? BuildTarget
    {
        get => _buildTarget;
        set
        {
            if (value is not null && !typeof(DurableTaskWorker).IsAssignableFrom(value))
                throw new ArgumentException($"The build target {value} is not a {nameof(DurableTaskWorker)}.", nameof(value));
            _buildTarget = value;
        }
    }

    public string Name { get; }

    public IServiceCollection Services { get; }

    /// <exception cref="InvalidOperationException">No backend was chosen.</exception>
    public IHostedService Build(IServiceProvider serviceProvider)
    {
        if (BuildTarget is not { } target)
            throw new InvalidOperationException("No valid DurableTask worker target was registered. Ensure a valid worker has been configured via 'UseBuildTarget(Type target)'.");
        var registry = serviceProvider.GetRequiredService<IOptionsMonitor<DurableTaskRegistry>>().Get(Name);
        return (IHostedService)ActivatorUtilities.CreateInstance(serviceProvider, target, Name, new DurableTaskFactory(registry));
    }
}

public static class DurableTaskWorkerBuilderExtensions
{
    public static IDurableTaskWorkerBuilder AddTasks(this IDurableTaskWorkerBuilder builder, Action<DurableTaskRegistry> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure(builder.Name, configure);
        return builder;
    }

    public static IDurableTaskWorkerBuilder Configure(this IDurableTaskWorkerBuilder builder, Action<DurableTaskWorkerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure(builder.Name, configure);
        return builder;
    }

    public static IDurableTaskWorkerBuilder UseBuildTarget(this IDurableTaskWorkerBuilder builder, Type target)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.BuildTarget = target;
        return builder;
    }

    public static IDurableTaskWorkerBuilder UseBuildTarget<TTarget>(this IDurableTaskWorkerBuilder builder)
        where TTarget : DurableTaskWorker
        => builder.UseBuildTarget(typeof(TTarget));

    public static IDurableTaskWorkerBuilder UseBuildTarget<TTarget, TOptions>(this IDurableTaskWorkerBuilder builder)
        where TTarget : DurableTaskWorker
        where TOptions : DurableTaskWorkerOptions
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.UseBuildTarget<TTarget>();
        builder.Services.AddOptions<TOptions>(builder.Name).PostConfigure<IOptionsMonitor<DurableTaskWorkerOptions>>((options, common) =>
        {
            var source = common.Get(builder.Name);
            options.DataConverter = source.DataConverter;
            options.MaximumTimerInterval = source.MaximumTimerInterval;
            options.EnableEntitySupport = source.EnableEntitySupport;
            if (source.IsVersioningSet) options.Versioning = source.Versioning;
        });
        return builder;
    }

    [Obsolete("Experimental")]
    public static IDurableTaskWorkerBuilder UseOrchestrationFilter(this IDurableTaskWorkerBuilder builder, IOrchestrationFilter filter)
        => builder.Configure(options => options.OrchestrationFilter = filter);

    [Obsolete("Experimental")]
    public static IDurableTaskWorkerBuilder UseOrchestrationFilter<TOrchestrationFilter>(this IDurableTaskWorkerBuilder builder)
        where TOrchestrationFilter : class, IOrchestrationFilter
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton<TOrchestrationFilter>();
        builder.Services.AddOptions<DurableTaskWorkerOptions>(builder.Name).Configure<TOrchestrationFilter>((options, filter) => options.OrchestrationFilter = filter);
        return builder;
    }

    public static IDurableTaskWorkerBuilder UseVersioning(this IDurableTaskWorkerBuilder builder, DurableTaskWorkerOptions.VersioningOptions versionOptions)
        => builder.Configure(options => options.Versioning = new()
        {
            Version = versionOptions.Version,
            DefaultVersion = versionOptions.DefaultVersion,
            MatchStrategy = versionOptions.MatchStrategy,
            FailureStrategy = versionOptions.FailureStrategy,
        });

    /// <summary>The worker takes what is registered with it, and nothing else.</summary>
    public static IDurableTaskWorkerBuilder UseWorkItemFilters(this IDurableTaskWorkerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddOptions<DurableTaskWorkerWorkItemFilters>(builder.Name).Configure<IOptionsMonitor<DurableTaskRegistry>>((filters, registries) =>
        {
            var registry = registries.Get(builder.Name);
            filters.Orchestrations = [.. registry.GetOrchestrators().Select(o => new DurableTaskWorkerWorkItemFilters.OrchestrationFilter(o.Key.Name, null))];
            filters.Activities = [.. registry.GetActivities().Select(a => new DurableTaskWorkerWorkItemFilters.ActivityFilter(a.Key.Name, null))];
        });
        return builder;
    }

    public static IDurableTaskWorkerBuilder UseWorkItemFilters(this IDurableTaskWorkerBuilder builder, DurableTaskWorkerWorkItemFilters? workItemFilters)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddOptions<DurableTaskWorkerWorkItemFilters>(builder.Name).Configure(filters =>
        {
            filters.Orchestrations = workItemFilters?.Orchestrations ?? [];
            filters.Activities = workItemFilters?.Activities ?? [];
        });
        return builder;
    }
}

public static class ServiceCollectionExtensions
{
    public static IServiceCollection AddDurableTaskWorker(this IServiceCollection services, Action<IDurableTaskWorkerBuilder> configure)
        => services.AddDurableTaskWorker(Options.DefaultName, configure);

    /// <summary>Of one name there is one builder, however often it is asked for.</summary>
    public static IDurableTaskWorkerBuilder AddDurableTaskWorker(this IServiceCollection services, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        name ??= Options.DefaultName;
        if (services.Select(s => s.ImplementationInstance).OfType<NamedWorker>().FirstOrDefault(w => w.Builder.Name == name) is { } known) return known.Builder;
        var builder = new DefaultDurableTaskWorkerBuilder(name, services);
        services.AddSingleton(new NamedWorker(builder));
        services.AddSingleton(builder.Build);
        return builder;
    }

    public static IServiceCollection AddDurableTaskWorker(this IServiceCollection services, string name, Action<IDurableTaskWorkerBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(services.AddDurableTaskWorker(name));
        return services;
    }

    private sealed record NamedWorker(IDurableTaskWorkerBuilder Builder);
}
