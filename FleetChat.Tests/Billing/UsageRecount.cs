using FleetChat.Core.Data;

namespace FleetChat.Tests.Billing;

/// <summary>What a company used by what really happened, held against the ledger and its counters. For companies in Chicago.</summary>
internal static class UsageRecount
{
    /// <summary>From the messages, the inbox and the media themselves. In the company's time zone by PostgreSQL's own reckoning.</summary>
    private const string Recount = """
        with sent as (
            select m.id, m.driver_id, min(a.started_at) as at
            from fleet.message_logs m
            join fleet.outbound o on o.tenant_id = m.tenant_id and o.message_id = m.id
            join fleet.attempts a on a.tenant_id = m.tenant_id and a.message_id = m.id
            where m.tenant_id = $1 and o.purpose is null and a.outcome in ('accepted', 'failed')
            group by m.id, m.driver_id
        ), heard as (
            select m.id, m.driver_id, least(m.timestamp, m.created_at) as at
            from fleet.message_logs m
            where m.tenant_id = $1 and m.direction = 'inbound' and m.is_business
        ), facts as (
            select 'message_out' as kind, at, null::uuid as driver, 1 as amount from sent
            union all
            select 'message_in', at, null, 1 from heard
            union all
            select 'driver_active', at, driver_id, 1 from (select driver_id, at from sent union all select driver_id, at from heard) d where driver_id is not null
            union all
            -- What a look at Samsara found came by no webhook.
            select 'webhook', received_at, null, 1 from fleet.inbox where tenant_id = $1 and kind not in ('route.seen', 'route.gone', 'driver.seen', 'driver.gone', 'crew.changed')
        ), dated as (
            select kind, date_trunc('month', at at time zone 'America/Chicago')::date as period, driver, amount from facts
        )
        select kind || ' ' || period || ' ' || case when kind = 'driver_active' then count(distinct driver) else count(*) end
        from dated
        group by kind, period
        union all
        select 'storage ' || sum(size) from fleet.media where tenant_id = $1 and state = 'fetched'
        """;

    private const string OfFacts = """
        select kind || ' ' || period || ' ' || sum(amount) from fleet.usage_facts where tenant_id = $1 and kind <> 'storage' group by kind, period
        union all
        select 'storage ' || sum(amount) from fleet.usage_facts where tenant_id = $1 and kind = 'storage' having sum(amount) > 0
        """;

    private const string OfCounters = """
        with counted as (
            select kind, period, amount from fleet.usage_counters where tenant_id = $1
            union all
            select kind, period, amount from fleet.usage_facts where tenant_id = $1 and not is_folded
        )
        select kind || ' ' || period || ' ' || sum(amount) from counted where kind <> 'storage' group by kind, period
        union all
        select 'storage ' || sum(amount) from counted where kind = 'storage' having sum(amount) > 0
        """;

    /// <returns>What was counted: kind, period and sum, a line each.</returns>
    public static async Task<IReadOnlyList<string>> AssertAgreesAsync(TenantDb db)
    {
        var expected = await ListAsync(db, Recount);
        Assert.Equal(expected, await ListAsync(db, OfFacts));
        Assert.Equal(expected, await ListAsync(db, OfCounters));
        return expected;
    }

    private static async Task<List<string>> ListAsync(TenantDb db, string sql)
        => [.. (await db.ListAsync(sql, row => row.IsDBNull(0) ? "" : row.GetString(0), default)).Where(line => line.Length > 0).Order(StringComparer.Ordinal)];
}
