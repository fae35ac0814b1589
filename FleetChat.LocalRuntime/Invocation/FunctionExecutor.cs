using FleetChat.LocalRuntime.Durable;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Context.Features;

namespace FleetChat.LocalRuntime.Invocation;

/// <summary>The innermost step of the pipeline: binds the parameters and calls the method on a new instance.</summary>
internal static class FunctionExecutor
{
    public static Task ExecuteAsync(FunctionContext context)
    {
        var bindings = FunctionBindings.Of(context);
        return bindings.Function.Trigger switch
        {
            OrchestrationTriggerBinding => DurableFunctionExecutor.ExecuteOrchestrationAsync(context, () => CallAsync(context, bindings)),
            ActivityTriggerBinding => DurableFunctionExecutor.ExecuteActivityAsync(() => CallAsync(context, bindings)),
            _ => CallAsync(context, bindings),
        };
    }

    private static async Task CallAsync(FunctionContext context, FunctionBindings bindings)
    {
        var inputs = await context.Features.Get<IFunctionInputBindingFeature>()!.BindFunctionInputAsync(context);
        var instance = bindings.Function.CreateInstance?.Invoke(context.InstanceServices);
        try
        {
            bindings.InvocationResult = await bindings.Function.Call(instance, inputs.Values);
        }
        finally
        {
            if (instance is IAsyncDisposable later) await later.DisposeAsync();
            else (instance as IDisposable)?.Dispose();
        }
    }
}
