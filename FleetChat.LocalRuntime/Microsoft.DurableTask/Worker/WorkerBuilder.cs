using Microsoft.DurableTask.Worker.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.DurableTask.Worker;

public interface IDurableTaskWorkerBuilder
{
    string Name { get; }

    IServiceCollection Services { get; }

    Type? BuildTarget { get; set; }

    IHostedService Build(IServiceProvider serviceProvider);
}

public class DefaultDurableTaskWorkerBuilder : IDurableTaskWorkerBuilder
{
    private Type? _buildTarget;

    public DefaultDurableTaskWorkerBuilder(string? name, IServiceCollection services)
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
            if (value is not null) ConcreteTypes.Check<DurableTaskWorker>(value, nameof(value));
            _buildTarget = value;
        }
    }

    public IHostedService Build(IServiceProvider serviceProvider)
    {
        if (_buildTarget is null)
        {
            throw new InvalidOperationException(
                "No valid DurableTask worker target was registered. Ensure a valid worker has been configured via 'UseBuildTarget(Type target)'. "
                + "An example of a valid worker is '.UseGrpc()'.");
        }

        var registry = serviceProvider.GetRequiredService<IOptionsMonitor<DurableTaskRegistry>>().Get(Name);
        return (IHostedService)ActivatorUtilities.CreateInstance(serviceProvider, _buildTarget, Name, new DurableTaskFactory(registry));
    }
}
