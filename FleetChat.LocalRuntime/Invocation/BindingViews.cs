using Microsoft.Azure.Functions.Worker;

namespace FleetChat.LocalRuntime.Invocation;

internal sealed class InvocationResultView(FunctionBindings bindings) : InvocationResult
{
    public override object Value
    {
        get => bindings.InvocationResult!;
        set => bindings.InvocationResult = value;
    }
}

internal sealed class InvocationResultView<T>(FunctionBindings bindings) : InvocationResult<T>
{
    public override T Value
    {
        get => (T)bindings.InvocationResult!;
        set => bindings.InvocationResult = value;
    }
}

internal sealed class OutputBindingView<T>(FunctionBindings bindings, BindingMetadata metadata) : OutputBindingData<T>
{
    public override string Name => metadata.Name;

    public override string BindingType => metadata.Type;

    public override T Value
    {
        get => bindings.OutputData.TryGetValue(metadata.Name, out var value) && value is T typed ? typed : default!;
        set => bindings.OutputData[metadata.Name] = value;
    }
}

internal sealed class InputBindingView<T>(BindingMetadata metadata, T value, Action<object?> replace) : InputBindingData<T>
{
    private T _value = value;

    public override BindingMetadata BindingMetadata => metadata;

    public override T Value
    {
        get => _value;
        set
        {
            _value = value;
            replace(value);
        }
    }
}
