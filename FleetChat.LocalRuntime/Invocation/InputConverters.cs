using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetChat.LocalRuntime.Invocation;

/// <summary>Asks a parameter's own converter first, then its type's, then those of the worker's options in their order.</summary>
internal sealed class InputConverters(IServiceProvider services, IOptions<WorkerOptions> options)
{
    private readonly ConcurrentDictionary<Type, IInputConverter> _instances = new();
    private readonly ConcurrentDictionary<ParameterInfo, IInputConverter[]> _byParameter = new();

    public async ValueTask<ConversionResult> ConvertAsync(ParameterInfo parameter, ConverterContext context)
    {
        foreach (var converter in _byParameter.GetOrAdd(parameter, ConvertersOf))
        {
            var result = await converter.ConvertAsync(context);
            if (result.Status != ConversionStatus.Unhandled) return result;
        }
        return ConversionResult.Unhandled();
    }

    private IInputConverter[] ConvertersOf(ParameterInfo parameter)
        => [.. parameter.GetCustomAttributes<InputConverterAttribute>(inherit: true).Select(a => a.ConverterType)
            .Concat(parameter.ParameterType.GetCustomAttributes<InputConverterAttribute>(inherit: true).Select(a => a.ConverterType))
            .Concat(options.Value.InputConverters)
            .Select(type => _instances.GetOrAdd(type, t => (IInputConverter)ActivatorUtilities.CreateInstance(services, t)))];
}
