using FleetChat.Core.Tenants;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Security;

/// <summary>The one tenant that a request is tied to, and the key it came with.</summary>
public sealed record RequestTenant(TenantId Tenant, string KeyId, IReadOnlyList<string> Scopes)
{
    /// <summary>Who acts, as the audit trail and <c>handled_by</c> name it.</summary>
    public string Actor => $"api_key:{KeyId}";
}

public static class RequestTenants
{
    private static readonly object Key = typeof(RequestTenant);

    public static void TieTo(this HttpRequestData request, RequestTenant tenant) => request.FunctionContext.Items[Key] = tenant;

    public static TenantId Tenant(this HttpRequestData request) => request.Caller().Tenant;

    /// <exception cref="InvalidOperationException">The function is open or signed: no key was checked.</exception>
    public static RequestTenant Caller(this HttpRequestData request)
        => request.FunctionContext.FindCaller() ?? throw new InvalidOperationException($"{request.FunctionContext.FunctionDefinition.Name} is tied to no tenant");

    public static RequestTenant? FindCaller(this FunctionContext context)
        => context.Items.TryGetValue(Key, out var caller) ? (RequestTenant)caller : null;
}
