using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FleetChat.Core.Inbox;

/// <summary>Makes the inbox's days ahead, drops those that are over, and forgets what its rows left behind: keys, things set aside, finished work of the sender, calls that were made, commands that were carried out, webhooks, holds and imports that are over, echoes of what we wrote, where trucks were, invitations.</summary>
public sealed partial class KeepInbox(SystemDb db, TimeProvider time, IOptions<InboxOptions> options, ILogger<KeepInbox> logger)
{
    private const int DaysAhead = 14;

    // Long enough to be quick, short enough that nobody waits for a slice's locks.
    private const int SliceSize = 10_000;

    /// <exception cref="AggregateException">Days that could be neither made nor dropped. All the rest was done.</exception>
    public async Task HandleAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var (today, before) = (DateOnly.FromDateTime(now.UtcDateTime), now.AddDays(-InboxOptions.KeyDays));
        var failures = new List<Exception>();
        await EachAsync(Enumerable.Range(-1, DaysAhead + 2).Select(today.AddDays), PrepareAsync, failures, ct);
        await EachAsync(await ListOverAsync(db, today.AddDays(-options.Value.PayloadDays), today.AddDays(-InboxOptions.KeyDays), ct), DropAsync, failures, ct);
        foreach (var tenant in await AllTenants.ListAsync(db, ct)) await ForgetAsync(tenant, before, ct);
        await ForgetUnroutedAsync(db, before, ct);
        if (failures.Count > 0) throw new AggregateException(failures);
    }

    // Each day in a transaction of its own: one that fails must not stop the others. A lock that is not to be had is no
    // failure, and the next day would not get it either: the next hour will do, rows of an unprepared day are kept meanwhile.
    private async Task EachAsync(IEnumerable<DateOnly> days, Func<SystemDb, DateOnly, CancellationToken, Task> act, List<Exception> failures, CancellationToken ct)
    {
        foreach (var day in days)
        {
            try
            {
                await act(db, day, ct);
            }
            catch (PostgresException held) when (held.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                Log.Held(logger, day);
                return;
            }
            catch (PostgresException failure)
            {
                failures.Add(failure);
            }
        }
    }

    private async Task ForgetAsync(TenantId tenant, DateTimeOffset before, CancellationToken ct)
    {
        await ForgetAsync(ForgetKeys, tenant, before, ct);
        await ForgetAsync(ForgetSetAside, tenant, before, ct);
        await ForgetAsync(ForgetSent, tenant, before.AddDays(InboxOptions.KeyDays - options.Value.PayloadDays), ct);
        await ForgetAsync(ForgetCalls, tenant, before, ct);
        await ForgetAsync(ForgetEchoes, tenant, before, ct);
        await ForgetAsync(ForgetWebhooks, tenant, before, ct);
        await ForgetAsync(ForgetDecisions, tenant, before, ct);
        await ForgetAsync(ForgetHolds, tenant, before, ct);
        await ForgetAsync(ForgetVisits, tenant, before, ct);
        await ForgetAsync(ForgetCommands, tenant, before, ct);
        await ForgetAsync(ForgetInvitations, tenant, before, ct);
        await ForgetAsync(ForgetImportRows, tenant, before, ct);
        await ForgetAsync(ForgetImportParts, tenant, before, ct);
        await ForgetAsync(ForgetImports, tenant, before, ct);
        while (await ForgetRequestsAsync(db, tenant, ct) >= SliceSize) { }
    }

    /// <param name="slice">Deletes at most about <see cref="SliceSize"/> rows that are older.</param>
    private async Task ForgetAsync(string slice, TenantId tenant, DateTimeOffset before, CancellationToken ct)
    {
        while (await db.ExecuteAsync(slice, ct, P.Text(tenant.Value), P.Time(before), P.Number(SliceSize)) >= SliceSize) { }
    }

    private const string Prepare = """
        select fleet.prepare_inbox($1, $1)
        """;

    private static Task PrepareAsync(SystemDb db, DateOnly day, CancellationToken ct) => db.ExecuteAsync(Prepare, ct, P.Day(day));

    // A day that still holds work stays, however old it is, and one that holds what people may still mend, as long as its keys.
    private const string ListOver = """
        select i.received_on
        from fleet.inbox i
        where i.received_on < $1
        group by i.received_on
        having not bool_or(i.status = 'pending')
           and not bool_or(i.status = 'parked' and i.received_on >= $2)
        order by i.received_on
        """;

    private static Task<List<DateOnly>> ListOverAsync(SystemDb db, DateOnly before, DateOnly parkedBefore, CancellationToken ct)
        => db.ListAsync(ListOver, row => row.Day(0), ct, P.Day(before), P.Day(parkedBefore));

    private const string Drop = """
        select fleet.drop_inbox_day($1)
        """;

    private static Task DropAsync(SystemDb db, DateOnly day, CancellationToken ct) => db.ExecuteAsync(Drop, ct, P.Day(day));

    // A slice is all up to the time of its last row: so it may be a little larger, and never ends among rows of one time.
    private const string ForgetKeys = """
        delete from fleet.inbox_keys
        where tenant_id = $1
          and received_at <= (
              select max(o.received_at)
              from (
                  select k.received_at
                  from fleet.inbox_keys k
                  where k.tenant_id = $1
                    and k.received_at < $2
                  order by k.received_at
                  limit $3) o)
        """;

    private const string ForgetSetAside = """
        delete from fleet.set_aside
        where tenant_id = $1
          and received_at <= (
              select max(o.received_at)
              from (
                  select s.received_at
                  from fleet.set_aside s
                  where s.tenant_id = $1
                    and s.received_at < $2
                  order by s.received_at
                  limit $3) o)
        """;

    // Attempts belong to their outbound row and go with it; references are checked when the whole statement is through.
    private const string ForgetSent = """
        with over as (
            select o.id
            from fleet.outbound o
            where o.tenant_id = $1
              and o.status = 'done'
              and o.created_at < $2
            order by o.created_at
            limit $3
        ), attempts as (
            delete from fleet.attempts a
            using over
            where a.tenant_id = $1
              and a.outbound_id = over.id
        )
        delete from fleet.outbound o
        using over
        where o.tenant_id = $1
          and o.id = over.id
        """;

    private const string ForgetCalls = """
        delete from fleet.calls c
        where c.tenant_id = $1
          and c.id in (
              select o.id
              from fleet.calls o
              where o.tenant_id = $1
                and o.status in ('done', 'failed')
                and o.created_at < $2
              order by o.created_at
              limit $3)
        """;

    private const string ForgetWebhooks = """
        delete from fleet.webhook_deliveries d
        where d.tenant_id = $1
          and d.finished_at <= (
              select max(o.finished_at)
              from (
                  select f.finished_at
                  from fleet.webhook_deliveries f
                  where f.tenant_id = $1
                    and f.finished_at < $2
                  order by f.finished_at
                  limit $3) o)
        """;

    private const string ForgetEchoes = """
        delete from fleet.echoes
        where tenant_id = $1
          and written_at <= (
              select max(o.written_at)
              from (
                  select e.written_at
                  from fleet.echoes e
                  where e.tenant_id = $1
                    and e.written_at < $2
                  order by e.written_at
                  limit $3) o)
        """;

    private const string ForgetDecisions = """
        delete from fleet.decisions
        where tenant_id = $1
          and at <= (
              select max(o.at)
              from (
                  select d.at
                  from fleet.decisions d
                  where d.tenant_id = $1
                    and d.at < $2
                  order by d.at
                  limit $3) o)
        """;

    private const string ForgetHolds = """
        delete from fleet.holds
        where tenant_id = $1
          and released_at <= (
              select max(o.released_at)
              from (
                  select h.released_at
                  from fleet.holds h
                  where h.tenant_id = $1
                    and h.released_at < $2
                  order by h.released_at
                  limit $3) o)
        """;

    private const string ForgetCommands = """
        delete from fleet.orchestration_commands
        where tenant_id = $1
          and finished_at <= (
              select max(o.finished_at)
              from (
                  select c.finished_at
                  from fleet.orchestration_commands c
                  where c.tenant_id = $1
                    and c.status = 'done'
                    and c.finished_at < $2
                  order by c.finished_at
                  limit $3) o)
        """;

    private const string ForgetImportRows = """
        delete from fleet.import_rows r
        using (
            select o.import_id, o.number
            from fleet.imports i
            join fleet.import_rows o on o.tenant_id = $1 and o.import_id = i.id
            where i.tenant_id = $1
              and i.state not in ('running', 'asking')
              and i.opened_at < $2
            limit $3) over
        where r.tenant_id = $1
          and r.import_id = over.import_id
          and r.number = over.number
        """;

    private const string ForgetImportParts = """
        delete from fleet.import_parts p
        using (
            select o.import_id, o.number
            from fleet.imports i
            join fleet.import_parts o on o.tenant_id = $1 and o.import_id = i.id
            where i.tenant_id = $1
              and i.state not in ('running', 'asking')
              and i.opened_at < $2
            limit $3) over
        where p.tenant_id = $1
          and p.import_id = over.import_id
          and p.number = over.number
        """;

    // One that somebody still puts a part into at this moment stays until the next run.
    private const string ForgetImports = """
        delete from fleet.imports i
        where i.tenant_id = $1
          and i.id in (
              select o.id
              from fleet.imports o
              where o.tenant_id = $1
                and o.state not in ('running', 'asking')
                and o.opened_at < $2
                and not exists (select from fleet.import_rows r where r.tenant_id = $1 and r.import_id = o.id)
                and not exists (select from fleet.import_parts p where p.tenant_id = $1 and p.import_id = o.id)
              order by o.opened_at
              limit $3)
        """;

    private const string ForgetVisits = """
        delete from fleet.site_visits
        where tenant_id = $1
          and heard_at <= (
              select max(o.heard_at)
              from (
                  select v.heard_at
                  from fleet.site_visits v
                  where v.tenant_id = $1
                    and v.heard_at < $2
                  order by v.heard_at
                  limit $3) o)
        """;

    // However they ended: a used one still answers who shows it again, until then.
    private const string ForgetInvitations = """
        delete from fleet.invitations
        where tenant_id = $1
          and expires_at <= (
              select max(o.expires_at)
              from (
                  select i.expires_at
                  from fleet.invitations i
                  where i.tenant_id = $1
                    and i.expires_at < $2
                  order by i.expires_at
                  limit $3) o)
        """;

    // By the database's clock, which dates them. Their company's next request would purge them too; it may never come.
    private const string ForgetRequests = """
        delete from fleet.idempotency_keys
        where tenant_id = $1
          and created_at <= (
              select max(o.created_at)
              from (
                  select k.created_at
                  from fleet.idempotency_keys k
                  where k.tenant_id = $1
                    and k.created_at < now() - $2
                  order by k.created_at
                  limit $3) o)
        """;

    private static Task<int> ForgetRequestsAsync(SystemDb db, TenantId tenant, CancellationToken ct)
        => db.ExecuteAsync(ForgetRequests, ct, P.Text(tenant.Value), P.Span(IdempotencyKeys.Kept), P.Number(SliceSize));

    private const string ForgetUnrouted = """
        delete from fleet.unrouted
        where received_at < $1
        """;

    private static Task ForgetUnroutedAsync(SystemDb db, DateTimeOffset before, CancellationToken ct) => db.ExecuteAsync(ForgetUnrouted, ct, P.Time(before));

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The inbox's day {Day} waits for the next run: its tables are in use")]
        public static partial void Held(ILogger logger, DateOnly day);
    }
}
