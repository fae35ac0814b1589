using System.ComponentModel.DataAnnotations;
using FleetChat.Core;
using FleetChat.Core.Messaging.Templates;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Messaging;

public sealed class TemplateApi(ListTemplates list, SubmitTemplates submit, PreviewTemplate preview)
{
    /// <summary>Your company's template set as Meta has it: what is approved, waited for or refused, and what a driver would get.</summary>
    [Function(nameof(GetTemplates))]
    [Needs(Permission.ReadCompany)]
    [Answers(typeof(TemplateList), "All of them, with older versions that serve until these are approved.")]
    [Refuses(400)]
    public async Task<HttpResponseData> GetTemplates([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/templates")] HttpRequestData request)
    {
        _ = new QueryParameters(request);
        return await request.AnswerAsync(await list.HandleAsync(request.Tenant(), request.Cancellation()));
    }

    /// <summary>Have your company's template set submitted to Meta, and what was rejected or paused reviewed again. It goes on by itself; what Meta has already is not submitted twice.</summary>
    [Function(nameof(PostTemplateSubmission))]
    [Needs(Permission.ChangeCompany)]
    [Answers(typeof(TemplateList), "Begun. How it stands.")]
    [Refuses(400, 409)]
    public async Task<HttpResponseData> PostTemplateSubmission([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/templates/submission")] HttpRequestData request)
    {
        return await request.AnswerAsync(await submit.HandleAsync(new(request.Tenant(), request.Caller().Actor), request.Cancellation()));
    }

    /// <summary>A template as a driver would get it, and what is wrong with its parameters. Nothing is sent.</summary>
    [Function(nameof(PostTemplatePreview))]
    [Needs(Permission.ReadCompany)]
    [Answers(typeof(TemplatePreview), "As it would be sent.")]
    [Takes(typeof(TemplatePreviewWanted), """{"template": "fleetchat_dispatcher_note_v2", "language": "en_US", "parameters": ["Maria", "Please use gate 4."]}""")]
    [Refuses(404)]
    public async Task<HttpResponseData> PostTemplatePreview([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/templates/preview")] HttpRequestData request)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<TemplatePreviewWanted>(request);
        return await request.AnswerAsync(await preview.HandleAsync(new(request.Tenant(), body.Template, body.Language, body.Parameters), request.Cancellation()));
    }

    /// <param name="Template">Its name in the set.</param>
    /// <param name="Language">WhatsApp's code, such as en_US.</param>
    /// <param name="Parameters">One for each placeholder; left out: the examples.</param>
    private sealed record TemplatePreviewWanted([Required] string? Template = null, [Required] string? Language = null, IReadOnlyList<string>? Parameters = null);
}
