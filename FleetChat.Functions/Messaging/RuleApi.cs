using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Messaging;

public sealed class RuleApi(ListRules list, ChangeRule change)
{
    [Function(nameof(GetRules))]
    [Needs(Permission.ReadCompany)]
    public async Task<HttpResponseData> GetRules([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/rules")] HttpRequestData request)
    {
        _ = new QueryParameters(request);
        return await request.AnswerAsync(await list.HandleAsync(request.Tenant(), request.Cancellation()));
    }

    [Function(nameof(PatchRule))]
    [Needs(Permission.ChangeCompany)]
    public async Task<HttpResponseData> PatchRule([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/rules/{id}")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<RuleChange>(request);
        return await request.AnswerAsync(await change.HandleAsync(new(request.Tenant(), id, body, request.Caller().Actor), request.Cancellation()));
    }
}
