namespace FleetChat.Core.Data;

/// <summary>What <c>migrate</c> works on; a host reads none of it. Bound from <c>FleetChat:Migration</c>.</summary>
public sealed class MigrationOptions
{
    public const string Section = "FleetChat:Migration";

    /// <summary>Connection string of somebody who may create roles and databases, to the server itself and not to PgBouncer.</summary>
    public string Administrator { get; set; } = "";

    /// <summary>Client id of the managed identity whose tokens are his password; empty: the connection string has what it needs.</summary>
    public string Identity { get; set; } = "";

    /// <summary>The database, made if it does not exist: lower-case letters, digits and <c>_</c>, at most 48.</summary>
    public string Database { get; set; } = "fleetchat";

    /// <summary>The login that works inside a company, made if it does not exist.</summary>
    public string App { get; set; } = "";

    /// <summary>Object id of the managed identity that this login is; empty: it is a login of the server's own, whose way to sign in is somebody else's care.</summary>
    public string AppPrincipal { get; set; } = "";

    /// <summary>The login that routes and sweeps, made if it does not exist.</summary>
    public string System { get; set; } = "";

    /// <summary>As <see cref="AppPrincipal"/>.</summary>
    public string SystemPrincipal { get; set; } = "";
}
