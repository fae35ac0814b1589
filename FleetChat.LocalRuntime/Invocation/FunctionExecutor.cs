using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Context.Features;

namespace FleetChat.LocalRuntime.Invocation;

/// <summary>The innermost step of the pipeline: binds the parameters and calls the method on a new instance.</summary>
internal static class FunctionExecutor
{
    public static async Task ExecuteAsync(FunctionContext context)
    {
        var bindings = FunctionBindings.Of(context);
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
