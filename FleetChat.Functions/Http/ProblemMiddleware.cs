using FleetChat.Core.Security;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace FleetChat.Functions.Http;

/// <summary>Turns what an HTTP function throws into a problem document. Other functions' exceptions go on to the host, which retries.</summary>
public sealed partial class ProblemMiddleware(ILogger<ProblemMiddleware> logger) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (!context.IsHttp())
        {
            await next(context);
            return;
        }
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            // The client has gone: nobody is left to answer.
        }
        catch (RequestRefusedException exception)
        {
            Log.Refused(logger, context.FunctionDefinition.Name, context.FindCaller()?.Tenant?.Value, exception.Problem.Code);
            await AnswerAsync(context, exception.Problem);
        }
        catch (DataKeyMissingException exception)
        {
            Log.Failed(logger, context.FunctionDefinition.Name, context.FindCaller()?.Tenant?.Value, exception);
            await AnswerAsync(context, Problem.KeyMissing);
        }
        catch (Exception exception)
        {
            // The scope that the key's check opened has ended with the exception: the tenant is named here.
            Log.Failed(logger, context.FunctionDefinition.Name, context.FindCaller()?.Tenant?.Value, exception);
            await AnswerAsync(context, Problem.Unexpected);
        }
    }

    private static async Task AnswerAsync(FunctionContext context, Problem problem)
        => HttpAnswer.Set(context, await ProblemResponses.WriteAsync(await context.GetRequestAsync(), problem));

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Function} refused a request of {TenantId}: {Code}")]
        public static partial void Refused(ILogger logger, string function, string? tenantId, string code);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Function} failed for {TenantId}")]
        public static partial void Failed(ILogger logger, string function, string? tenantId, Exception exception);
    }
}
