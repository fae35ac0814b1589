using FleetChat.Core.Corporate;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Corporate;

/// <summary>Which company is whose child, for FleetChat's operators.</summary>
public sealed class ParentApi(SetParent set, ClearParent clear)
{
    [Function(nameof(PutParent))]
    [Needs(Permission.ChangeTenants)]
    public async Task<HttpResponseData> PutParent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/platform/tenants/{id}/parent")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<ParentBody>(request);
        return await request.AnswerAsync(await set.HandleAsync(new(id, body.ParentTenantId, request.Caller().Actor), request.Cancellation()));
    }

    [Function(nameof(DeleteParent))]
    [Needs(Permission.ChangeTenants)]
    public async Task<HttpResponseData> DeleteParent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/platform/tenants/{id}/parent")] HttpRequestData request, string id)
        => await request.AnswerAsync(await clear.HandleAsync(new(id, request.Caller().Actor), request.Cancellation()));

    private sealed record ParentBody(string? ParentTenantId = null);
}
