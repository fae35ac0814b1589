using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring.Why;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Monitoring.Flow;

/// <summary>One thing that went on. Ids, codes and times; no contents.</summary>
/// <param name="Key">The same for the same thing, however often it is read.</param>
/// <param name="What">One of <see cref="WhyWhat"/>, or <see cref="Alert"/>.</param>
public sealed record FlowLine(DateTimeOffset At, TenantId TenantId, string Key, string What, string Detail)
{
    public const string Alert = "alert";

    public Guid? EventId { get; init; }

    public Guid? MessageId { get; init; }

    /// <summary>Whom it is about, as far as is known.</summary>
    public IReadOnlyList<Guid> DriverIds { get; init; } = [];

    public Guid? TransportId { get; init; }

    public Guid? StopId { get; init; }

    public DateTimeOffset? DueAt { get; init; }
}

/// <param name="Lines">Of rows that were written since the look before, or a little earlier: some are known already.</param>
/// <param name="Mark">For the next look: everything that commits after this one is found by it, in whatever order it does.</param>
public sealed record FlowLook(IReadOnlyList<FlowLine> Lines, string Mark);

/// <summary>
/// What goes on in a company, read from its tables again and again. A row is found by the transaction that wrote it last, and not by a
/// time that it bears: transactions commit in another order than they began in, and reports tell of times that are long past.
/// </summary>
public sealed class FlowReader(TenantDbs dbs)
{
    /// <summary>Rows that are older are not looked at again: a table is never read whole.</summary>
    public static readonly TimeSpan LooksBack = TimeSpan.FromDays(2);

    /// <summary>Of one table in one look.</summary>
    private const int Most = 5000;

    // All transactions before it have ended: what they wrote, this look sees.
    private const string ReadMark = """
        select pg_snapshot_xmin(pg_current_snapshot())::xid::text
        where $1 <> ''
        """;

    // Of the row r. Compared by age, because a transaction's number goes round.
    private const string Written = "($3::text is null or age(r.xmin) <= age($3::xid))";

    /// <param name="mark">Of the look before; null: all that is not too old.</param>
    public async Task<FlowLook> LookAsync(TenantId tenant, DateTimeOffset now, string? mark, CancellationToken ct)
    {
        var (db, from) = (dbs.For(tenant), now - LooksBack);
        var next = await db.FindAsync(ReadMark, row => row.GetString(0), ct) ?? throw new InvalidOperationException("Postgres has no snapshot");
        List<FlowLine> lines = [];
        lines.AddRange((await ReadAsync(Events, row => OfEvent(tenant, row), P.Day(DateOnly.FromDateTime(from.UtcDateTime)))).SelectMany(many => many));
        lines.AddRange((await ReadAsync(Messages, row => OfMessage(tenant, row), P.Time(from))).SelectMany(many => many));
        lines.AddRange((await ReadAsync(Attempts, row => OfAttempt(tenant, row), P.Time(from))).SelectMany(many => many));
        lines.AddRange(await ReadAsync(ListDecisions, row => OfDecision(tenant, row), P.Time(from)));
        lines.AddRange((await ReadAsync(Holds, row => OfHold(tenant, row), P.Time(from))).SelectMany(many => many));
        lines.AddRange((await ReadAsync(Entries, row => OfEntry(tenant, row), P.Time(from))).SelectMany(many => many));
        lines.AddRange(await ReadAsync(ListAlerts, row => OfAlert(tenant, row), P.Time(from)));
        return new([.. lines.OrderBy(line => line.At)], next);

        Task<List<T>> ReadAsync<T>(string sql, Func<NpgsqlDataReader, T> read, NpgsqlParameter since) => db.ListAsync(sql, read, ct, since, P.Text(mark), P.Number(Most));
    }

    private const string Events = $"""
        select r.id, r.source, r.kind, r.received_at, r.status, r.outcome, r.attempts, r.finished_at, r.due_at,
               array(select m.driver_id from fleet.message_logs m where m.tenant_id = $1 and m.cause = 'event:' || replace(r.id::text, '-', '') and m.driver_id is not null
                     union
                     select d.driver_id from fleet.decisions d where d.tenant_id = $1 and d.cause = 'event:' || replace(r.id::text, '-', '') and d.driver_id is not null)
        from fleet.inbox r
        where r.tenant_id = $1
          and r.received_on >= $2
          and {Written}
        order by r.received_on desc, r.id desc
        limit $4
        """;

    private static IEnumerable<FlowLine> OfEvent(TenantId tenant, NpgsqlDataReader row)
    {
        var (id, kind) = (row.GetGuid(0), $"{row.GetString(1)} {row.GetString(2)}");
        var drivers = row.GetFieldValue<Guid[]>(9);
        List<FlowLine> lines = [new(row.Time(3), tenant, $"{id}:received", WhyWhat.Received, kind) { EventId = id, DriverIds = drivers }];
        var (status, outcome, attempts) = (row.GetString(4), row.TextOrNull(5), row.GetInt16(6));
        if (row.TimeOrNull(7) is { } finished) lines.Add(new(finished, tenant, $"{id}:done", WhyWhat.Decided, $"{kind}: {outcome}") { EventId = id, DriverIds = drivers });
        else if (status == "parked") lines.Add(new(row.Time(8), tenant, $"{id}:parked", WhyWhat.Decided, $"{kind}: parked: {outcome}") { EventId = id, DriverIds = drivers });
        else if (attempts > 0) lines.Add(new(row.Time(3), tenant, $"{id}:failed:{attempts}", WhyWhat.Waiting, $"{kind}: {outcome}") { EventId = id, DriverIds = drivers, DueAt = row.Time(8) });
        return lines;
    }

    private const string Messages = $"""
        select r.id, r.direction, r.kind, r.reason, r.driver_id, r.transport_id, r.stop_id, r.created_at, r.timestamp,
               r.sent_at, r.delivered_at, r.read_at, r.failed_at, r.error_code
        from fleet.message_logs r
        where r.tenant_id = $1
          and r.timestamp >= $2
          and {Written}
        order by r.timestamp desc, r.id desc
        limit $4
        """;

    private static IEnumerable<FlowLine> OfMessage(TenantId tenant, NpgsqlDataReader row)
    {
        var (id, kind, reason) = (row.GetGuid(0), row.GetString(2), row.GetString(3));
        if (row.GetString(1) == "inbound") return [Of(row.Time(8), "reply", WhyWhat.Reply, $"{kind}: {reason}")];
        List<FlowLine> lines = [Of(row.Time(7), "made", WhyWhat.Made, $"{reason.Split(':')[0]}, {kind}")];
        foreach (var (column, status) in new[] { (9, DeliveryStatus.Sent), (10, DeliveryStatus.Delivered), (11, DeliveryStatus.Read), (12, DeliveryStatus.Failed) })
        {
            if (row.TimeOrNull(column) is { } at)
                lines.Add(Of(at, status, WhyWhat.Reported, status == DeliveryStatus.Failed && row.IntOrNull(13) is { } code ? string.Create(CultureInfo.InvariantCulture, $"{status} {code}") : status));
        }
        return lines;

        FlowLine Of(DateTimeOffset at, string key, string what, string detail) => new(at, tenant, $"{id}:{key}", what, detail)
        {
            MessageId = id,
            DriverIds = Known(row, 4),
            TransportId = row.GuidOrNull(5),
            StopId = row.GuidOrNull(6),
        };
    }

    private const string Attempts = $"""
        select r.id, o.message_id, o.driver_id, r.started_at, r.closed_at, r.outcome, r.error_code
        from fleet.attempts r
        join fleet.outbound o on o.tenant_id = r.tenant_id and o.id = r.outbound_id
        where r.tenant_id = $1
          and r.started_at >= $2
          and {Written}
        order by r.started_at desc, r.id desc
        limit $4
        """;

    private static IEnumerable<FlowLine> OfAttempt(TenantId tenant, NpgsqlDataReader row)
    {
        var id = row.GetGuid(0);
        List<FlowLine> lines = [new(row.Time(3), tenant, $"{id}:tried", WhyWhat.Tried, "") { MessageId = row.GetGuid(1), DriverIds = Known(row, 2) }];
        if (row.TimeOrNull(4) is { } closed)
        {
            var detail = row.IntOrNull(6) is { } code ? string.Create(CultureInfo.InvariantCulture, $"{row.GetString(5)} {code}") : row.GetString(5);
            lines.Add(new(closed, tenant, $"{id}:{detail}", WhyWhat.Answered, detail) { MessageId = row.GetGuid(1), DriverIds = Known(row, 2) });
        }
        return lines;
    }

    private const string ListDecisions = $"""
        select r.id, r.at, r.kind, r.subject, r.outcome, r.transport_id, r.stop_id, r.driver_id, r.message_id, r.due_at
        from fleet.decisions r
        where r.tenant_id = $1
          and r.at >= $2
          and r.kind <> 'known'
          and {Written}
        order by r.at desc, r.id desc
        limit $4
        """;

    private static FlowLine OfDecision(TenantId tenant, NpgsqlDataReader row)
    {
        var (what, detail) = row.GetString(2) switch
        {
            DecisionKind.Watched => (WhyWhat.Watched, row.GetString(3)),
            DecisionKind.Looked => (WhyWhat.Looked, $"{row.GetString(3)}: {row.GetString(4)}"),
            DecisionKind.Held => (WhyWhat.Held, row.GetString(4)),
            DecisionKind.Superseded => (WhyWhat.Superseded, row.GetString(3)),
            DecisionKind.Unsent => (WhyWhat.Unsent, row.GetString(4)),
            DecisionKind.Doubt => (WhyWhat.Decided, $"in doubt: {row.GetString(4)}"),
            _ => (WhyWhat.NotTold, $"{row.GetString(3)}: {row.GetString(4)}"),
        };
        return new(row.Time(1), tenant, string.Create(CultureInfo.InvariantCulture, $"decision:{row.GetInt64(0)}"), what, detail)
        {
            TransportId = row.GuidOrNull(5),
            StopId = row.GuidOrNull(6),
            DriverIds = Known(row, 7),
            MessageId = row.GuidOrNull(8),
            DueAt = row.TimeOrNull(9),
        };
    }

    private const string Holds = $"""
        select r.id, r.message_id, r.driver_id, r.held_at, r.reason, r.released_at, r.release
        from fleet.holds r
        where r.tenant_id = $1
          and r.held_at >= $2
          and {Written}
        order by r.held_at desc, r.id desc
        limit $4
        """;

    private static IEnumerable<FlowLine> OfHold(TenantId tenant, NpgsqlDataReader row)
    {
        var id = row.GetGuid(0);
        List<FlowLine> lines = [new(row.Time(3), tenant, $"{id}:held:{row.GetString(4)}", WhyWhat.Held, $"held: at the wheel ({row.GetString(4)})") { MessageId = row.GetGuid(1), DriverIds = Known(row, 2) }];
        if (row.TimeOrNull(5) is { } released) lines.Add(new(released, tenant, $"{id}:released", WhyWhat.Released, row.GetString(6)) { MessageId = row.GetGuid(1), DriverIds = Known(row, 2) });
        return lines;
    }

    private const string Entries = $"""
        select r.id, r.message_id, r.driver_id, r.since, r.reason, r.handled_at, r.handled_by
        from fleet.dispatcher_entries r
        where r.tenant_id = $1
          and r.since >= $2
          and {Written}
        order by r.since desc, r.id desc
        limit $4
        """;

    private static IEnumerable<FlowLine> OfEntry(TenantId tenant, NpgsqlDataReader row)
    {
        var id = row.GetGuid(0);
        List<FlowLine> lines = [new(row.Time(3), tenant, $"{id}:entry", WhyWhat.ToDispatcher, row.GetString(4)) { MessageId = row.GetGuid(1), DriverIds = Known(row, 2) }];
        if (row.TimeOrNull(5) is { } handled) lines.Add(new(handled, tenant, $"{id}:handled", WhyWhat.Handled, row.GetString(6)) { MessageId = row.GetGuid(1), DriverIds = Known(row, 2) });
        return lines;
    }

    private const string ListAlerts = $"""
        select r.id, r.last_at, r.code, r.severity, r.subject, r.count,
               (select d.id from fleet.drivers d where d.tenant_id = $1 and d.id::text = r.subject)
        from fleet.alerts r
        where r.tenant_id = $1
          and r.last_at >= $2
          and {Written}
        order by r.last_at desc, r.id desc
        limit $4
        """;

    private static FlowLine OfAlert(TenantId tenant, NpgsqlDataReader row)
    {
        var count = row.GetInt32(5);
        return new(row.Time(1), tenant, string.Create(CultureInfo.InvariantCulture, $"{row.GetGuid(0)}:{count}"), FlowLine.Alert,
            string.Create(CultureInfo.InvariantCulture, $"{row.GetString(3)}: {row.GetString(2)} {row.GetString(4)}{(count > 1 ? $" ({count} times)" : "")}"))
        {
            DriverIds = Known(row, 6),
        };
    }

    private static Guid[] Known(NpgsqlDataReader row, int column) => row.GuidOrNull(column) is { } id ? [id] : [];
}
