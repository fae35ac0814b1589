using System.Net;
using FleetChat.Core.Monitoring;
using FleetChat.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Monitoring;

/// <summary>For load balancers and people on call: open, and without a word about any tenant.</summary>
public sealed class HealthApi(CheckReadiness readiness)
{
    [Function(nameof(HealthLive))]
    public Task<HttpResponseData> HealthLive(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/live")] HttpRequestData request)
        => new ApiAnswer(HttpStatusCode.OK, ApiJson.Write(new { status = "live" })).WriteAsync(request);

    [Function(nameof(HealthReady))]
    public async Task<HttpResponseData> HealthReady(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/ready")] HttpRequestData request)
    {
        var found = await readiness.HandleAsync(request.Cancellation());
        var status = found.IsReady ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable;
        return await new ApiAnswer(status, ApiJson.Write(found)) { ContentType = "application/json" }.WriteAsync(request);
    }
}
