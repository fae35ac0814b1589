using FleetChat.Core.Security.Access;
using FleetChat.Core.Transports;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Transports;

public sealed class StopKindApi(ChangeStopKinds kinds)
{
    [Function(nameof(GetStopKinds))]
    [Needs(Permission.ReadCompany)]
    public async Task<HttpResponseData> GetStopKinds([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/stop-kinds")] HttpRequestData request)
    {
        _ = new QueryParameters(request);
        return await request.AnswerAsync(await kinds.GetAsync(request.Tenant(), request.Cancellation()));
    }

    [Function(nameof(PutStopKinds))]
    [Needs(Permission.ChangeCompany)]
    public async Task<HttpResponseData> PutStopKinds([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/stop-kinds")] HttpRequestData request)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<StopKindList>(request);
        return await request.AnswerAsync(await kinds.HandleAsync(new(request.Tenant(), body, request.Caller().Actor), request.Cancellation()));
    }
}
