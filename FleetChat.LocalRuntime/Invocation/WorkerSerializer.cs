using Azure.Core.Serialization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetChat.LocalRuntime.Invocation;

internal static class WorkerSerializer
{
    public static ObjectSerializer Of(FunctionContext context)
        => context.InstanceServices.GetRequiredService<IOptions<WorkerOptions>>().Value.Serializer
            ?? throw new InvalidOperationException("A serializer is not configured for the worker.");
}
