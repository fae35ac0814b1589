using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;

namespace FleetChat.Core.Transports;

/// <summary>What a driver knows of a transport.</summary>
/// <param name="EndedAt">When he was told that it is not his any more.</param>
internal sealed record Told(int Version, RoutePlan Plan, DateTimeOffset? EndedAt);

internal static class TellingSql
{
    private const string Find = """
        select version, plan, ended_at
        from fleet.tellings
        where tenant_id = $1
          and transport_id = $2
          and driver_id = $3
        """;

    public static Task<Told?> FindAsync(TenantDb db, DataKey key, Guid transport, Guid driver, CancellationToken ct)
        => db.FindAsync(Find, row => new Told(row.GetInt32(0), RoutePlan.Of(key.Decrypt(EncryptedColumns.TellingPlan, RowOf(transport, driver), row.Bytes(1))), row.TimeOrNull(2)), ct,
            P.Uuid(transport), P.Uuid(driver));

    private const string Record = """
        insert into fleet.tellings as t (tenant_id, transport_id, driver_id, version, plan, is_told, told_at, ended_at)
        values ($1, $2, $3, 1, $4, $5, $6, $7)
        on conflict (tenant_id, transport_id, driver_id) do update
        set version = t.version + 1, plan = excluded.plan, is_told = excluded.is_told, told_at = excluded.told_at, ended_at = excluded.ended_at
        """;

    public static Task RecordAsync(Processing processing, PlannedTransport transport, Guid driver, bool isTold, CancellationToken ct, bool isOver = false)
    {
        var now = processing.Time.GetUtcNow();
        return processing.Db.WriteAsync(Record, ct, P.Uuid(transport.Id), P.Uuid(driver),
            P.Bytes(processing.Key.Encrypt(EncryptedColumns.TellingPlan, RowOf(transport.Id, driver), transport.Plan.ToBytes())), P.Bool(isTold), P.Time(now), P.Time(isOver ? now : null));
    }

    /// <summary>Those who drive it know it as it is, without a word of ours.</summary>
    public static async Task RecordKnownAsync(Processing processing, PlannedTransport transport, CancellationToken ct)
    {
        foreach (var driver in new[] { transport.Crew.Driver, transport.Crew.CoDriver }.OfType<Guid>()) await RecordAsync(processing, transport, driver, isTold: false, ct);
    }

    private const string FindOthers = """
        select true
        from fleet.tellings
        where tenant_id = $1
          and transport_id = $2
          and driver_id <> $3
        limit 1
        """;

    /// <summary>Whether anybody else knows of the transport, or did.</summary>
    public static Task<bool> HasOthersAsync(TenantDb db, Guid transport, Guid driver, CancellationToken ct)
        => db.FindAsync(FindOthers, row => row.GetBoolean(0), ct, P.Uuid(transport), P.Uuid(driver));

    private static string RowOf(Guid transport, Guid driver) => $"{transport:N}{driver:N}";
}
