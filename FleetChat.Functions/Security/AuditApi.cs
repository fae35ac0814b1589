using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Security.Audit;
using FleetChat.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Security;

public sealed class AuditApi(ListAudit list)
{
    /// <summary>The company's audit trail, the newest entry first: who did what, when, to what and from where.</summary>
    [Function(nameof(GetAudit))]
    [Needs(Permission.ReadAudit)]
    [Answers(typeof(Page<AuditEntryView>), "A page.")]
    public async Task<HttpResponseData> GetAudit([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/audit")] HttpRequestData request)
        => await request.AnswerAsync(await list.HandleAsync(request.Tenant(), new QueryParameters(request).Page(), request.Cancellation()));
}
