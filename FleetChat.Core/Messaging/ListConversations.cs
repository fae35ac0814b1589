using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Messaging;

/// <param name="NeedsDispatcher">Only those with something that a person has to look at, the longest waiting first; else all, the newest first.</param>
public sealed record ListConversationsInput(TenantId Tenant, bool NeedsDispatcher, PageRequest Page);

/// <summary>The tenant's conversations with what waits for a dispatcher in each.</summary>
public sealed class ListConversations(TenantDbs dbs, Pages pages, UnreadableRows unreadable, TimeProvider time)
{
    public async Task<Result<Page<ConversationView>>> HandleAsync(ListConversationsInput input, CancellationToken ct)
    {
        var (list, first) = input.NeedsDispatcher ? ("conversations:dispatcher", Position.BeforeOldest) : ("conversations", Position.BeforeNewest);
        var window = await pages.OpenAsync(input.Tenant, list, first, input.Page, ct);
        if (!window.IsOk) return window.Error;
        var opener = new RowOpener(window.Value.Key);
        var rows = await (input.NeedsDispatcher ? ListWaitingAsync : (Lister)ListAllAsync)(dbs.For(input.Tenant), window.Value, opener, ct);
        await unreadable.TellAsync(input.Tenant, opener, ct);
        var page = window.Value.Page([.. rows.GroupBy(row => row.Id)], group => new(group.First().OrderedBy, group.Key));
        return new Page<ConversationView>([.. page.Data.Select(View)], page.NextCursor);
    }

    private ConversationView View(IGrouping<Guid, Row> rows)
    {
        var row = rows.First();
        return new(
            row.Id, row is { IdentityKind: ChatIdentity.Phone, Identity.Length: > 0 } ? row.Identity : null, row is { IdentityKind: ChatIdentity.UserId, Identity.Length: > 0 } ? row.Identity : null,
            row.Drivers, row.LastInboundAt, SendPolicy.IsWindowOpen(row.LastInboundAt, time.GetUtcNow()) ? row.LastInboundAt + SendPolicy.Window : null,
            row.StoppedAt, row.CreatedAt,
            [.. rows.Select(r => r.Entry).OfType<DispatcherEntry>()])
        {
            Unreadable = rows.Any(r => r.IsUnreadable),
        };
    }

    private delegate Task<List<Row>> Lister(TenantDb db, PageWindow window, RowOpener opener, CancellationToken ct);

    private const string ListWaiting = $$"""
        with page as (
            select c.id, c.identity_kind, c.identity, c.last_inbound_at, c.stopped_at, c.created_at, waiting.since
            from (
                select conversation_id, min(since) as since
                from fleet.dispatcher_entries
                where tenant_id = $1
                  and handled_at is null
                group by conversation_id
            ) waiting
            join fleet.conversations c on c.tenant_id = $1 and c.id = waiting.conversation_id
            where (waiting.since, c.id) > ($2, $3)
            order by waiting.since, c.id
            limit $4
        )
        select p.id, p.identity_kind, p.identity, p.last_inbound_at, p.stopped_at, p.created_at, p.since, d.ids, d.names,
               e.id, e.reason, e.since, e.driver_id, e.taken_by, e.taken_at,
               {{MessageView.Columns}}
        from page p
        cross join lateral (
            select coalesce(array_agg(id order by id), '{}') as ids, coalesce(array_agg(name order by id), '{}') as names
            from fleet.drivers
            where tenant_id = $1
              and conversation_id = p.id
        ) d
        cross join lateral (
            select id, reason, since, driver_id, taken_by, taken_at, message_id
            from fleet.dispatcher_entries
            where tenant_id = $1
              and conversation_id = p.id
              and handled_at is null
            order by since, id
            limit 100
        ) e
        join fleet.message_logs m on m.tenant_id = $1 and m.id = e.message_id
        {{MessageView.JoinMedia}}
        order by p.since, p.id, e.since, e.id
        """;

    private static Task<List<Row>> ListWaitingAsync(TenantDb db, PageWindow window, RowOpener opener, CancellationToken ct)
        => db.ListAsync(ListWaiting, row => Row.Read(row, opener), ct, P.Time(window.After.Time), P.Uuid(window.After.Id), window.Rows);

    private const string ListAll = $$"""
        with page as (
            select id, identity_kind, identity, last_inbound_at, stopped_at, created_at
            from fleet.conversations
            where tenant_id = $1
              and id < $2
            order by id desc
            limit $3
        )
        select p.id, p.identity_kind, p.identity, p.last_inbound_at, p.stopped_at, p.created_at, p.created_at, d.ids, d.names,
               e.id, e.reason, e.since, e.driver_id, e.taken_by, e.taken_at,
               {{MessageView.Columns}}
        from page p
        cross join lateral (
            select coalesce(array_agg(id order by id), '{}') as ids, coalesce(array_agg(name order by id), '{}') as names
            from fleet.drivers
            where tenant_id = $1
              and conversation_id = p.id
        ) d
        left join lateral (
            select id, reason, since, driver_id, taken_by, taken_at, message_id
            from fleet.dispatcher_entries
            where tenant_id = $1
              and conversation_id = p.id
              and handled_at is null
            order by since, id
            limit 100
        ) e on true
        left join fleet.message_logs m on m.tenant_id = $1 and m.id = e.message_id
        {{MessageView.JoinMedia}}
        order by p.id desc, e.since, e.id
        """;

    private static Task<List<Row>> ListAllAsync(TenantDb db, PageWindow window, RowOpener opener, CancellationToken ct)
        => db.ListAsync(ListAll, row => Row.Read(row, opener), ct, P.Uuid(window.After.Id), window.Rows);

    /// <summary>A conversation with one of its entries: one that has several comes as several rows.</summary>
    private sealed record Row(
        Guid Id, string IdentityKind, string Identity, DateTimeOffset? LastInboundAt, DateTimeOffset? StoppedAt, DateTimeOffset CreatedAt,
        DateTimeOffset OrderedBy, IReadOnlyList<ConversationDriver> Drivers, DispatcherEntry? Entry)
    {
        public bool IsUnreadable { get; init; }

        public static Row Read(NpgsqlDataReader row, RowOpener opener)
        {
            var (id, before) = (row.GetGuid(0), opener.LeftOut);
            var identity = opener.Text(EncryptedColumns.ConversationIdentity, id, row.Bytes(2)) ?? "";
            List<ConversationDriver> drivers = [.. row.GetFieldValue<Guid[]>(7).Zip(row.GetFieldValue<byte[][]>(8), (driver, name)
                => new ConversationDriver(driver, opener.Text(EncryptedColumns.DriverName, driver, name) ?? ""))];
            var taker = row.BytesOrNull(13) is { } sealedTaker ? opener.Text(EncryptedColumns.EntryTaker, row.GetGuid(9), sealedTaker) : null;
            // The message says of itself whether it opened.
            var isUnreadable = opener.LeftOut > before;
            return new(id, row.GetString(1), identity, row.TimeOrNull(3), row.TimeOrNull(4), row.Time(5), row.Time(6), drivers, ReadEntry(row, opener, taker))
            {
                IsUnreadable = isUnreadable,
            };
        }

        private static DispatcherEntry? ReadEntry(NpgsqlDataReader row, RowOpener opener, string? taker)
            => row.IsDBNull(9) ? null : new(row.GetGuid(9), row.GetString(10), row.Time(11), row.GuidOrNull(12), taker, row.TimeOrNull(14), MessageView.Read(row, opener, 15));
    }
}
