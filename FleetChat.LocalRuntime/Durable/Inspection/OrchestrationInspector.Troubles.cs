using Npgsql;

namespace FleetChat.LocalRuntime;

public sealed partial class OrchestrationInspector
{
    // Nothing is on its way to it, and no event would move it on: what it waited for was lost.
    private const string IdleSql = """
        select i.id, i.name, i.version, i.status, i.created_at, i.updated_at, i.ended_at, i.parent_id
        from localhost.instances i
        where i.status in (0, 6)
            and i.waits_for is null
            and not exists (select from localhost.inbox m where m.instance = i.key)
            and not exists (select from localhost.activities a where a.instance = i.key)
            and not exists (select from localhost.instances c where c.parent_key = i.key and c.ended_at is null)
        order by i.updated_at
        """;

    /// <summary>Those that run although nothing pending will ever move them on by itself.</summary>
    public async Task<IReadOnlyList<InstanceSummary>> ListIdleAsync(CancellationToken cancellation) => await database.ListAsync(IdleSql, ReadSummary, cancellation);

    private const string OverdueSql = """
        select i.id, i.name, i.version, i.status, i.created_at, i.updated_at, i.ended_at, i.parent_id
        from localhost.instances i
        where i.status in (0, 6)
            and exists (
                select
                from localhost.inbox m
                where m.instance = i.key
                    and greatest(m.visible_at, m.arrived_at) < $1)
        order by i.updated_at
        """;

    /// <summary>Those that have had something to take in since before the moment.</summary>
    public async Task<IReadOnlyList<InstanceSummary>> ListOverdueAsync(DateTimeOffset before, CancellationToken cancellation)
        => await database.ListAsync(OverdueSql, ReadSummary, cancellation, InspectionRows.Of(before));

    private const string OrphanedSql = """
        with living as materialized (
            select l.id
            from localhost.living_hosts l
        )
        select i.id, i.name, i.version, i.status, i.created_at, i.updated_at, i.ended_at, i.parent_id
        from localhost.instances i
        where i.ended_at is null
            and (i.owner not in (select id from living)
                or exists (select from localhost.activities a where a.instance = i.key and a.owner not in (select id from living)))
        order by i.updated_at
        """;

    /// <summary>Those that a dead process holds, or whose activity a dead process ran.</summary>
    public async Task<IReadOnlyList<InstanceSummary>> ListOrphanedAsync(CancellationToken cancellation) => await database.ListAsync(OrphanedSql, ReadSummary, cancellation);

    private const string FailedSql = """
        select i.id, i.name, i.version, i.status, i.created_at, i.updated_at, i.ended_at, i.parent_id
        from localhost.instances i
        where i.status = 3
            and i.ended_at > $1
        order by i.ended_at desc
        """;

    public async Task<IReadOnlyList<InstanceSummary>> ListFailedAsync(DateTimeOffset since, CancellationToken cancellation)
        => await database.ListAsync(FailedSql, ReadSummary, cancellation, InspectionRows.Of(since));
}
