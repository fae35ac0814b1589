using FleetChat.Core.Security;
using FleetChat.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace FleetChat.Functions.Security;

/// <summary>
/// Ties every HTTP request to one tenant or refuses it. Only the functions of <see cref="OpenRoutes"/> and
/// <see cref="SignedRoutes"/> are let pass without an API key.
/// </summary>
public sealed partial class ApiKeyMiddleware(
    AuthenticateApiKey authenticate, ReportForeignTenant reportForeignTenant, RequestRates rates, ILogger<ApiKeyMiddleware> logger)
    : IFunctionsWorkerMiddleware
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
        var key = await authenticate.HandleAsync(request.Header("Authorization"), context.CancellationToken);
        using var scope = key is null ? null : logger.BeginScope(Fields(key, function));
        if (await FindRefusalAsync(request, key) is { } refusal)
        {
            Log.Refused(logger, function, refusal.Code);
            HttpAnswer.Set(context, await ProblemResponses.WriteAsync(request, refusal));
            return;
        }
        request.TieTo(new(key!.Tenant, key.KeyId, key.Scopes));
        await next(context);
    }

    private async Task<Problem?> FindRefusalAsync(HttpRequestData request, AuthenticatedKey? key)
    {
        if (key is null) return Problem.Unauthenticated;
        if (rates.Take(key.Tenant) is { } wait) return Problem.TooManyRequests(wait);
        if (!key.InService) return ProblemResponses.Of(ApiKeyErrors.TenantNotInService);
        if (TenantOfRoute(request.FunctionContext) is { } named && named != key.Tenant.Value)
        {
            await reportForeignTenant.HandleAsync(new(key.Tenant, key.KeyId, named, request.FunctionContext.FunctionDefinition.Name), request.Cancellation());
            return ProblemResponses.Of(ApiKeyErrors.AccessDenied);
        }
        var scope = request.Method is "GET" or "HEAD" ? ApiScopes.Read : ApiScopes.Write;
        return key.Scopes.Contains(scope) ? null : ProblemResponses.Of(ApiKeyErrors.ScopeMissing(scope));
    }

    // A route's value goes before a query's of the same name; one that stands in the query alone is held to the same rule.
    private static string? TenantOfRoute(FunctionContext context)
        => context.BindingContext.BindingData.FirstOrDefault(data => string.Equals(data.Key, "tenantId", StringComparison.OrdinalIgnoreCase)).Value?.ToString();

    private static Dictionary<string, object> Fields(AuthenticatedKey key, string function)
        => new() { ["TenantId"] = key.Tenant.Value, ["ApiKeyId"] = key.KeyId, ["Function"] = function };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Function} refused a request: {Code}")]
        public static partial void Refused(ILogger logger, string function, string code);
    }
}
