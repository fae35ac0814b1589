using System.ComponentModel.DataAnnotations;
using System.Net;
using FleetChat.Core;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Security.Users;
using FleetChat.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Security;

public sealed class UserApi(GetMe getMe, ListUsers list, ChangeUser change, RemoveUser remove, IdempotentRequests idempotent, InviteUser invite)
{
    /// <summary>Who the caller is, and in which companies.</summary>
    [Function(nameof(GetMe))]
    [Needs(Permission.BeKnown)]
    [Answers(typeof(MeView), "Found.")]
    public async Task<HttpResponseData> GetMe([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me")] HttpRequestData request)
        => await request.AnswerAsync(await getMe.HandleAsync(request.Caller(), request.Cancellation()));

    /// <summary>The company's users, the newest first.</summary>
    [Function(nameof(GetUsers))]
    [Needs(Permission.ReadUsers)]
    [Answers(typeof(Page<UserView>), "A page.")]
    public async Task<HttpResponseData> GetUsers([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/users")] HttpRequestData request)
        => await request.AnswerAsync(await list.HandleAsync(request.Tenant(), new QueryParameters(request).Page(), request.Cancellation()));

    /// <summary>Give a user another role; it holds with his next request.</summary>
    [Function(nameof(PatchUser))]
    [Needs(Permission.ChangeUsers)]
    [Answers(typeof(UserView), "Done.")]
    [Takes(typeof(UserChange), """{"role": "dispatcher"}""")]
    [Refuses(409)]
    public async Task<HttpResponseData> PatchUser(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/users/{id}")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<UserChange>(request);
        return await request.AnswerAsync(Guid.TryParse(id, out var user)
            ? await change.HandleAsync(new(request.Tenant(), user, body.Role, request.Caller().Actor), request.Cancellation())
            : UserErrors.NotFound);
    }

    /// <summary>Remove a user; his next request is refused.</summary>
    [Function(nameof(DeleteUser))]
    [Needs(Permission.ChangeUsers)]
    [Answers(typeof(RemovedUser), "Removed.")]
    [Refuses(409)]
    public async Task<HttpResponseData> DeleteUser(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/users/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var user)
            ? await remove.HandleAsync(new(request.Tenant(), user, request.Caller().Actor), request.Cancellation())
            : UserErrors.NotFound);

    /// <summary>Invite somebody by e-mail. The invitation holds for seven days, and once.</summary>
    [Function(nameof(PostInvitation))]
    [Needs(Permission.InviteUsers)]
    [Answers(typeof(InvitationView), "Written down; the e-mail follows.", Status = 201)]
    [Takes(typeof(InvitationWanted), """{"email": "kim@example.com", "role": "dispatcher"}""")]
    [OncePerKey]
    public async Task<HttpResponseData> PostInvitation([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/users/invitations")] HttpRequestData request)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<InvitationWanted>(request);
        return await idempotent.AnswerAsync(request, bytes, async effectKey =>
        {
            var invited = await invite.HandleAsync(new(request.Tenant(), body.Email, body.Role, request.Caller()) { IdempotencyKey = effectKey }, request.Cancellation());
            return invited.IsOk ? new(HttpStatusCode.Created, ApiJson.Write(invited.Value)) : ApiAnswer.Of(invited.Error);
        });
    }

    private sealed record InvitationWanted([Required] string? Email = null, [OneOf(typeof(Roles), nameof(Roles.OfMembers)), Required] string? Role = null);

    private sealed record UserChange([OneOf(typeof(Roles), nameof(Roles.OfMembers)), Required] string? Role = null);
}
