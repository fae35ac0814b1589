namespace FleetChat.Core.Security;

public static class ApiKeyErrors
{
    public static readonly Error NameInvalid = Error.Invalid("api_keys.name_invalid", "Give the key a name of 1 to 100 characters.", "$.name");

    public static readonly Error ScopesInvalid = Error.Invalid("api_keys.scopes_invalid", "Give the key one or more of the scopes read and write.", "$.scopes");

    public static readonly Error ExpiryInvalid = Error.Invalid("api_keys.expiry_invalid", "Let the key expire in the future, or leave expires_at out.", "$.expires_at");

    public static readonly Error TenantNotFound = Error.NotFound("tenants.not_found", "There is no such company.");

    public static readonly Error KeyNotFound = Error.NotFound("api_keys.not_found", "There is no such API key.");
}
