using FleetChat.Core.Data;
using FleetChat.Core.Messaging.Media;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;

namespace FleetChat.Core.Privacy;

/// <summary>
/// Forgets contents, phones and media that are older than a company keeps them. Of a message stay its id, time, direction, status and what
/// else is no word of anybody's; of a chat the blind index of its phone, so that a STOP still holds.
/// </summary>
public sealed partial class KeepRetention(SystemDb system, TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, IMediaStore media, TimeProvider time, ILogger<KeepRetention> logger)
{
    /// <summary>At a time, so that nobody waits long for its rows.</summary>
    private const int SliceSize = 500;

    public async Task HandleAsync(CancellationToken ct)
        => await EachTenant.KeepAsync(await ListTenantsAsync(system, ct), settings, KeepAsync, (exception, tenant) => Log.Failed(logger, exception, tenant), ct);

    private async Task KeepAsync(TenantSettings tenant, CancellationToken ct)
    {
        var before = time.GetUtcNow().AddDays(-tenant.DataRetentionDays);
        var key = await keys.GetAsync(tenant.Tenant, ct);
        while (await ForgetMessagesAsync(tenant, key, before, ct)) { }
        await dbs.For(tenant.Tenant).ExecuteAsync(RetentionSql.ForgetDrivers, ct, P.Time(before));
        while (await ForgetChatsAsync(tenant, key, before, ct)) { }
    }

    /// <returns>Whether there may be more.</returns>
    private async Task<bool> ForgetMessagesAsync(TenantSettings tenant, DataKey key, DateTimeOffset before, CancellationToken ct)
    {
        var slice = await RetentionSql.ListMessagesAsync(dbs.For(tenant.Tenant), before, SliceSize, ct);
        if (slice.Count == 0) return false;
        // Bytes first: a row that says that they are there leads back to them, whenever this dies.
        foreach (var medium in slice.Select(message => message.Medium).OfType<Guid>()) await media.DeleteAsync(MediaSql.NameOf(tenant.Tenant, medium), ct);

        await using var db = await dbs.BeginAsync(tenant.Tenant, ct);
        await RetentionSql.EraseMessagesAsync(db, key, [.. slice.Select(message => message.Id)], ct);
        foreach (var message in slice.Where(message => message.Medium is not null)) await MediaSql.SetErasedAsync(db, message.Id, tenant.TimeZone, time.GetUtcNow(), ct);
        await RetentionSql.NoteErasedAsync(db, slice[^1].At, ct);
        await db.CommitAsync(ct);
        return true;
    }

    private async Task<bool> ForgetChatsAsync(TenantSettings tenant, DataKey key, DateTimeOffset before, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(tenant.Tenant, ct);
        var (chats, looked) = await RetentionSql.LockChatsAsync(db, before, SliceSize, ct);
        await RetentionSql.ForgetChatsAsync(db, key, chats, time.GetUtcNow(), ct);
        await db.CommitAsync(ct);
        return looked == SliceSize;
    }

    private const string ListTenants = """
        select tenant_id
        from directory.tenants
        where status <> 'terminated'
        order by tenant_id
        """;

    private static Task<List<TenantId>> ListTenantsAsync(SystemDb db, CancellationToken ct) => db.ListAsync(ListTenants, row => TenantId.Parse(row.GetString(0)), ct);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "What {TenantId} keeps no longer could not be forgotten")]
        public static partial void Failed(ILogger logger, Exception exception, TenantId tenantId);
    }
}
