namespace FleetChat.Core.Security.Access;

/// <summary>What an API key may: its own tenant, by its scopes.</summary>
public sealed class AdmitKey(RequestRates rates, ReportForeignTenant report)
{
    public async Task<Entry> HandleAsync(AuthenticatedKey key, AccessRequest request, CancellationToken ct)
    {
        var caller = new Caller(key.Tenant, Roles.Machine, $"api_key:{key.KeyId}");
        if (rates.Take(key.Tenant, caller.Actor) is { } wait) return new Entry.TooMany(wait, caller);
        if (AccessErrors.FindRefusal(key.TenantStatus, key.SuspendedFor, request.Permission) is { } outOfService) return new Entry.Refused(outOfService, caller);
        foreach (var named in new[] { request.Route, request.Header })
        {
            if (named is null || named == key.Tenant.Value) continue;
            await report.HandleAsync(new(key.Tenant, caller.Actor, key.KeyId, named, request.Function), ct);
            return new Entry.Refused(AccessErrors.AccessDenied, caller);
        }
        return FindRefusal(key, request.Permission) is { } refusal ? new Entry.Refused(refusal, caller) : new Entry.Admitted(caller);
    }

    private static Error? FindRefusal(AuthenticatedKey key, Permission permission)
    {
        if (permission == Permission.BeKnown) return null;
        if (permission == Permission.BePerson || Roles.ScopeOf(permission) is not { } scope) return AccessErrors.KeyNotAllowed;
        return key.Scopes.Contains(scope) ? null : AccessErrors.ScopeMissing(scope);
    }
}
