using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Messaging;

public sealed class RuleApi(ListRules list, ChangeRule change)
{
    /// <summary>The rules in force, in the order of a transport's life.</summary>
    [Function(nameof(GetRules))]
    [Needs(Permission.ReadCompany)]
    [Answers(typeof(RuleList), "All of them.")]
    [Refuses(400)]
    public async Task<HttpResponseData> GetRules([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/rules")] HttpRequestData request)
    {
        _ = new QueryParameters(request);
        return await request.AnswerAsync(await list.HandleAsync(request.Tenant(), request.Cancellation()));
    }

    /// <summary>Change a rule of your company. What is left out stays.</summary>
    [Function(nameof(PatchRule))]
    [Needs(Permission.ChangeCompany)]
    [Answers(typeof(MessageRule), "Changed.")]
    [Takes(typeof(RuleChange), """{"is_on": true, "lead_minutes": 45}""")]
    [PathText("id", "A rule's id, as GET /api/rules lists it.")]
    public async Task<HttpResponseData> PatchRule([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/rules/{id}")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<RuleChange>(request);
        return await request.AnswerAsync(await change.HandleAsync(new(request.Tenant(), id, body, request.Caller().Actor), request.Cancellation()));
    }
}
