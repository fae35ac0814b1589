using System.Net;
using System.Text;
using FleetChat.Core;
using FleetChat.Core.Consent;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Inbox;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Consent;

/// <summary>An answer, and the nudges that have the question sent and followed.</summary>
public sealed class ConsentAnswer
{
    [HttpResult]
    public HttpResponseData? Response { get; set; }

    [QueueOutput(QueueNames.Send)]
    public string[]? Send { get; set; }

    [QueueOutput(QueueNames.Orchestrate)]
    public string[]? Orchestrate { get; set; }

    internal void Take(LaneWork work) => (Send, Orchestrate) = (work.Send.ToMessages(), work.Orchestrate.ToMessages());
}

public sealed class ConsentApi(AskConsent ask, InviteDriver invite, GetConsent get, IdempotentRequests idempotent, TimeProvider time)
{
    /// <summary>A driver's consent with its proof: who said what, when, to which text.</summary>
    [Function(nameof(GetDriverConsent))]
    [Needs(Permission.ReadConsent)]
    [Answers(typeof(ConsentView), "Found.")]
    public async Task<HttpResponseData> GetDriverConsent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/drivers/{id}/consent")] HttpRequestData request, string id)
        => await request.AnswerAsync(await FindAsync(request, id));

    /// <summary>The same as a page to print.</summary>
    [Function(nameof(GetDriverConsentPage))]
    [Needs(Permission.ReadConsent)]
    [AnswersWith("text/html", "Found.")]
    public async Task<HttpResponseData> GetDriverConsentPage(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/drivers/{id}/consent/page")] HttpRequestData request, string id)
    {
        var found = await FindAsync(request, id);
        if (!found.IsOk) return await request.AnswerAsync(found);
        var page = await new ApiAnswer(HttpStatusCode.OK, Encoding.UTF8.GetBytes(ConsentPage.Of(found.Value, time.GetUtcNow()))) { ContentType = "text/html; charset=utf-8" }.WriteAsync(request);
        // Whatever a driver wrote: nothing of it runs, and nothing is fetched.
        page.Headers.Add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox");
        page.Headers.Add("Referrer-Policy", "no-referrer");
        return page;
    }

    /// <summary>Ask a driver on WhatsApp whether he may be written to. Only where an opt_in shows that he agreed to be written to there. Reminders after 24 and 72 hours, the end after 7 days.</summary>
    [Function(nameof(PostConsentQuestion))]
    [Needs(Permission.ChangeDrivers)]
    [Answers(typeof(QuestionTaken), "It is asked within seconds.", Status = 202)]
    [OncePerKey]
    public async Task<ConsentAnswer> PostConsentQuestion(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/drivers/{id}/consent/question")] HttpRequestData request, string id)
    {
        var answer = new ConsentAnswer();
        answer.Response = await idempotent.AnswerAsync(request, [], async _ =>
        {
            if (!Guid.TryParse(id, out var driver)) return ApiAnswer.Of(GetDriver.NotFound);
            var asked = await ask.HandleAsync(new(request.Tenant(), driver, request.Caller().Actor), request.Cancellation());
            if (!asked.IsOk) return ApiAnswer.Of(asked.Error);
            answer.Take(asked.Value.Work);
            return new(HttpStatusCode.Accepted, ApiJson.Write(new QuestionTaken(asked.Value.RequestId, asked.Value.ExpiresAt)));
        });
        return answer;
    }

    /// <summary>Make a link and a QR code with which a driver begins himself: he sends START with a code that is good once. An earlier one is good no more.</summary>
    [Function(nameof(PostConsentInvitation))]
    [Needs(Permission.ChangeDrivers)]
    [Answers(typeof(ConsentInvitation), "Made. Hand it to the driver alone.", Status = 201)]
    [OncePerKey]
    public async Task<ConsentAnswer> PostConsentInvitation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/drivers/{id}/consent/invitation")] HttpRequestData request, string id)
    {
        var answer = new ConsentAnswer();
        answer.Response = await idempotent.AnswerAsync(request, [], async _ =>
        {
            if (!Guid.TryParse(id, out var driver)) return ApiAnswer.Of(GetDriver.NotFound);
            var invited = await invite.HandleAsync(new(request.Tenant(), driver, request.Caller().Actor), request.Cancellation());
            if (!invited.IsOk) return ApiAnswer.Of(invited.Error);
            answer.Take(invited.Value.Work);
            return new(HttpStatusCode.Created, ApiJson.Write(invited.Value.Invitation));
        });
        return answer;
    }

    /// <summary>The QR code of the invitation that is open.</summary>
    [Function(nameof(GetConsentInvitationQr))]
    [Needs(Permission.ReadConsent)]
    [AnswersWith("image/png", "Found.")]
    public async Task<HttpResponseData> GetConsentInvitationQr(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/drivers/{id}/consent/invitation/qr")] HttpRequestData request, string id)
    {
        var picture = Guid.TryParse(id, out var driver) ? await invite.ShowAsync(request.Tenant(), driver, request.Cancellation()) : GetDriver.NotFound;
        return picture.IsOk
            ? await new ApiAnswer(HttpStatusCode.OK, picture.Value) { ContentType = "image/png" }.WriteAsync(request)
            : await request.AnswerAsync(picture);
    }

    private async Task<Result<ConsentView>> FindAsync(HttpRequestData request, string id)
        => Guid.TryParse(id, out var driver) ? await get.HandleAsync(request.Tenant(), driver, request.Cancellation()) : GetDriver.NotFound;

    private sealed record QuestionTaken(Guid RequestId, DateTimeOffset ExpiresAt);
}
