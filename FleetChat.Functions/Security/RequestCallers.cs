using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Security;

/// <summary>Who calls a function, and the one tenant that the request is tied to.</summary>
public static class RequestCallers
{
    private static readonly object Key = typeof(Caller);

    public static void TieTo(this HttpRequestData request, Caller caller) => request.FunctionContext.Items[Key] = caller;

    /// <exception cref="InvalidOperationException">The function's permission touches no tenant.</exception>
    public static TenantId Tenant(this HttpRequestData request)
        => request.Caller().Tenant ?? throw new InvalidOperationException($"{request.FunctionContext.FunctionDefinition.Name} is tied to no tenant");

    /// <exception cref="InvalidOperationException">The function is open or signed: no credential was checked.</exception>
    public static Caller Caller(this HttpRequestData request)
        => request.FunctionContext.FindCaller() ?? throw new InvalidOperationException($"{request.FunctionContext.FunctionDefinition.Name} is called by nobody");

    public static Caller? FindCaller(this FunctionContext context)
        => context.Items.TryGetValue(Key, out var caller) ? (Caller)caller : null;
}
