using System.ComponentModel.DataAnnotations;
using FleetChat.Core;
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
    /// <summary>Make a company another one's child. The parent has no parent itself, and the company has no children. For operators.</summary>
    [Function(nameof(PutParent))]
    [Needs(Permission.ChangeTenants)]
    [Answers(typeof(ParentView), "Done; it holds with the next request.")]
    [Takes(typeof(ParentWanted), """{"parent_tenant_id": "abc_trucking_001"}""")]
    [PathText("id", "The company's tenant id.")]
    [Refuses(409)]
    public async Task<HttpResponseData> PutParent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/platform/tenants/{id}/parent")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<ParentWanted>(request);
        return await request.AnswerAsync(await set.HandleAsync(new(id, body.ParentTenantId, request.Caller().Actor), request.Cancellation()));
    }

    /// <summary>Make a company nobody's child. For operators.</summary>
    [Function(nameof(DeleteParent))]
    [Needs(Permission.ChangeTenants)]
    [Answers(typeof(ParentView), "Done; it holds with the next request.")]
    [PathText("id", "The company's tenant id.")]
    public async Task<HttpResponseData> DeleteParent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/platform/tenants/{id}/parent")] HttpRequestData request, string id)
        => await request.AnswerAsync(await clear.HandleAsync(new(id, request.Caller().Actor), request.Cancellation()));

    private sealed record ParentWanted([Required] string? ParentTenantId = null);
}
