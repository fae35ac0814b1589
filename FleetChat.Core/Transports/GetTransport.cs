using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Transports;

/// <summary>One transport of the tenant with its stops and its timeline.</summary>
public sealed class GetTransport(TenantDbs dbs, DataKeys keys, UnreadableRows unreadable)
{
    public static readonly Error NotFound = Error.NotFound("transports.not_found", "There is no such transport. GET /api/transports lists those there are.");

    public async Task<Result<TransportDetail>> HandleAsync(TenantId tenant, Guid id, CancellationToken ct)
    {
        var opener = new RowOpener(await keys.GetAsync(tenant, ct));
        var transport = await ReadAsync(dbs.For(tenant), id, opener, ct);
        await unreadable.TellAsync(tenant, opener, ct);
        return transport;
    }

    private static async Task<Result<TransportDetail>> ReadAsync(TenantDb db, Guid id, RowOpener opener, CancellationToken ct)
    {
        await using var batch = db.Batch()
            .Add(Find, P.Uuid(id))
            .Add(FindDelay, P.Uuid(id))
            .Add(ListStops, P.Uuid(id))
            .Add(ListEvents, P.Uuid(id))
            .Add(ListMessages, P.Uuid(id));
        await using var reader = await batch.ReadAsync(ct);
        if ((await reader.ListAsync(TransportView.Read, ct)).SingleOrDefault() is not { } transport) return NotFound;
        var delay = (await reader.ListAsync(DelayView.Read, ct)).SingleOrDefault();
        var stops = await reader.ListAsync(StopView.Read, ct);
        var events = await reader.ListAsync(TimelineEntry.ReadEvent, ct);
        var messages = await reader.ListAsync(row => MessageView.Read(row, opener), ct);
        var timeline = events.Concat(messages.Select(TimelineEntry.Of)).OrderBy(entry => entry.At).ThenBy(entry => entry.Id);
        return new TransportDetail(
            transport.Id, transport.SamsaraRouteId, transport.Name, transport.Status, transport.StatusAt, transport.DriverId,
            transport.SamsaraDriverId, transport.CreatedAt, transport.UpdatedAt, delay, stops, [.. timeline])
        {
            CoDriverId = transport.CoDriverId,
            CrewProblem = transport.CrewProblem,
        };
    }

    private const string Find = $"""
        select {TransportView.Columns}
        from fleet.transports
        where tenant_id = $1
          and id = $2
        """;

    private const string FindDelay = """
        select t.delayed_at, t.delay_reason, t.delayed_stop_id, t.delay_eta
        from fleet.transports t
        left join fleet.stops s on s.tenant_id = $1 and s.id = t.delayed_stop_id
        where t.tenant_id = $1
          and t.id = $2
          and t.delayed_at is not null
          and t.status not in ('delivered', 'completed', 'cancelled', 'declined')
          and coalesce(s.state, 'scheduled') in ('scheduled', 'en_route')
        """;

    private const string ListStops = """
        select id, samsara_stop_id, sequence, name, coalesce(said_kind, kind), state, state_at, scheduled_at, eta, arrived_at, departed_at, done_at, samsara_state
        from fleet.stops
        where tenant_id = $1
          and transport_id = $2
        order by sequence, id
        """;

    private const string ListEvents = """
        select id, happened_at, what, source, stop_id, message_id
        from fleet.transport_events
        where tenant_id = $1
          and transport_id = $2
        order by happened_at, id
        """;

    private const string ListMessages = $"""
        select {MessageView.Columns}
        from fleet.message_logs m
        {MessageView.JoinMedia}
        where m.tenant_id = $1
          and m.transport_id = $2
        order by m.timestamp, m.id
        """;
}
