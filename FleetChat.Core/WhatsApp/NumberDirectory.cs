using System.Collections.Concurrent;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.WhatsApp;

/// <summary>
/// Whose number, whose WhatsApp account. Kept for a few seconds; whether a number was really the tenant's when a message was
/// sent is asked again where it is stored.
/// </summary>
public class NumberDirectory(SystemDb db)
{
    private static readonly long Lifetime = (long)TimeSpan.FromSeconds(10).TotalMilliseconds;
    private readonly ConcurrentDictionary<(string Kind, string Id), (TenantId? Tenant, long ReadAt)> _known = new();

    public virtual Task<TenantId?> FindByNumberAsync(string phoneNumberId, CancellationToken ct)
        => FindAsync(("number", phoneNumberId), () => FindNumberAsync(db, phoneNumberId, ct));

    /// <summary>Past what is kept: the number may have gone to another company a moment ago.</summary>
    public virtual async Task<TenantId?> ReadByNumberAsync(string phoneNumberId, CancellationToken ct)
    {
        _known.TryRemove(("number", phoneNumberId), out _);
        return await FindByNumberAsync(phoneNumberId, ct);
    }

    /// <param name="accountId">The WABA.</param>
    public virtual Task<TenantId?> FindByAccountAsync(string accountId, CancellationToken ct)
        => FindAsync(("account", accountId), () => FindAccountAsync(db, accountId, ct));

    private async Task<TenantId?> FindAsync((string, string) pointer, Func<Task<TenantId?>> read)
    {
        if (_known.TryGetValue(pointer, out var known) && Environment.TickCount64 - known.ReadAt < Lifetime) return known.Tenant;
        var tenant = await read();
        // Only what exists is kept: an invented id must not fill the memory.
        if (tenant is not null) _known[pointer] = (tenant, Environment.TickCount64);
        return tenant;
    }

    private const string FindNumber = """
        select tenant_id
        from directory.phone_numbers
        where phone_number_id = $1
        """;

    private static Task<TenantId?> FindNumberAsync(SystemDb db, string id, CancellationToken ct)
        => db.FindAsync<TenantId?>(FindNumber, row => TenantId.Parse(row.GetString(0)), ct, P.Text(id));

    private const string FindAccount = """
        select tenant_id
        from directory.whatsapp_accounts
        where waba_id = $1
        """;

    private static Task<TenantId?> FindAccountAsync(SystemDb db, string id, CancellationToken ct)
        => db.FindAsync<TenantId?>(FindAccount, row => TenantId.Parse(row.GetString(0)), ct, P.Text(id));
}
