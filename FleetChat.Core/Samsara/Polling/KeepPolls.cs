using System.Text.Json;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Templates;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;

namespace FleetChat.Core.Samsara.Polling;

/// <summary>
/// Sees that every company that is at work is looked at, at Samsara if it has a token and at Meta if it has a number: begins its polls, and
/// begins again what ended.
/// </summary>
public sealed partial class KeepPolls(SystemDb system, TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, IEnumerable<ISamsaraFeed> feeds, TimeProvider time, ILogger<KeepPolls> logger)
{
    private static readonly JsonElement Nothing = JsonSerializer.SerializeToElement(new { });
    private readonly ISamsaraFeed[] _feeds = [.. feeds];

    public async Task HandleAsync(CancellationToken ct)
    {
        foreach (var tenant in await ListUnpolledAsync(system, [KeepTemplates.Kind, .. _feeds.Select(feed => PollSamsara.KindOf(feed.Name))], ct))
        {
            try
            {
                await KeepAsync(tenant, ct);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // One company's trouble is not the next one's.
                Log.Failed(logger, exception, tenant);
            }
        }
    }

    private async Task KeepAsync(TenantId tenant, CancellationToken ct)
    {
        if (await settings.FindAsync(tenant, ct) is not { IsActive: true } found) return;
        var (key, now) = (await keys.GetAsync(tenant, ct), time.GetUtcNow());
        if (found.WhatsAppAccountId is not null) await KeepTemplates.BeginAsync(dbs.For(tenant), key, time, ct);
        foreach (var feed in found.Samsara is null ? [] : _feeds)
        {
            var kind = PollSamsara.KindOf(feed.Name);
            await CallSql.KeepAsync(dbs.For(tenant), key, time, new(CallLanes.Samsara, kind, kind, Nothing) { DueAt = PollSchedule.NextAt(tenant, feed.Name, feed.Interval, now) }, ct);
        }
        Log.Kept(logger, tenant);
    }

    private const string ListUnpolled = """
        select t.tenant_id
        from directory.tenants t
        where t.status in ('active', 'onboarding')
          and (
              select count(*)
              from fleet.calls c
              where c.tenant_id = t.tenant_id
                and c.status in ('waiting', 'calling')
                and c.kind = any($1)) < cardinality($1)
        order by t.tenant_id
        """;

    private static Task<List<TenantId>> ListUnpolledAsync(SystemDb db, string[] kinds, CancellationToken ct)
        => db.ListAsync(ListUnpolled, row => TenantId.Parse(row.GetString(0)), ct, P.Texts(kinds));

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{TenantId} is polled from now on")]
        public static partial void Kept(ILogger logger, TenantId tenantId);

        [LoggerMessage(Level = LogLevel.Error, Message = "Polling for {TenantId} could not be begun")]
        public static partial void Failed(ILogger logger, Exception exception, TenantId tenantId);
    }
}
