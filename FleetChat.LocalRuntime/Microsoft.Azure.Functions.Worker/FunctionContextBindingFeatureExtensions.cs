using FleetChat.LocalRuntime.Invocation;

namespace Microsoft.Azure.Functions.Worker;

public static class FunctionContextBindingFeatureExtensions
{
    /// <exception cref="InvalidOperationException">The function has no parameter of the binding's name, or its value does not convert.</exception>
    public static async ValueTask<InputBindingData<T>> BindInputAsync<T>(this FunctionContext context, BindingMetadata bindingMetadata)
    {
        ArgumentNullException.ThrowIfNull(bindingMetadata);
        return await ParameterBinder.Of(context).BindInputAsync<T>(context, bindingMetadata);
    }

    public static InvocationResult GetInvocationResult(this FunctionContext context) => new InvocationResultView(FunctionBindings.Of(context));

    /// <exception cref="InvalidOperationException">The result is of another type.</exception>
    public static InvocationResult<T> GetInvocationResult<T>(this FunctionContext context)
    {
        var bindings = FunctionBindings.Of(context);
        return bindings.InvocationResult is T
            ? new InvocationResultView<T>(bindings)
            : throw new InvalidOperationException(
                "Invocation result is not of the requested type. Consider using the overload which does not specify the type.");
    }

    public static IEnumerable<OutputBindingData<T>> GetOutputBindings<T>(this FunctionContext context)
    {
        var bindings = FunctionBindings.Of(context);
        foreach (var (name, metadata) in context.FunctionDefinition.OutputBindings)
        {
            // A binding that nobody has set yet is offered too, so that a middleware can answer without calling the function.
            if (!bindings.OutputData.TryGetValue(name, out var value) || value is T or null)
                yield return new OutputBindingView<T>(bindings, metadata);
        }
    }
}
