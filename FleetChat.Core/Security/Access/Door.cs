using FleetChat.Core.Security.Identity;

namespace FleetChat.Core.Security.Access;

/// <summary>Ties a request to one tenant and its caller, or refuses it: API keys and people's tokens alike.</summary>
public sealed class Door(AuthenticateApiKey authenticateKey, ReadToken readToken, AdmitKey admitKey, AdmitPerson admitPerson)
{
    public async Task<Entry> EnterAsync(AccessRequest request, CancellationToken ct)
    {
        if (!Bearer.TryRead(request.Authorization, out var bearer)) return new Entry.Unknown();
        if (ApiKeyToken.LooksLikeOne(bearer))
            return await authenticateKey.HandleAsync(request.Authorization, ct) is { } key ? await admitKey.HandleAsync(key, request, ct) : new Entry.Unknown();
        return await readToken.HandleAsync(bearer, ct) is { } person ? await admitPerson.HandleAsync(person, request, ct) : new Entry.Unknown();
    }
}
