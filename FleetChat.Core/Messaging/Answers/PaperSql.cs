using FleetChat.Core.Data;

namespace FleetChat.Core.Messaging.Answers;

/// <summary>Pages of one paper, as whoever closes it needs it.</summary>
/// <param name="StopNumber">Its place in the route, as people count.</param>
internal sealed record PaperRow(
    Guid Id, Guid Conversation, Guid Driver, Guid Transport, Guid? Stop, string? Kind, string State, DateTimeOffset LastPageAt, string? StopKind, string? StopName, int? StopNumber,
    string? SamsaraStopId, int Pages, Guid FirstMessage);

internal static class PaperSql
{
    private const string FindOpen = """
        select id
        from fleet.papers
        where tenant_id = $1
          and driver_id = $2
          and transport_id = $3
          and stop_id is not distinct from $4
          and state = 'open'
        for no key update
        """;

    /// <summary>Locks it: whoever closes it meanwhile is waited for, and then it is not open.</summary>
    public static Task<Guid?> FindOpenAsync(TenantDb db, Guid driver, Guid transport, Guid? stop, CancellationToken ct)
        => db.FindAsync<Guid?>(FindOpen, row => row.GetGuid(0), ct, P.Uuid(driver), P.Uuid(transport), P.Uuid(stop));

    private const string ListOpen = """
        select id
        from fleet.papers
        where tenant_id = $1
          and driver_id = $2
          and state = 'open'
        """;

    public static Task<List<Guid>> ListOpenAsync(TenantDb db, Guid driver, CancellationToken ct) => db.ListAsync(ListOpen, row => row.GetGuid(0), ct, P.Uuid(driver));

    private const string Insert = """
        insert into fleet.papers (tenant_id, id, conversation_id, driver_id, transport_id, stop_id, opened_at, last_page_at)
        values ($1, $2, $3, $4, $5, $6, $7, $7)
        """;

    public static Task InsertAsync(TenantDb db, Guid id, Guid conversation, Guid driver, Guid transport, Guid? stop, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(Insert, ct, P.Uuid(id), P.Uuid(conversation), P.Uuid(driver), P.Uuid(transport), P.Uuid(stop), P.Time(now));

    private const string InsertPage = """
        with page as (
            insert into fleet.paper_pages (tenant_id, media_id, paper_id, message_id, sent_at)
            values ($1, $2, $3, $4, $5)
        )
        update fleet.papers
        set last_page_at = greatest(last_page_at, $6)
        where tenant_id = $1
          and id = $3
        """;

    public static Task InsertPageAsync(TenantDb db, Guid media, Guid paper, Guid message, DateTimeOffset sentAt, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(InsertPage, ct, P.Uuid(media), P.Uuid(paper), P.Uuid(message), P.Time(sentAt), P.Time(now));

    // A page that was taken back is none.
    private const string Find = """
        select p.id, p.conversation_id, p.driver_id, p.transport_id, p.stop_id, p.kind, p.state, p.last_page_at,
               coalesce(s.said_kind, s.kind), s.name, s.sequence + 1, s.samsara_stop_id,
               (select count(*)::int from fleet.paper_pages g join fleet.media f on f.tenant_id = $1 and f.id = g.media_id
                where g.tenant_id = $1 and g.paper_id = p.id and f.state <> 'erased'),
               (select g.message_id from fleet.paper_pages g where g.tenant_id = $1 and g.paper_id = p.id order by g.sent_at, g.media_id limit 1)
        from fleet.papers p
        left join fleet.stops s on s.tenant_id = $1 and s.id = p.stop_id
        where p.tenant_id = $1
          and p.id = $2
        for no key update of p
        """;

    public static Task<PaperRow?> LockAsync(TenantDb db, Guid id, CancellationToken ct)
        => db.FindAsync(Find, row => new PaperRow(row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetGuid(3), row.GuidOrNull(4), row.TextOrNull(5), row.GetString(6), row.Time(7),
            row.TextOrNull(8), row.TextOrNull(9), row.IntOrNull(10), row.TextOrNull(11), row.GetInt32(12), row.GetGuid(13)), ct, P.Uuid(id));

    private const string Set = """
        update fleet.papers
        set state = $3, kind = coalesce($4, kind), closed_at = $5
        where tenant_id = $1
          and id = $2
        """;

    public static Task SetAsync(TenantDb db, Guid id, string state, string? kind, DateTimeOffset? closedAt, CancellationToken ct)
        => db.ExecuteAsync(Set, ct, P.Uuid(id), P.Text(state), P.Text(kind), P.Time(closedAt));

    private const string ListPages = """
        select g.media_id, f.state = 'waiting'
        from fleet.paper_pages g
        join fleet.media f on f.tenant_id = $1 and f.id = g.media_id
        where g.tenant_id = $1
          and g.paper_id = $2
          and f.state in ('fetched', 'waiting')
        order by g.sent_at, g.media_id
        """;

    /// <summary>In the order in which they were sent.</summary>
    /// <returns>Those that are here, and the number of those that are still being fetched.</returns>
    public static async Task<(IReadOnlyList<Guid> Pages, int Waiting)> ListPagesAsync(TenantDb db, Guid paper, CancellationToken ct)
    {
        var pages = await db.ListAsync(ListPages, row => (Id: row.GetGuid(0), Waits: row.GetBoolean(1)), ct, P.Uuid(paper));
        return ([.. pages.Where(p => !p.Waits).Select(p => p.Id)], pages.Count(p => p.Waits));
    }

    // Where the driver is, else where he was last.
    private const string FindPlace = """
        select t.id, s.id
        from fleet.transports t
        left join lateral (
            select st.id
            from fleet.stops st
            where st.tenant_id = $1
              and st.transport_id = t.id
              and st.state in ('arrived', 'done')
            order by st.state_at desc, st.sequence desc
            limit 1
        ) s on true
        where t.tenant_id = $1
          and (t.driver_id = $2 or t.co_driver_id = $2)
          and t.status in ('accepted', 'en_route', 'arrived', 'loaded', 'delivered', 'completed')
          and t.updated_at > $3
        order by t.id
        limit 2
        """;

    /// <returns>The one trip that papers of the driver's may be about, and its stop; null if there is none or more than one.</returns>
    public static async Task<(Guid Transport, Guid? Stop)?> FindPlaceAsync(TenantDb db, Guid driver, DateTimeOffset since, CancellationToken ct)
        => await db.ListAsync<(Guid, Guid?)>(FindPlace, row => (row.GetGuid(0), row.GuidOrNull(1)), ct, P.Uuid(driver), P.Time(since)) is [var only] ? only : null;
}
