using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;

namespace FleetChat.Core.Monitoring;

/// <summary>
/// Looks whether the companies' data keys are still there, past what is in memory: processes that have opened one go on without it, and each that ends takes it away.
/// One that is lost is its company's trouble and nobody else's: it is alerted, there and to the platform, until it opens again.
/// </summary>
public sealed partial class WatchKeys(SystemDb system, TenantDbs dbs, DataKeys keys, TimeProvider time, ILogger<WatchKeys> logger)
{
    /// <summary>In one look, each minute: a hundred companies are seen each minute and a thousand every ten, and a vault answers ten times as many calls in ten seconds.</summary>
    internal const int MostAtOnce = 100;

    public async Task HandleAsync(CancellationToken ct)
    {
        // Without the master key none opens, which is no company's trouble: the host is not ready, and this look fails.
        await keys.CheckAsync(ct);
        var alerted = await ListAlertedAsync(ct);
        var due = await ListDueAsync(ct);
        List<TenantId> lost = [];
        await foreach (var (tenant, fault) in keys.LookAsync(due.Union(alerted.Where(a => !a.IsClosed).Select(a => a.Tenant)), ct))
        {
            if (fault is null) continue;
            Log.Lost(logger, tenant, fault);
            lost.Add(tenant);
        }

        // The platform's last: what it has is looked at again, so that a look that dies here is made up for.
        foreach (var tenant in lost) await Alerts.RaiseAsync(dbs.For(tenant), time, AlertCodes.KeyLost, Alerts.Critical, tenant.Value, ct);
        foreach (var (tenant, _) in alerted.Where(a => !lost.Contains(a.Tenant))) await Alerts.CloseAsync(dbs.For(tenant), time, AlertCodes.KeyLost, tenant.Value, ct);
        if (lost.Count > 0) await Alerts.RaiseForPlatformAsync(system, time, lost.ConvertAll(tenant => (AlertCodes.KeyLost, tenant.Value)), Alerts.Critical, ct);
        if (alerted.Count > 0) await Alerts.CloseForPlatformAsync(system, time, AlertCodes.KeyLost, [.. lost.Select(tenant => tenant.Value)], ct);
    }

    // All of them in turn: of so many parts each minute has its own.
    private const string ListDue = """
        select tenant_id
        from (
            select tenant_id, row_number() over (order by tenant_id) as place, (count(*) over () + $2 - 1) / $2 as parts
            from directory.tenants
            where status <> 'terminated'
        ) placed
        where place % parts = $1 % parts
        order by tenant_id
        """;

    private Task<List<TenantId>> ListDueAsync(CancellationToken ct)
        => system.ListAsync(ListDue, row => TenantId.Parse(row.GetString(0)), ct, P.Big(time.GetUtcNow().UtcTicks / TimeSpan.TicksPerMinute), P.Number(MostAtOnce));

    // One that is closed meanwhile has no key any more, and misses none.
    private const string ListAlerted = $"""
        select t.tenant_id, t.status = 'terminated'
        from fleet.platform_alerts a
        join directory.tenants t on t.tenant_id = a.subject
        where a.code = '{AlertCodes.KeyLost}'
          and a.closed_at is null
        """;

    private Task<List<(TenantId Tenant, bool IsClosed)>> ListAlertedAsync(CancellationToken ct)
        => system.ListAsync(ListAlerted, row => (Tenant: TenantId.Parse(row.GetString(0)), IsClosed: row.GetBoolean(1)), ct);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "the data key of {Tenant} can't be opened")]
        public static partial void Lost(ILogger logger, TenantId tenant, Exception fault);
    }
}
