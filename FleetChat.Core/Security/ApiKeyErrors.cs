namespace FleetChat.Core.Security;

public static class ApiKeyErrors
{
    public static readonly Error NameInvalid = Error.Invalid("api_keys.name_invalid", "Give the key a name of 1 to 100 characters.", "$.name");

    public static readonly Error ScopesInvalid = Error.Invalid("api_keys.scopes_invalid", "Give the key one or more of the scopes read and write.", "$.scopes");

    public static readonly Error ExpiryInvalid = Error.Invalid("api_keys.expiry_invalid", "Let the key expire in the future, or leave expires_at out.", "$.expires_at");

    public static readonly Error OverlapInvalid = Error.Invalid("api_keys.overlap_invalid", "Let the old key end between now and 30 days from now, or leave old_expires_at out.", "$.old_expires_at");

    public static readonly Error TooMany = Error.Conflict("api_keys.too_many", "The company has 100 keys. Revoke those that nobody uses.");

    public static readonly Error KeyEnded = Error.Conflict("api_keys.ended", "This key has expired or was revoked. Make a new one.");

    public static readonly Error TenantNotFound = Error.NotFound("tenants.not_found", "There is no such company.");

    public static readonly Error KeyNotFound = Error.NotFound("api_keys.not_found", "There is no such API key.");
}
