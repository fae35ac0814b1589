using FleetChat.Core.Security.Identity;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Security.Access;

/// <summary>What somebody asks for at the door.</summary>
/// <param name="Header">The tenant that <see cref="TenantHeader"/> names; null if it is absent.</param>
/// <param name="Route">The tenant that the address names; null if it names none.</param>
public sealed record AccessRequest(string? Authorization, Permission Permission, string? Header, string? Route, string Function)
{
    /// <summary>In which of his companies somebody acts.</summary>
    public const string TenantHeader = "X-Tenant-Id";
}

/// <summary>Who acts, and in which tenant.</summary>
/// <param name="Tenant">Null where the request touches none: see <see cref="Permission.BeKnown"/>.</param>
/// <param name="Actor">As the audit trail and <c>handled_by</c> name him: an id of ours with its kind.</param>
public sealed record Caller(TenantId? Tenant, string Role, string Actor)
{
    /// <summary>Null: an API key.</summary>
    public Person? Person { get; init; }
}

/// <summary>What became of a request at the door.</summary>
public abstract record Entry
{
    public sealed record Admitted(Caller Caller) : Entry;

    /// <summary>No valid credential: all kinds of them alike.</summary>
    public sealed record Unknown : Entry;

    public sealed record Refused(Error Error, Caller Caller) : Entry;

    public sealed record TooMany(TimeSpan Wait, Caller Caller) : Entry;
}
