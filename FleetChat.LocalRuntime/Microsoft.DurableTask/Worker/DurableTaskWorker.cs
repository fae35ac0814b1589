using Microsoft.Extensions.Hosting;

namespace Microsoft.DurableTask.Worker.Hosting;

/// <summary>The base of what a worker's builder makes.</summary>
public abstract class DurableTaskWorker : BackgroundService
{
    protected DurableTaskWorker(string? name, IDurableTaskFactory factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        Name = name ?? "";
        Factory = factory;
    }

    protected IExceptionPropertiesProvider? ExceptionPropertiesProvider { get; set; }

    protected virtual IDurableTaskFactory Factory { get; }

    protected virtual string Name { get; }
}
