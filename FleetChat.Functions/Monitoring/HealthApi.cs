using System.Net;
using FleetChat.Core;
using FleetChat.Core.Monitoring;
using FleetChat.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Monitoring;

/// <summary>For load balancers and people on call: open, and without a word about any tenant.</summary>
public sealed class HealthApi(CheckReadiness readiness)
{
    /// <summary>The process answers.</summary>
    [Function(nameof(HealthLive))]
    [Answers(typeof(Live), "It does.")]
    public Task<HttpResponseData> HealthLive(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/live")] HttpRequestData request)
        => new ApiAnswer(HttpStatusCode.OK, ApiJson.Write(new Live("live"))).WriteAsync(request);

    /// <summary>The database and its keys can be reached, and all migrations are applied.</summary>
    [Function(nameof(HealthReady))]
    [Answers(typeof(Readiness), "It can serve.")]
    [Answers(typeof(Readiness), "It can't; the body says what to do.", Status = 503)]
    public async Task<HttpResponseData> HealthReady(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/ready")] HttpRequestData request)
    {
        var found = await readiness.HandleAsync(request.Cancellation());
        var status = found.IsReady ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable;
        return await new ApiAnswer(status, ApiJson.Write(found)) { ContentType = "application/json" }.WriteAsync(request);
    }

    private sealed record Live([OneOf("live")] string Status);
}
