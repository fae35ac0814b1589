using FleetChat.Core.Data;
using FleetChat.Core.Inbox;

namespace FleetChat.Core.Orchestrations;

/// <summary>
/// Tells orchestrations something in the transaction of its cause: a row, which is carried out once that has committed and again if
/// nobody knows whether it was.
/// </summary>
internal static class FlowCommands
{
    // Begun once, or one that waits already: nothing to add.
    private const string Insert = """
        insert into fleet.orchestration_commands (tenant_id, id, lane, kind, flow, subject_id, event, due_at, cause, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8)
        on conflict do nothing
        """;

    /// <returns>The lane that got work; null if it was begun before.</returns>
    public static Task<short?> StartAsync(TenantDb db, TimeProvider time, Flow flow, Guid subject, CancellationToken ct) => AddAsync(db, time, flow, subject, null, ct);

    /// <returns>The lane that got work; null if it is to be told the same already.</returns>
    public static Task<short?> RaiseAsync(TenantDb db, TimeProvider time, Flow flow, Guid subject, string name, CancellationToken ct) => AddAsync(db, time, flow, subject, name, ct);

    private static async Task<short?> AddAsync(TenantDb db, TimeProvider time, Flow flow, Guid subject, string? name, CancellationToken ct)
    {
        var lane = Lanes.Of(subject.ToString("N"));
        var added = await db.ExecuteAsync(Insert, ct, P.Uuid(time.NewId()), P.Small(lane), P.Text(name is null ? "start" : "raise"), P.Text(flow.Name), P.Uuid(subject), P.Text(name),
            P.Time(time.GetUtcNow()), P.Text(db.Cause));
        return added == 1 ? lane : null;
    }

    // What an instance is told waits for its beginning. Those of somebody who died are taken over.
    private const string Claim = """
        update fleet.orchestration_commands c
        set status = 'carrying', attempts = c.attempts + 1, lease_token = $4, lease_until = now() + $5
        where c.tenant_id = $1
          and c.id in (
              select d.id
              from fleet.orchestration_commands d
              where d.tenant_id = $1
                and d.lane = $2
                and (d.status = 'waiting' and d.due_at <= $3
                     or d.status = 'carrying' and d.lease_until < now())
                and not exists (
                    select
                    from fleet.orchestration_commands s
                    where s.tenant_id = $1
                      and s.kind = 'start'
                      and s.flow = d.flow
                      and s.subject_id = d.subject_id
                      and s.status <> 'done'
                      and d.kind = 'raise')
              order by d.due_at, d.id
              limit $6
              for update skip locked)
        returning c.id, c.flow, c.subject_id, c.event, c.attempts
        """;

    public static Task<List<FlowCommand>> ClaimAsync(TenantDb db, short lane, DateTimeOffset now, Guid token, TimeSpan lease, int limit, CancellationToken ct)
        => db.ListAsync(Claim, row => new FlowCommand(row.GetGuid(0), row.GetString(1), row.GetGuid(2), row.TextOrNull(3), row.GetInt32(4), token), ct,
            P.Small(lane), P.Time(now), P.Uuid(token), P.Span(lease), P.Number(limit));

    // Where the same waits once more, it is told by that.
    private const string End = """
        update fleet.orchestration_commands c
        set status = case when o.due_at is null then 'done' else 'waiting' end, outcome = o.outcome, due_at = coalesce(o.due_at, c.due_at),
            finished_at = case when o.due_at is null then $6 end, lease_token = null, lease_until = null
        from (
            select g.id, case when exists (
                    select
                    from fleet.orchestration_commands w
                    join fleet.orchestration_commands m on m.tenant_id = $1 and m.id = g.id
                    where w.tenant_id = $1
                      and w.kind = 'raise'
                      and w.status = 'waiting'
                      and w.flow = m.flow
                      and w.subject_id = m.subject_id
                      and w.event = m.event) then null else g.due_at end as due_at, g.outcome
            from unnest($2, $3, $4) as g (id, outcome, due_at)) o
        where c.tenant_id = $1
          and c.id = o.id
          and c.lease_token = $5
        """;

    public static Task EndAsync(TenantDb db, IReadOnlyList<FlowCommandResult> results, Guid token, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(End, ct, P.Uuids([.. results.Select(r => r.Command)]), P.Texts([.. results.Select(r => r.Outcome)]), P.Times([.. results.Select(r => r.DueAt)]), P.Uuid(token), P.Time(now));
}

/// <param name="Event">Null: it is to begin.</param>
internal sealed record FlowCommand(Guid Id, string Flow, Guid Subject, string? Event, int Attempts, Guid Token);

/// <param name="DueAt">When to try again; null: it is done.</param>
internal sealed record FlowCommandResult(Guid Command, string Outcome, DateTimeOffset? DueAt);
