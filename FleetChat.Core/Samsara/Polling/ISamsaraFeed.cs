using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Samsara.Polling;

/// <summary>Something of Samsara's that is looked at again and again.</summary>
public interface ISamsaraFeed
{
    /// <summary>Kept in rows, so it never changes.</summary>
    string Name { get; }

    TimeSpan Interval { get; }

    /// <summary>Outside any transaction. What it reads of our rows stays true until its result is written: a feed has one look at a time.</summary>
    /// <exception cref="SamsaraException">Then nothing was seen at all.</exception>
    Task<Look> LookAsync(LookAt at, CancellationToken ct);
}

/// <param name="Db">For reading what earlier looks saw.</param>
/// <param name="Time">Before anything was asked: what is seen is at least as new.</param>
/// <param name="IsFirst">The first whole look at this connection: it only records.</param>
public sealed record LookAt(TenantSettings Tenant, SamsaraAccess Access, TenantDb Db, DataKey Key, DateTimeOffset Time, bool IsFirst);

/// <param name="Outcome">As a code with counts.</param>
/// <param name="Write">All that the look brought, in the transaction that ends it.</param>
public sealed record Look(string Outcome, Func<Processing, CancellationToken, Task> Write);
