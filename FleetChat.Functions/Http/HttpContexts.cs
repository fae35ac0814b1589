using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Http;

/// <summary>What the middleware asks of a function's context.</summary>
public static class HttpContexts
{
    public static bool IsHttp(this FunctionContext context)
        => context.FunctionDefinition.InputBindings.Values.Any(binding => string.Equals(binding.Type, "httpTrigger", StringComparison.OrdinalIgnoreCase));

    public static async Task<HttpRequestData> GetRequestAsync(this FunctionContext context)
        => await context.GetHttpRequestDataAsync() ?? throw new InvalidOperationException($"{context.FunctionDefinition.Name} has an HTTP trigger and no request");

    /// <summary>A header that the caller sends once; null if it is absent.</summary>
    public static string? Header(this HttpRequestData request, string name)
        => request.Headers.TryGetValues(name, out var values) ? string.Join(",", values) : null;

    public static CancellationToken Cancellation(this HttpRequestData request) => request.FunctionContext.CancellationToken;
}
