using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Core.Drivers;

/// <summary>What the roster said of a driver last. Compared with what it says now, so that what people entered here is not undone by a change of something else there.</summary>
internal sealed record RosterMemory(string? Name, string? Phone)
{
    public byte[] Seal(DataKey key, Guid driver) => key.Encrypt(EncryptedColumns.DriverRoster, driver.ToString("N"), JsonSerializer.SerializeToUtf8Bytes(this));

    public static RosterMemory Open(DataKey key, Guid driver, byte[] memory) => JsonSerializer.Deserialize<RosterMemory>(key.Decrypt(EncryptedColumns.DriverRoster, driver.ToString("N"), memory))!;
}

/// <summary>A driver, locked for what the roster says.</summary>
/// <param name="Roster">Null if the roster was never heard of him.</param>
internal sealed record RosterDriver(Guid Id, string Name, string? Number, string? PhoneFlag, Guid? Conversation, string ConsentStatus, string Status, RosterMemory? Roster, DateTimeOffset? RosterAt)
{
    /// <summary>IANA name.</summary>
    public string? TimeZone { get; init; }

    public bool IsActive => Status == RosterSql.Active;
}

internal static class RosterSql
{
    public const string Active = "active";
    public const string Deactivated = "deactivated";

    /// <summary>The company has as many drivers as it may: he waits until there is room.</summary>
    public const string OverLimit = "over_limit";

    private const string Lock = """
        select id, name, whatsapp_number, phone_flag, conversation_id, consent_status, status, roster, roster_at, time_zone
        from fleet.drivers
        where tenant_id = $1
          and samsara_driver_id = $2
        for no key update
        """;

    public static Task<RosterDriver?> LockAsync(TenantTransaction db, DataKey key, string samsaraId, CancellationToken ct)
        => db.FindAsync(Lock, row =>
        {
            var id = row.GetGuid(0);
            return new RosterDriver(id, key.Decrypt(EncryptedColumns.DriverName, id, row.Bytes(1)), row.BytesOrNull(2) is { } number ? key.Decrypt(EncryptedColumns.DriverNumber, id, number) : null,
                row.TextOrNull(3), row.GuidOrNull(4), row.GetString(5), row.GetString(6), row.BytesOrNull(7) is { } memory ? RosterMemory.Open(key, id, memory) : null, row.TimeOrNull(8)) { TimeZone = row.TextOrNull(9) };
        }, ct, P.Text(samsaraId));

    private const string Insert = """
        insert into fleet.drivers (tenant_id, id, samsara_driver_id, name, whatsapp_number, phone_flag, conversation_id, consent_status, roster, roster_at,
                                   time_zone, created_at, updated_at, status)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13)
        on conflict (tenant_id, samsara_driver_id) do nothing
        """;

    /// <returns>False if somebody enrolled him meanwhile.</returns>
    public static async Task<bool> TryInsertAsync(TenantDb db, DataKey key, RosterEntry entry, RosterDriver driver, DateTimeOffset now, CancellationToken ct)
        => await db.ExecuteAsync(Insert, ct,
            P.Uuid(driver.Id), P.Text(entry.SamsaraId), P.Bytes(key.Encrypt(EncryptedColumns.DriverName, driver.Id, driver.Name)), P.Bytes(SealNumber(key, driver)),
            P.Text(driver.PhoneFlag), P.Uuid(driver.Conversation), P.Text(driver.ConsentStatus), P.Bytes(driver.Roster?.Seal(key, driver.Id)), P.Time(driver.RosterAt), P.Text(driver.TimeZone), P.Time(now), P.Text(driver.Status)) == 1;

    private const string Update = """
        update fleet.drivers
        set name = $3, whatsapp_number = $4, phone_flag = $5, conversation_id = $6, status = $7, roster = $8, roster_at = $9, time_zone = $10, updated_at = $11
        where tenant_id = $1
          and id = $2
        """;

    public static Task UpdateAsync(TenantDb db, DataKey key, RosterDriver driver, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(Update, ct,
            P.Uuid(driver.Id), P.Bytes(key.Encrypt(EncryptedColumns.DriverName, driver.Id, driver.Name)), P.Bytes(SealNumber(key, driver)), P.Text(driver.PhoneFlag), P.Uuid(driver.Conversation),
            P.Text(driver.Status), P.Bytes(driver.Roster?.Seal(key, driver.Id)), P.Time(driver.RosterAt), P.Text(driver.TimeZone), P.Time(now));

    private const string HurryWaiting = """
        update fleet.outbound
        set due_at = least(due_at, $3), status = 'waiting'
        where tenant_id = $1
          and driver_id = $2
          and status in ('waiting', 'retrying')
        returning conversation_id
        """;

    /// <summary>What waits for him is looked at by the sender now, who refuses it.</summary>
    /// <returns>The conversations that it waits in.</returns>
    public static Task<List<Guid>> HurryWaitingAsync(TenantDb db, Guid driver, DateTimeOffset now, CancellationToken ct)
        => db.ListAsync(HurryWaiting, row => row.GetGuid(0), ct, P.Uuid(driver), P.Time(now));

    private const string FindOpenTransport = """
        select true
        from fleet.transports
        where tenant_id = $1
          and (driver_id = $2 or co_driver_id = $2)
          and status in ('assigned', 'accepted', 'en_route', 'arrived', 'loaded')
        limit 1
        """;

    public static Task<bool> HasOpenTransportAsync(TenantDb db, Guid driver, CancellationToken ct) => db.FindAsync(FindOpenTransport, row => row.GetBoolean(0), ct, P.Uuid(driver));

    private static byte[]? SealNumber(DataKey key, RosterDriver driver) => driver.Number is { } number ? key.Encrypt(EncryptedColumns.DriverNumber, driver.Id, number) : null;
}
