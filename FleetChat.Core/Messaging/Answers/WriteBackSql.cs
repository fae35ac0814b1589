using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Core.Messaging.Answers;

/// <summary>Something that an answer writes to Samsara, opened, with whom and what it is about.</summary>
internal sealed record OpenWriteBack(Guid Id, Guid Transport, Guid? Stop, Guid Message, string Way, string Text, string SamsaraRouteId, string? SamsaraDriverId);

internal static class WriteBackSql
{
    private const string Insert = """
        insert into fleet.write_backs (tenant_id, id, transport_id, stop_id, message_id, way, content, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (tenant_id, message_id, way) do nothing
        """;

    public static async Task<bool> TryInsertAsync(TenantDb db, DataKey key, NewWriteBack line, DateTimeOffset now, CancellationToken ct)
        => await db.ExecuteAsync(Insert, ct, P.Uuid(line.Id), P.Uuid(line.Transport), P.Uuid(line.Stop), P.Uuid(line.Message), P.Text(line.Way),
            P.Bytes(key.Encrypt(EncryptedColumns.WriteBackContent, line.Id, line.Text)), P.Time(now)) == 1;

    private const string OrderNotes = """
        update fleet.write_backs
        set state = 'ordered'
        where tenant_id = $1
          and transport_id = $2
          and way = 'notes'
          and state = 'waiting'
          and not exists (
              select 1
              from fleet.write_backs o
              where o.tenant_id = $1
                and o.transport_id = $2
                and o.way = 'notes'
                and o.state = 'ordered')
        returning id
        """;

    /// <returns>The lines that the next call writes; none if there are none, or a call is on its way.</returns>
    public static Task<List<Guid>> OrderNotesAsync(TenantDb db, Guid transport, CancellationToken ct) => db.ListAsync(OrderNotes, row => row.GetGuid(0), ct, P.Uuid(transport));

    private const string Columns = """
        w.id, w.transport_id, w.stop_id, w.message_id, w.way, w.content, t.samsara_route_id,
        (select d.samsara_driver_id from fleet.message_logs m join fleet.drivers d on d.tenant_id = $1 and d.id = m.driver_id where m.tenant_id = $1 and m.id = w.message_id)
        """;

    private const string ListOrdered = $"""
        select {Columns}
        from fleet.write_backs w
        join fleet.transports t on t.tenant_id = $1 and t.id = w.transport_id
        where w.tenant_id = $1
          and w.transport_id = $2
          and w.way = 'notes'
          and w.state = 'ordered'
        order by w.created_at, w.id
        """;

    public static Task<List<OpenWriteBack>> ListOrderedAsync(TenantDb db, DataKey key, Guid transport, CancellationToken ct)
        => db.ListAsync(ListOrdered, row => Read(row, key), ct, P.Uuid(transport));

    private const string Find = $"""
        select {Columns}
        from fleet.write_backs w
        join fleet.transports t on t.tenant_id = $1 and t.id = w.transport_id
        where w.tenant_id = $1
          and w.id = $2
          and w.state = 'waiting'
        """;

    /// <returns>Null if it is over.</returns>
    public static Task<OpenWriteBack?> FindWaitingAsync(TenantDb db, DataKey key, Guid id, CancellationToken ct) => db.FindAsync(Find, row => Read(row, key), ct, P.Uuid(id));

    private const string FindNewer = """
        select exists (
            select 1
            from fleet.write_backs o
            join fleet.write_backs w on w.tenant_id = $1 and w.id = $2
            where o.tenant_id = $1
              and o.transport_id = w.transport_id
              and o.way = w.way
              and (o.created_at, o.id) > (w.created_at, w.id))
        """;

    /// <summary>Whether the same place has a newer word to be written.</summary>
    public static Task<bool> IsOvertakenAsync(TenantDb db, OpenWriteBack line, CancellationToken ct) => db.FindAsync(FindNewer, row => row.GetBoolean(0), ct, P.Uuid(line.Id));

    private const string End = """
        update fleet.write_backs
        set state = $3, ended_at = $4
        where tenant_id = $1
          and id = any($2)
          and state in ('waiting', 'ordered')
        """;

    public static Task EndAsync(TenantDb db, IEnumerable<OpenWriteBack> lines, bool isWritten, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(End, ct, P.Uuids([.. lines.Select(l => l.Id)]), P.Text(isWritten ? "written" : "refused"), P.Time(now));

    private static OpenWriteBack Read(Npgsql.NpgsqlDataReader row, DataKey key) => new(
        row.GetGuid(0), row.GetGuid(1), row.GuidOrNull(2), row.GetGuid(3), row.GetString(4), key.Decrypt(EncryptedColumns.WriteBackContent, row.GetGuid(0), row.Bytes(5)),
        row.GetString(6), row.TextOrNull(7));
}

/// <summary>What we wrote comes back as an event: is it ours?</summary>
internal static class EchoSql
{
    public const string RouteNotes = "route_notes";
    public const string DispatchMessage = "dispatch_message";
    public const string Document = "document";

    private const string Insert = """
        insert into fleet.echoes (tenant_id, echo_index, written_at)
        values ($1, $2, $3)
        on conflict (tenant_id, echo_index) do update
        set written_at = excluded.written_at
        """;

    /// <summary>Before the call: the event may be here before its answer.</summary>
    public static Task RecordAsync(TenantDb db, DataKey key, string kind, string subject, string value, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(Insert, ct, P.Bytes(Index(key, kind, subject, value)), P.Time(now));

    private const string Find = """
        select true
        from fleet.echoes
        where tenant_id = $1
          and echo_index = $2
        """;

    /// <param name="subject">Samsara's id of what was written to: the route, the driver.</param>
    /// <param name="value">What was written, or of a document its mark.</param>
    public static Task<bool> IsOursAsync(TenantDb db, DataKey key, string kind, string subject, string value, CancellationToken ct)
        => db.FindAsync(Find, row => row.GetBoolean(0), ct, P.Bytes(Index(key, kind, subject, value)));

    private static byte[] Index(DataKey key, string kind, string subject, string value) => key.BlindIndex($"echo:{kind}", $"{subject}\0{value}");
}
