using FleetChat.Core.Billing;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Billing;

public sealed class UsageApi(GetUsage get)
{
    /// <summary>What the company uses this month, and how much it may.</summary>
    [Function(nameof(GetOwnUsage))]
    [Needs(Permission.ReadCompany)]
    [Answers(typeof(UsageView), "Found.")]
    public async Task<HttpResponseData> GetOwnUsage([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/usage")] HttpRequestData request)
        => await request.AnswerAsync(await get.HandleAsync(request.Tenant(), request.Cancellation()));
}
