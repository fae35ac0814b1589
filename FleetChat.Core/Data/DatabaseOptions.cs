using System.ComponentModel.DataAnnotations;

namespace FleetChat.Core.Data;

/// <summary>Where Postgres is. Bound from <c>FleetChat:Postgres</c>.</summary>
public sealed class DatabaseOptions
{
    public const string Section = "FleetChat:Postgres";

    /// <summary>Connection string of a login that is a member of <c>fleetchat_app</c> and of nothing else.</summary>
    [Required]
    public string App { get; set; } = "";

    /// <summary>Client id of the managed identity whose tokens are that login's password; empty: the connection string has what it needs.</summary>
    public string AppIdentity { get; set; } = "";

    /// <summary>Connection string of a login that is a member of <c>fleetchat_system</c> and of nothing else.</summary>
    [Required]
    public string System { get; set; } = "";

    /// <summary>As <see cref="AppIdentity"/>, and never the same: what one login may, the other may not.</summary>
    public string SystemIdentity { get; set; } = "";

    /// <summary>Prepare statements that come often. Off behind PgBouncer in transaction mode, whose sessions are not ours.</summary>
    public bool Prepare { get; set; }
}
