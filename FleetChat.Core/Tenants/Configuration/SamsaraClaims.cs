using FleetChat.Core.Data;

namespace FleetChat.Core.Tenants.Configuration;

/// <summary>Which part of a Samsara organization is the company's. In its own transaction; nobody reads whose the rest is.</summary>
internal static class SamsaraClaims
{
    private const string Take = """
        select fleet.claim_samsara_scope($1, $2, $3)
        """;

    /// <param name="group">A tag; empty: the whole organization.</param>
    /// <returns>False: part of it is another company's.</returns>
    public static Task<bool> TryTakeAsync(TenantTransaction db, string org, string group, CancellationToken ct) => db.FindAsync(Take, row => row.GetBoolean(0), ct, P.Text(org), P.Text(group));

    private const string Leave = """
        select fleet.leave_samsara_scope($1)
        """;

    public static Task LeaveAsync(TenantTransaction db, CancellationToken ct) => db.ExecuteAsync(Leave, ct);
}
