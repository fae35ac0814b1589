using FleetChat.Core.Security.Access;
using FleetChat.Core.Security.Audit;
using FleetChat.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetChat.Functions.Security;

/// <summary>
/// Ties every HTTP request to its caller and to one tenant, or refuses it. Only the functions of <see cref="OpenRoutes"/> and
/// <see cref="SignedRoutes"/> are let pass without a credential.
/// </summary>
public sealed partial class AccessMiddleware(Door door, IOptions<AuditOptions> audit, ILogger<AccessMiddleware> logger) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        var function = context.FunctionDefinition.Name;
        if (!context.IsHttp() || OpenRoutes.Names.Contains(function) || SignedRoutes.Names.Contains(function))
        {
            await next(context);
            return;
        }

        var request = await context.GetRequestAsync();
        RequestOrigin.Current = RequestOrigins.Of(request, audit.Value.Proxies);
        switch (await door.EnterAsync(Asked(request), context.CancellationToken))
        {
            case Entry.Admitted(var caller):
                using (logger.BeginScope(Fields(caller, function)))
                {
                    request.TieTo(caller);
                    await next(context);
                }
                break;
            case Entry.Refused(var error, var caller):
                await RefuseAsync(request, ProblemResponses.Of(error), caller);
                break;
            case Entry.TooMany(var wait, var caller):
                await RefuseAsync(request, Problem.TooManyRequests(wait), caller);
                break;
            default:
                await RefuseAsync(request, Problem.Unauthenticated, null);
                break;
        }
    }

    private static AccessRequest Asked(HttpRequestData request)
    {
        var context = request.FunctionContext;
        var function = context.FunctionDefinition.Name;
        return new(request.Header("Authorization"), RoutePermissions.Get(function), request.Header(AccessRequest.TenantHeader), TenantOfRoute(context), function);
    }

    private async Task RefuseAsync(HttpRequestData request, Problem problem, Caller? caller)
    {
        var function = request.FunctionContext.FunctionDefinition.Name;
        using var scope = caller is null ? null : logger.BeginScope(Fields(caller, function));
        Log.Refused(logger, function, problem.Code);
        HttpAnswer.Set(request.FunctionContext, await ProblemResponses.WriteAsync(request, problem));
    }

    // A route's value goes before a query's of the same name; one that stands in the query alone is held to the same rule.
    private static string? TenantOfRoute(FunctionContext context)
        => context.BindingContext.BindingData.FirstOrDefault(data => string.Equals(data.Key, "tenantId", StringComparison.OrdinalIgnoreCase)).Value?.ToString();

    private static Dictionary<string, object> Fields(Caller caller, string function)
        => new() { ["TenantId"] = caller.Tenant?.Value ?? "", ["Actor"] = caller.Actor, ["Function"] = function };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Function} refused a request: {Code}")]
        public static partial void Refused(ILogger logger, string function, string code);
    }
}
