using System.Net;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Security.Users;
using FleetChat.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Security;

public sealed class UserApi(GetMe getMe, ListUsers list, ChangeUser change, RemoveUser remove, IdempotentRequests idempotent, InviteUser invite)
{
    [Function(nameof(GetMe))]
    [Needs(Permission.BeKnown)]
    public async Task<HttpResponseData> GetMe([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/me")] HttpRequestData request)
        => await request.AnswerAsync(await getMe.HandleAsync(request.Caller(), request.Cancellation()));

    [Function(nameof(GetUsers))]
    [Needs(Permission.ReadUsers)]
    public async Task<HttpResponseData> GetUsers([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/users")] HttpRequestData request)
        => await request.AnswerAsync(await list.HandleAsync(request.Tenant(), new QueryParameters(request).Page(), request.Cancellation()));

    [Function(nameof(PatchUser))]
    [Needs(Permission.ChangeUsers)]
    public async Task<HttpResponseData> PatchUser(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/users/{id}")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<ChangeBody>(request);
        return await request.AnswerAsync(Guid.TryParse(id, out var user)
            ? await change.HandleAsync(new(request.Tenant(), user, body.Role, request.Caller().Actor), request.Cancellation())
            : UserErrors.NotFound);
    }

    [Function(nameof(DeleteUser))]
    [Needs(Permission.ChangeUsers)]
    public async Task<HttpResponseData> DeleteUser(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/users/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var user)
            ? await remove.HandleAsync(new(request.Tenant(), user, request.Caller().Actor), request.Cancellation())
            : UserErrors.NotFound);

    [Function(nameof(PostInvitation))]
    [Needs(Permission.InviteUsers)]
    public async Task<HttpResponseData> PostInvitation([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/users/invitations")] HttpRequestData request)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<InvitationBody>(request);
        return await idempotent.AnswerAsync(request, bytes, async effectKey =>
        {
            var invited = await invite.HandleAsync(new(request.Tenant(), body.Email, body.Role, request.Caller()) { IdempotencyKey = effectKey }, request.Cancellation());
            return invited.IsOk ? new(HttpStatusCode.Created, ApiJson.Write(invited.Value)) : ApiAnswer.Of(invited.Error);
        });
    }

    private sealed record InvitationBody(string? Email = null, string? Role = null);

    private sealed record ChangeBody(string? Role = null);
}
