using FleetChat.Core.Security.Access;
using FleetChat.Core.Security.Users;
using FleetChat.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Security;

/// <summary>What becomes of invitations; <see cref="UserApi.PostInvitation"/> makes them.</summary>
public sealed class InvitationApi(ListInvitations list, CancelInvitation cancel, AcceptInvitation accept)
{
    [Function(nameof(GetInvitations))]
    [Needs(Permission.ReadUsers)]
    public async Task<HttpResponseData> GetInvitations([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/invitations")] HttpRequestData request)
        => await request.AnswerAsync(await list.HandleAsync(request.Tenant(), new QueryParameters(request).Page(), request.Cancellation()));

    // Who may invite may take it back: an operator the one that went to the wrong address.
    [Function(nameof(DeleteInvitation))]
    [Needs(Permission.InviteUsers)]
    public async Task<HttpResponseData> DeleteInvitation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/invitations/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var invitation)
            ? await cancel.HandleAsync(new(request.Tenant(), invitation, request.Caller()), request.Cancellation())
            : UserErrors.InvitationNotFound);

    // Tied to no tenant, so no Idempotency-Key: the invitation itself says whether it was accepted, and by whom.
    [Function(nameof(PostInvitationAcceptance))]
    [Needs(Permission.BePerson)]
    public async Task<HttpResponseData> PostInvitationAcceptance([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/invitations/accept")] HttpRequestData request)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<AcceptBody>(request);
        return await request.AnswerAsync(await accept.HandleAsync(new(request.Caller().Person!, body.Token), request.Cancellation()));
    }

    private sealed record AcceptBody(string? Token = null);
}
