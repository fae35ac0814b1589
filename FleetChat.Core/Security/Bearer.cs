namespace FleetChat.Core.Security;

/// <summary>The header Authorization as RFC 6750 has it.</summary>
internal static class Bearer
{
    private const string Scheme = "Bearer ";

    public static bool TryRead(string? authorization, out string token)
    {
        var found = authorization is not null && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);
        token = found ? authorization![Scheme.Length..].Trim() : "";
        return found;
    }
}
