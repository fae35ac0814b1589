using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Core.Drivers;

/// <summary>A driver as rules see him.</summary>
/// <param name="Conversation">The chat of his phone; null while the roster shows none.</param>
public sealed record DriverRow(Guid Id, string SamsaraDriverId, string Name, Guid? Conversation, string ConsentStatus, string? Language, string Status)
{
    /// <summary>Null if the roster names none.</summary>
    public TimeZoneInfo? TimeZone { get; init; }

    public bool MayBeWritten => Status == "active" && ConsentStatus == "granted" && Conversation is not null;
}

internal static class DriverSql
{
    private const string Find = """
        select id, samsara_driver_id, name, conversation_id, consent_status, language, status, time_zone
        from fleet.drivers
        where tenant_id = $1
          and id = $2
        """;

    public static Task<DriverRow?> FindAsync(TenantDb db, DataKey key, Guid id, CancellationToken ct)
        => db.FindAsync(Find, row => Read(row, key), ct, P.Uuid(id));

    private const string LockConversation = """
        select c.id
        from fleet.conversations c
        where c.tenant_id = $1
          and c.id = (select d.conversation_id from fleet.drivers d where d.tenant_id = $1 and d.id = $2)
        for no key update
        """;

    /// <summary>Locks him and his conversation, in the order that all do.</summary>
    public static async Task<DriverRow?> LockAsync(TenantDb db, DataKey key, Guid id, CancellationToken ct)
    {
        await using var batch = db.Batch().Add($"{Find}\nfor no key update", P.Uuid(id)).Add(LockConversation, P.Uuid(id));
        await using var reader = await batch.ReadAsync(ct);
        return (await reader.ListAsync(row => Read(row, key), ct)).SingleOrDefault();
    }

    private const string LockDrivers = """
        select id
        from fleet.drivers
        where tenant_id = $1
          and id = any($2)
        order by id
        for no key update
        """;

    private const string LockConversations = """
        select c.id
        from fleet.conversations c
        where c.tenant_id = $1
          and c.id in (select d.conversation_id from fleet.drivers d where d.tenant_id = $1 and d.id = any($2))
        order by c.id
        for no key update
        """;

    /// <summary>All of them, then their conversations: partners may share a phone.</summary>
    public static async Task LockManyAsync(TenantDb db, Guid[] ids, CancellationToken ct)
    {
        await using var batch = db.Batch().Add(LockDrivers, P.Uuids(ids)).Add(LockConversations, P.Uuids(ids));
        await batch.ExecuteAsync(ct);
    }

    private const string ListOfConversation = """
        select id, samsara_driver_id, name, conversation_id, consent_status, language, status, time_zone
        from fleet.drivers
        where tenant_id = $1
          and conversation_id = $2
        order by id
        """;

    /// <summary>Who may be holding this phone.</summary>
    public static Task<List<DriverRow>> ListOfConversationAsync(TenantDb db, DataKey key, Guid conversation, CancellationToken ct)
        => db.ListAsync(ListOfConversation, row => Read(row, key), ct, P.Uuid(conversation));

    private const string ListWithTransport = """
        select m.id, bool_or(t.status <> 'assigned')
        from fleet.transports t
        cross join lateral (values (t.driver_id), (t.co_driver_id)) as m (id)
        where t.tenant_id = $1
          and (t.driver_id = any($2) or t.co_driver_id = any($2))
          and m.id = any($2)
          and t.status in ('assigned', 'accepted', 'en_route', 'arrived', 'loaded')
          and t.updated_at > $3
        group by m.id
        """;

    /// <summary>Which of these drivers have a transport that something was heard of since then, and whether one is under way.</summary>
    public static Task<List<(Guid Driver, bool IsUnderWay)>> ListWithTransportAsync(TenantDb db, Guid[] drivers, DateTimeOffset since, CancellationToken ct)
        => db.ListAsync(ListWithTransport, row => (row.GetGuid(0), row.GetBoolean(1)), ct, P.Uuids(drivers), P.Time(since));

    private static DriverRow Read(Npgsql.NpgsqlDataReader row, DataKey key)
    {
        var id = row.GetGuid(0);
        return new(id, row.GetString(1), key.Decrypt(EncryptedColumns.DriverName, id, row.Bytes(2)), row.GuidOrNull(3), row.GetString(4), row.TextOrNull(5), row.GetString(6))
        {
            TimeZone = row.TextOrNull(7) is { } name && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null,
        };
    }
}
