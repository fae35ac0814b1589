using Microsoft.Azure.Functions.Worker.Core;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Azure.Functions.Worker.Extensions.DurableTask;

public sealed class DurableTaskExtensionStartup : WorkerExtensionStartup
{
    public override void Configure(IFunctionsWorkerApplicationBuilder applicationBuilder)
    {
        ArgumentNullException.ThrowIfNull(applicationBuilder);
        ConfigureOptions(applicationBuilder.Services);
    }

    /// <summary>Durable functions read and write JSON as all others do, with the worker's serializer; ids that begin with @ are kept for entities.</summary>
    internal static void ConfigureOptions(IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<DurableTaskClientOptions>, FunctionsDurableOptions>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<DurableTaskClientOptions>, FunctionsDurableOptions>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<DurableTaskWorkerOptions>, FunctionsDurableOptions>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<DurableTaskWorkerOptions>, FunctionsDurableOptions>());
    }

    private sealed class FunctionsDurableOptions(IOptionsMonitor<WorkerOptions> worker) :
        IConfigureOptions<DurableTaskClientOptions>,
        IPostConfigureOptions<DurableTaskClientOptions>,
        IConfigureOptions<DurableTaskWorkerOptions>,
        IPostConfigureOptions<DurableTaskWorkerOptions>
    {
        public void Configure(DurableTaskClientOptions options) => options.EnableEntitySupport = true;

        public void Configure(DurableTaskWorkerOptions options) => options.EnableEntitySupport = true;

        public void PostConfigure(string? name, DurableTaskClientOptions options)
        {
            if (ConverterOf(name) is { } converter) options.DataConverter = converter;
        }

        public void PostConfigure(string? name, DurableTaskWorkerOptions options)
        {
            if (ConverterOf(name) is { } converter) options.DataConverter = converter;
        }

        private ObjectConverterShim? ConverterOf(string? name) => worker.Get(name).Serializer is { } serializer ? new(serializer) : null;
    }
}
