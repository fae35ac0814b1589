using System.Globalization;
using System.Text;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.Options;

namespace FleetChat.LocalRuntime.Invocation;

internal sealed class FunctionContextConverter : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) => new(
        context.TargetType == typeof(FunctionContext) ? ConversionResult.Success(context.FunctionContext)
        : context.TargetType == typeof(CancellationToken) ? ConversionResult.Success(context.FunctionContext.CancellationToken)
        : ConversionResult.Unhandled());
}

internal sealed class AssignableConverter : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) => new(
        context.Source is { } source && context.TargetType.IsInstanceOfType(source) ? ConversionResult.Success(source) : ConversionResult.Unhandled());
}

internal sealed class TextConverter : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) => new(
        context.Source is string text ? Convert(text, Nullable.GetUnderlyingType(context.TargetType) ?? context.TargetType) : ConversionResult.Unhandled());

    private static ConversionResult Convert(string text, Type type)
    {
        if (type == typeof(Guid) && Guid.TryParse(text, out var guid)) return ConversionResult.Success(guid);
        if (type == typeof(DateTimeOffset) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var moment)) return ConversionResult.Success(moment);
        if (type == typeof(DateTime) && DateTime.TryParse(text, CultureInfo.InvariantCulture, out var date)) return ConversionResult.Success(date);
        if (type == typeof(byte[])) return ConversionResult.Success(Encoding.UTF8.GetBytes(text));
        if (type == typeof(ReadOnlyMemory<byte>)) return ConversionResult.Success(new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(text)));
        return ConversionResult.Unhandled();
    }
}

/// <summary>Everything else is read as JSON by the worker's serializer, numbers and flags included.</summary>
internal sealed class JsonConverter(IOptions<WorkerOptions> options) : IInputConverter
{
    public async ValueTask<ConversionResult> ConvertAsync(ConverterContext context)
    {
        if (context.TargetType == typeof(string)) return ConversionResult.Unhandled();
        var stream = context.Source switch
        {
            string text => new MemoryStream(Encoding.UTF8.GetBytes(text)),
            HttpRequestData request => request.Body,
            _ => null,
        };
        if (stream is null) return ConversionResult.Unhandled();
        try
        {
            return ConversionResult.Success(await options.Value.Serializer!.DeserializeAsync(stream, context.TargetType, context.FunctionContext.CancellationToken));
        }
        catch (Exception exception)
        {
            return ConversionResult.Failed(exception);
        }
        finally
        {
            if (context.Source is HttpRequestData { Body.CanSeek: true } request) request.Body.Position = 0;
        }
    }
}
