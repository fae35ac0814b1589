using System.Collections.Immutable;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Context.Features;
using Microsoft.Azure.Functions.Worker.Converters;

namespace FleetChat.LocalRuntime.Invocation;

/// <summary>Fills a function's parameters: from the trigger's value, its metadata by name, or a converter of the parameter's own.</summary>
internal sealed class ParameterBinder(FunctionBindings bindings, InputConverters converters) : IFunctionInputBindingFeature
{
    private Dictionary<string, object?>? _replaced;
    private FunctionInputBindingResult? _bound;

    public static ParameterBinder Of(FunctionContext context)
        => context.Features.Get<ParameterBinder>() ?? throw new InvalidOperationException("This function context was not made by the host.");

    public async ValueTask<FunctionInputBindingResult> BindFunctionInputAsync(FunctionContext context)
    {
        if (_bound is not null) return _bound;
        var infos = bindings.Function.Method.GetParameters();
        var values = new object?[infos.Length];
        List<string>? errors = null;
        for (var i = 0; i < values.Length; i++)
        {
            var (value, error) = await ValueOf(context, infos[i], context.FunctionDefinition.Parameters[i]);
            values[i] = value;
            if (error is not null) (errors ??= []).Add(error);
        }
        if (errors is not null)
        {
            throw new FunctionInputConverterException(
                $"Error converting {errors.Count} input parameters for Function '{bindings.Function.Name}': {string.Join(Environment.NewLine, errors)}");
        }
        return _bound = new(values);
    }

    public async ValueTask<InputBindingData<T>> BindInputAsync<T>(FunctionContext context, BindingMetadata metadata)
    {
        var infos = bindings.Function.Method.GetParameters();
        var index = Array.FindIndex(infos, p => p.Name == metadata.Name);
        if (index < 0) throw new InvalidOperationException($"The function has no parameter for the binding '{metadata.Name}'.");
        var (value, error) = await ValueOf(context, infos[index], context.FunctionDefinition.Parameters[index]);
        if (error is not null) throw new FunctionInputConverterException(error);
        Replace(value);
        return new InputBindingView<T>(metadata, (T)value!, Replace);

        void Replace(object? replacement) => (_replaced ??= new(StringComparer.Ordinal))[metadata.Name] = replacement;
    }

    private async ValueTask<(object? Value, string? Error)> ValueOf(FunctionContext context, ParameterInfo info, FunctionParameter parameter)
    {
        if (_replaced is not null && _replaced.TryGetValue(parameter.Name, out var replacement)) return (replacement, null);
        bindings.TryGetSource(parameter.Name, out var source);
        var result = await converters.ConvertAsync(info, new LocalConverterContext(parameter.Type, source, context));
        return result.Status switch
        {
            ConversionStatus.Succeeded => (result.Value, null),
            ConversionStatus.Failed when source is not null || result.Error is not null => (null,
                $"Cannot convert input parameter '{parameter.Name}' to type '{parameter.Type.FullName}'. Error: {result.Error}"),
            _ when parameter.HasDefaultValue => (parameter.DefaultValue, null),
            _ when parameter.IsReferenceOrNullableType => (null, null),
            _ => (null, $"Could not populate the value for '{parameter.Name}' parameter. Consider adding a default value or making the parameter nullable."),
        };
    }
}

internal sealed class LocalConverterContext(Type target, object? source, FunctionContext context) : ConverterContext
{
    public override Type TargetType => target;

    public override object? Source => source;

    public override FunctionContext FunctionContext => context;

    public override IReadOnlyDictionary<string, object> Properties => ImmutableDictionary<string, object>.Empty;
}
