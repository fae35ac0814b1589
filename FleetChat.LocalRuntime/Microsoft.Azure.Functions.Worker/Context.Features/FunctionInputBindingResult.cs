namespace Microsoft.Azure.Functions.Worker.Context.Features;

public class FunctionInputBindingResult
{
    public FunctionInputBindingResult(object?[] values) => Values = values ?? throw new ArgumentNullException(nameof(values));

    public object?[] Values { get; }
}
