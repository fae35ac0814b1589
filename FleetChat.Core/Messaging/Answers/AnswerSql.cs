using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Transports;

namespace FleetChat.Core.Messaging.Answers;

internal static class AnswerSql
{
    private const string FindContent = """
        select id, content
        from fleet.message_logs
        where tenant_id = $1
          and id = $2
        """;

    /// <returns>Null if there is no such message.</returns>
    public static Task<MessageContent?> FindContentAsync(TenantDb db, DataKey key, Guid message, CancellationToken ct)
        => db.FindAsync(FindContent, row => MessageContent.Open(key, row.GetGuid(0), row.Bytes(1)), ct, P.Uuid(message));

    /// <returns>Actions of the buttons under a message of ours.</returns>
    public static async Task<IReadOnlyCollection<string>> ListActionsAsync(TenantDb db, DataKey key, Guid message, CancellationToken ct)
        => await FindContentAsync(db, key, message, ct) is { } content ? Actions(content) : [];

    private const string FindLast = """
        select id, conversation_id, driver_id, transport_id, stop_id, direction, status, content
        from fleet.message_logs
        where tenant_id = $1
          and conversation_id = $2
          and driver_id = $3
          and direction = 'outbound'
          and status in ('accepted', 'sent', 'delivered', 'read', 'played')
          and timestamp <= $4
        order by timestamp desc, id desc
        limit 1
        """;

    /// <summary>What the driver saw last when he wrote, with its buttons' actions.</summary>
    public static async Task<(LoggedMessage Message, IReadOnlyCollection<string> Actions)?> FindLastAsync(TenantDb db, DataKey key, Guid conversation, Guid driver, DateTimeOffset at, CancellationToken ct)
        => await db.FindAsync<(LoggedMessage, IReadOnlyCollection<string>)?>(FindLast, row => (
            new(row.GetGuid(0), row.GetGuid(1), row.GuidOrNull(2), row.GuidOrNull(3), row.GuidOrNull(4), row.GetString(5), row.GetString(6)),
            Actions(MessageContent.Open(key, row.GetGuid(0), row.Bytes(7)))), ct, P.Uuid(conversation), P.Uuid(driver), P.Time(at));

    // A trip of which nothing was heard for a day says nothing about today.
    private const string ListCurrent = """
        select id
        from fleet.transports
        where tenant_id = $1
          and (driver_id = $2 or co_driver_id = $2)
          and status in ('assigned', 'accepted', 'en_route', 'arrived', 'loaded')
          and updated_at > $3
        order by id
        """;

    /// <summary>The transports that the driver may be speaking of.</summary>
    public static Task<List<Guid>> ListCurrentAsync(TenantDb db, Guid driver, DateTimeOffset since, CancellationToken ct)
        => db.ListAsync(ListCurrent, row => row.GetGuid(0), ct, P.Uuid(driver), P.Time(since));

    private const string FindPlace = """
        select latitude, longitude
        from fleet.stops
        where tenant_id = $1
          and id = $2
          and latitude is not null
          and longitude is not null
        """;

    /// <returns>Where a stop is; null if Samsara did not say.</returns>
    public static Task<(double Latitude, double Longitude)?> FindPlaceAsync(TenantDb db, Guid stop, CancellationToken ct)
        => db.FindAsync<(double, double)?>(FindPlace, row => (row.GetDouble(0), row.GetDouble(1)), ct, P.Uuid(stop));

    private const string SetSaidKind = """
        update fleet.stops
        set said_kind = $3
        where tenant_id = $1
          and id = $2
        """;

    public static Task SetSaidKindAsync(TenantDb db, Guid stop, string kind, CancellationToken ct) => db.ExecuteAsync(SetSaidKind, ct, P.Uuid(stop), P.Text(kind));

    private const string SetDelay = """
        update fleet.transports
        set delayed_at = $4, delayed_stop_id = $3, delay_reason = $5, updated_at = greatest(updated_at, $6),
            delay_eta = (select s.eta from fleet.stops s where s.tenant_id = $1 and s.id = $3)
        where tenant_id = $1
          and id = $2
        """;

    /// <summary>Marks a delay: beside the status, whatever it is.</summary>
    public static Task SetDelayAsync(TenantDb db, Guid transport, StopRow? stop, DateTimeOffset at, string reason, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(SetDelay, ct, P.Uuid(transport), P.Uuid(stop?.Id), P.Time(at), P.Text(reason), P.Time(now));

    private static string[] Actions(MessageContent content) => [.. (content.Buttons ?? []).Select(b => b.Action)];
}
