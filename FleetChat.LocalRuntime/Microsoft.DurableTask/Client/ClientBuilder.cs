using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Microsoft.DurableTask.Client;

public interface IDurableTaskClientBuilder
{
    string Name { get; }

    IServiceCollection Services { get; }

    Type? BuildTarget { get; set; }

    DurableTaskClient Build(IServiceProvider serviceProvider);
}

public class DefaultDurableTaskClientBuilder : IDurableTaskClientBuilder
{
    private Type? _buildTarget;

    public DefaultDurableTaskClientBuilder(string? name, IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        Name = name ?? Options.DefaultName;
        Services = services;
    }

    public string Name { get; }

    public IServiceCollection Services { get; }

    public Type? BuildTarget
    {
        get => _buildTarget;
        set
        {
            if (value is not null) ConcreteTypes.Check<DurableTaskClient>(value, nameof(value));
            _buildTarget = value;
        }
    }

    public DurableTaskClient Build(IServiceProvider serviceProvider)
        => _buildTarget is null
            ? throw new InvalidOperationException(
                "No valid DurableTask client target was registered. Ensure a valid client has been configured via 'UseBuildTarget(Type target)'. "
                + "An example of a valid client is '.UseGrpc()'.")
            : (DurableTaskClient)ActivatorUtilities.CreateInstance(serviceProvider, _buildTarget, Name);
}
