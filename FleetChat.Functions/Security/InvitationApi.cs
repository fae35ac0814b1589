using System.ComponentModel.DataAnnotations;
using FleetChat.Core;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Security.Users;
using FleetChat.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Security;

/// <summary>What becomes of invitations; <see cref="UserApi.PostInvitation"/> makes them.</summary>
public sealed class InvitationApi(ListInvitations list, CancelInvitation cancel, AcceptInvitation accept)
{
    /// <summary>Invitations that wait for an answer, the newest first.</summary>
    [Function(nameof(GetInvitations))]
    [Needs(Permission.ReadUsers)]
    [Answers(typeof(Page<InvitationView>), "A page.")]
    public async Task<HttpResponseData> GetInvitations([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/invitations")] HttpRequestData request)
        => await request.AnswerAsync(await list.HandleAsync(request.Tenant(), new QueryParameters(request).Page(), request.Cancellation()));

    // Who may invite may take it back: an operator the one that went to the wrong address.
    /// <summary>Take an invitation back: its token lets nobody in any more. An operator takes back what operators invited.</summary>
    [Function(nameof(DeleteInvitation))]
    [Needs(Permission.InviteUsers)]
    [Answers(typeof(CancelledInvitation), "Cancelled.")]
    public async Task<HttpResponseData> DeleteInvitation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/invitations/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var invitation)
            ? await cancel.HandleAsync(new(request.Tenant(), invitation, request.Caller()), request.Cancellation())
            : UserErrors.InvitationNotFound);

    // Tied to no tenant, so no Idempotency-Key: the invitation itself says whether it was accepted, and by whom.
    /// <summary>Become a member with the token of an invitation. For people who have signed in.</summary>
    [Function(nameof(PostInvitationAcceptance))]
    [Needs(Permission.BePerson)]
    [Answers(typeof(AcceptedInvitation), "A member.")]
    [Takes(typeof(InvitationAcceptance), """{"token": "as-it-stands-in-the-e-mail"}""")]
    [Refuses(404, 409)]
    public async Task<HttpResponseData> PostInvitationAcceptance([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/invitations/accept")] HttpRequestData request)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<InvitationAcceptance>(request);
        return await request.AnswerAsync(await accept.HandleAsync(new(request.Caller().Person!, body.Token), request.Cancellation()));
    }

    /// <param name="Token">As it stands in the e-mail.</param>
    private sealed record InvitationAcceptance([Required] string? Token = null);
}
