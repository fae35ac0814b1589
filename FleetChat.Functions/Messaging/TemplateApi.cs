using FleetChat.Core.Messaging.Templates;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Messaging;

public sealed class TemplateApi(ListTemplates list, SubmitTemplates submit, PreviewTemplate preview)
{
    [Function(nameof(GetTemplates))]
    [Needs(Permission.ReadCompany)]
    public async Task<HttpResponseData> GetTemplates([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/templates")] HttpRequestData request)
    {
        _ = new QueryParameters(request);
        return await request.AnswerAsync(await list.HandleAsync(request.Tenant(), request.Cancellation()));
    }

    [Function(nameof(PostTemplateSubmission))]
    [Needs(Permission.ChangeCompany)]
    public async Task<HttpResponseData> PostTemplateSubmission([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/templates/submission")] HttpRequestData request)
    {
        return await request.AnswerAsync(await submit.HandleAsync(new(request.Tenant(), request.Caller().Actor), request.Cancellation()));
    }

    [Function(nameof(PostTemplatePreview))]
    [Needs(Permission.ReadCompany)]
    public async Task<HttpResponseData> PostTemplatePreview([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/templates/preview")] HttpRequestData request)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<PreviewBody>(request);
        return await request.AnswerAsync(await preview.HandleAsync(new(request.Tenant(), body.Template, body.Language, body.Parameters), request.Cancellation()));
    }

    private sealed record PreviewBody(string? Template = null, string? Language = null, IReadOnlyList<string>? Parameters = null);
}
