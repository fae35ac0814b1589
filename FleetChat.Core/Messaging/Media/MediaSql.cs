using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging.Media;

/// <summary>A medium as whoever fetches or shows it needs it.</summary>
/// <param name="Content">Of its message; null: it does not open.</param>
internal sealed record MediaRow(Guid Id, Guid Message, string Kind, string? MimeType, long? Size, string State, string? Reason, DateTimeOffset? StoredAt, MessageContent? Content);

internal static class MediaState
{
    public const string Waiting = "waiting";
    public const string Fetched = "fetched";
    public const string Failed = "failed";
    public const string Erased = "erased";
}

internal static class MediaSql
{
    private const string Insert = """
        insert into fleet.media (tenant_id, id, message_id, kind, created_at)
        values ($1, $2, $3, $4, $5)
        """;

    public static Task InsertAsync(TenantDb db, Guid id, Guid message, string kind, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(Insert, ct, P.Uuid(id), P.Uuid(message), P.Text(kind), P.Time(now));

    private const string Find = """
        select f.id, f.message_id, f.kind, f.mime_type, f.size, f.state, f.reason, f.stored_at, m.content
        from fleet.media f
        join fleet.message_logs m on m.tenant_id = f.tenant_id and m.id = f.message_id
        where f.tenant_id = $1
          and f.id = $2
        """;

    public static Task<MediaRow?> FindAsync(TenantDb db, RowOpener opener, Guid id, CancellationToken ct)
        => db.FindAsync(Find, row =>
        {
            var (message, sealedContent) = (row.GetGuid(1), row.Bytes(8));
            return new MediaRow(row.GetGuid(0), message, row.GetString(2), row.TextOrNull(3), row.LongOrNull(4),
                row.GetString(5), row.TextOrNull(6), row.TimeOrNull(7), opener.Open(key => MessageContent.Open(key, message, sealedContent)));
        }, ct, P.Uuid(id));

    private const string FindOfMessage = """
        select id
        from fleet.media
        where tenant_id = $1
          and message_id = $2
        """;

    public static Task<Guid?> FindOfMessageAsync(TenantDb db, Guid message, CancellationToken ct) => db.FindAsync<Guid?>(FindOfMessage, row => row.GetGuid(0), ct, P.Uuid(message));

    private const string SetFetched = """
        with stored as (
            update fleet.media
            set state = 'fetched', mime_type = $3, size = $4, sha256_index = $5, stored_at = $6
            where tenant_id = $1
              and id = $2
              and state = 'waiting'
            returning id, size
        ), counted as (
            insert into fleet.usage_facts (tenant_id, kind, source_id, part, period, at, amount)
            select $1, 'storage', id, 'stored', $7, $6, size
            from stored
            where size > 0
        )
        select true
        from stored
        """;

    /// <param name="zone">The company's.</param>
    /// <returns>False if it is not wanted any more.</returns>
    public static Task<bool> TrySetFetchedAsync(TenantDb db, Guid id, string type, long size, byte[] sha256Index, TimeZoneInfo zone, DateTimeOffset now, CancellationToken ct)
        => db.FindAsync(SetFetched, row => row.GetBoolean(0), ct, P.Uuid(id), P.Text(type), P.Big(size), P.Bytes(sha256Index), P.Time(now), P.Day(BillingPeriod.Of(now, zone)));

    private const string SetFailed = """
        update fleet.media f
        set state = 'failed', reason = $3
        from fleet.message_logs m
        where f.tenant_id = $1
          and f.id = $2
          and f.state = 'waiting'
          and m.tenant_id = $1
          and m.id = f.message_id
        returning m.id, m.conversation_id, m.driver_id, m.timestamp
        """;

    /// <returns>The message that it was part of; null if it is not wanted any more.</returns>
    public static Task<(Guid Message, Guid Conversation, Guid? Driver, DateTimeOffset At)?> SetFailedAsync(TenantDb db, Guid id, string reason, CancellationToken ct)
        => db.FindAsync<(Guid, Guid, Guid?, DateTimeOffset)?>(SetFailed, row => (row.GetGuid(0), row.GetGuid(1), row.GuidOrNull(2), row.Time(3)), ct, P.Uuid(id), P.Text(reason));

    // Locked first: it may be fetched at this moment, and what it takes up is freed.
    private const string SetErased = """
        with before as (
            select id, state, size
            from fleet.media
            where tenant_id = $1
              and message_id = $2
              and state <> 'erased'
            for no key update
        ), freed as (
            insert into fleet.usage_facts (tenant_id, kind, source_id, part, period, at, amount)
            select $1, 'storage', id, 'freed', $3, $4, -size
            from before
            where state = 'fetched'
              and size > 0
        )
        update fleet.media f
        set state = 'erased', reason = null, stored_at = null, size = null, sha256_index = null, mime_type = null
        from before
        where f.tenant_id = $1
          and f.id = before.id
        returning f.id
        """;

    /// <param name="zone">The company's.</param>
    /// <returns>The medium whose bytes have to go; null if the message has none.</returns>
    public static Task<Guid?> SetErasedAsync(TenantDb db, Guid message, TimeZoneInfo zone, DateTimeOffset now, CancellationToken ct)
        => db.FindAsync<Guid?>(SetErased, row => row.GetGuid(0), ct, P.Uuid(message), P.Day(BillingPeriod.Of(now, zone)), P.Time(now));

    /// <summary>In the media store.</summary>
    public static string NameOf(TenantId tenant, Guid id) => $"{tenant}/{id:N}";
}
