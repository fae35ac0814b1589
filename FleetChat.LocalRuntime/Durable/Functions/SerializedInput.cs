using FleetChat.LocalRuntime.Invocation;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>An input as it is stored, which the parameter's type decides how to read.</summary>
internal sealed record SerializedInput(string? Json, DataConverter Converter);

/// <summary>The orchestration's context, which exists only once its turn runs.</summary>
internal sealed class ContextSource
{
    public TaskOrchestrationContext? Context { get; set; }
}

/// <summary>Fills what only durable functions have: inputs, the orchestration's context, the client.</summary>
internal sealed class DurableConverter(PostgresDurableTaskClient client) : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) => new(context.Source switch
    {
        ContextSource source => ConversionResult.Success(source.Context),
        SerializedInput input => Read(input, context.TargetType),
        null when context.TargetType == typeof(DurableTaskClient) => ConversionResult.Success(client),
        _ => ConversionResult.Unhandled(),
    });

    private static ConversionResult Read(SerializedInput input, Type type)
    {
        try
        {
            return ConversionResult.Success(input.Json is null ? null : input.Converter.Deserialize(input.Json, type));
        }
        catch (Exception exception)
        {
            return ConversionResult.Failed(exception);
        }
    }
}
