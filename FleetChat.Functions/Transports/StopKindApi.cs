using FleetChat.Core.Security.Access;
using FleetChat.Core.Transports;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Transports;

public sealed class StopKindApi(ChangeStopKinds kinds)
{
    /// <summary>How the company says what its stops are for.</summary>
    [Function(nameof(GetStopKinds))]
    [Needs(Permission.ReadCompany)]
    [Answers(typeof(StopKindList), "Found.")]
    [Refuses(400)]
    public async Task<HttpResponseData> GetStopKinds([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/stop-kinds")] HttpRequestData request)
    {
        _ = new QueryParameters(request);
        return await request.AnswerAsync(await kinds.GetAsync(request.Tenant(), request.Cancellation()));
    }

    /// <summary>Say by a list of rules what stops are for; the first that fits decides. A stop's externalIds key fleetchatKind goes before them, its place in the route after them.</summary>
    [Function(nameof(PutStopKinds))]
    [Needs(Permission.ChangeCompany)]
    [Answers(typeof(StopKindList), "Done.")]
    [Takes(typeof(StopKindList), """{"rules": [{"field": "name", "match": "contains", "value": "warehouse", "kind": "pickup"}]}""")]
    public async Task<HttpResponseData> PutStopKinds([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/stop-kinds")] HttpRequestData request)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<StopKindList>(request);
        return await request.AnswerAsync(await kinds.HandleAsync(new(request.Tenant(), body, request.Caller().Actor), request.Cancellation()));
    }
}
