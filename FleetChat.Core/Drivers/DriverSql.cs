using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Core.Drivers;

/// <summary>A driver as rules see him.</summary>
/// <param name="Conversation">The chat of his phone; null while the roster shows none.</param>
public sealed record DriverRow(Guid Id, string SamsaraDriverId, string Name, Guid? Conversation, string ConsentStatus, string? Language, string Status)
{
    public bool MayBeWritten => Status == "active" && ConsentStatus == "granted" && Conversation is not null;
}

internal static class DriverSql
{
    private const string Find = """
        select id, samsara_driver_id, name, conversation_id, consent_status, language, status
        from fleet.drivers
        where tenant_id = $1
          and id = $2
        """;

    public static Task<DriverRow?> FindAsync(TenantDb db, DataKey key, Guid id, CancellationToken ct)
        => db.FindAsync(Find, row => Read(row, key), ct, P.Uuid(id));

    private const string ListOfConversation = """
        select id, samsara_driver_id, name, conversation_id, consent_status, language, status
        from fleet.drivers
        where tenant_id = $1
          and conversation_id = $2
        order by id
        """;

    /// <summary>Who may be holding this phone.</summary>
    public static Task<List<DriverRow>> ListOfConversationAsync(TenantDb db, DataKey key, Guid conversation, CancellationToken ct)
        => db.ListAsync(ListOfConversation, row => Read(row, key), ct, P.Uuid(conversation));

    private const string ListUnderWay = """
        select distinct t.driver_id
        from fleet.transports t
        where t.tenant_id = $1
          and t.driver_id = any($2)
          and t.status in ('accepted', 'en_route', 'arrived', 'loaded')
        """;

    /// <summary>Which of these drivers have a transport under way.</summary>
    public static Task<List<Guid>> ListUnderWayAsync(TenantDb db, Guid[] drivers, CancellationToken ct)
        => db.ListAsync(ListUnderWay, row => row.GetGuid(0), ct, P.Uuids(drivers));

    private static DriverRow Read(Npgsql.NpgsqlDataReader row, DataKey key)
    {
        var id = row.GetGuid(0);
        return new(id, row.GetString(1), key.Decrypt(EncryptedColumns.DriverName, id, row.Bytes(2)), row.GuidOrNull(3), row.GetString(4), row.TextOrNull(5), row.GetString(6));
    }
}
