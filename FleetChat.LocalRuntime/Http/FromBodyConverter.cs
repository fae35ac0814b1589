using System.Net.Http.Headers;
using FleetChat.LocalRuntime.Invocation;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.LocalRuntime.Http;

internal sealed class FromBodyConverter : IInputConverter
{
    public async ValueTask<ConversionResult> ConvertAsync(ConverterContext context)
    {
        try
        {
            return ConversionResult.Success(await ReadAsync(context.FunctionContext, context.TargetType));
        }
        catch (Exception exception)
        {
            return ConversionResult.Failed(exception);
        }
    }

    private static async Task<object?> ReadAsync(FunctionContext context, Type type)
    {
        var request = await context.GetHttpRequestDataAsync() ?? throw new InvalidOperationException("[FromBody] needs an HTTP trigger.");
        if (type == typeof(string)) return await request.ReadAsStringAsync();
        if (type == typeof(byte[])) return await ReadBytesAsync(request.Body);
        if (type == typeof(Memory<byte>)) return new Memory<byte>(await ReadBytesAsync(request.Body));
        if (!HasJsonContentType(request)) throw new InvalidOperationException($"[FromBody] reads {type} only from a body with a JSON Content-Type.");
        return await WorkerSerializer.Of(context).DeserializeAsync(request.Body, type, context.CancellationToken);
    }

    private static async Task<byte[]> ReadBytesAsync(Stream body)
    {
        using var copy = new MemoryStream();
        await body.CopyToAsync(copy);
        return copy.ToArray();
    }

    private static bool HasJsonContentType(HttpRequestData request)
        => request.Headers.TryGetValues("Content-Type", out var values)
            && MediaTypeHeaderValue.TryParse(values.FirstOrDefault(), out var type)
            && type.MediaType is { } media
            && (media.Equals("application/json", StringComparison.OrdinalIgnoreCase) || media.EndsWith("+json", StringComparison.OrdinalIgnoreCase));
}
