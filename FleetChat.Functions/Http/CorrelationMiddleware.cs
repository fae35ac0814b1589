using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace FleetChat.Functions.Http;

/// <summary>Names each request to the log and to its caller, whatever becomes of it.</summary>
public sealed class CorrelationMiddleware(ILogger<CorrelationMiddleware> logger) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (!context.IsHttp())
        {
            await next(context);
            return;
        }
        var id = RequestCorrelation.Of(await context.GetRequestAsync());
        using (logger.BeginScope(new Dictionary<string, object> { ["CorrelationId"] = id })) await next(context);
        // None, where nobody is left to be answered.
        context.GetHttpResponseData()?.Headers.Add(RequestCorrelation.Header, id);
    }
}
