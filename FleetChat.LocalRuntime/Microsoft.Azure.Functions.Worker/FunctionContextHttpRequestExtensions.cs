using FleetChat.LocalRuntime.Invocation;
using Microsoft.Azure.Functions.Worker.Http;

namespace Microsoft.Azure.Functions.Worker;

public static class FunctionContextHttpRequestExtensions
{
    public static ValueTask<HttpRequestData?> GetHttpRequestDataAsync(this FunctionContext context)
    {
        foreach (var input in FunctionBindings.Of(context).InputData.Values)
            if (input is HttpRequestData request) return ValueTask.FromResult<HttpRequestData?>(request);
        return ValueTask.FromResult<HttpRequestData?>(null);
    }

    public static HttpResponseData? GetHttpResponseData(this FunctionContext context)
        => FunctionBindings.Of(context).InvocationResult as HttpResponseData
            ?? context.GetOutputBindings<HttpResponseData>().Select(b => (HttpResponseData?)b.Value).FirstOrDefault(v => v is not null);
}
