using System.Security.Cryptography;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Samsara.Polling;

/// <summary>Looks at the feeds of Samsara, each as a call that comes round by itself. A look that is not whole brings nothing, and makes nothing gone.</summary>
public sealed class PollSamsara(IEnumerable<ISamsaraFeed> feeds, TenantDbs dbs, DataKeys keys, TimeProvider time) : ICallHandler
{
    private const string Prefix = "poll:";

    /// <summary>Below a call's own limit, so that a slow Samsara is noted as such.</summary>
    private static readonly TimeSpan Limit = MakeCalls.CallTimeout - TimeSpan.FromSeconds(5);

    /// <summary>A refused token is mended by people.</summary>
    private static readonly TimeSpan RefusedPause = TimeSpan.FromMinutes(5);

    private readonly ISamsaraFeed[] _feeds = [.. feeds];

    public static string KindOf(string feed) => Prefix + feed;

    public bool Handles(string kind) => Find(kind) is not null;

    public async Task<CallResult> HandleAsync(Call call, TenantSettings tenant, CancellationToken ct)
    {
        var feed = Find(call.Kind)!;
        if (tenant.Samsara is not { } access) return CallResult.Done("no token");
        var (db, key) = (dbs.For(tenant.Tenant), await keys.GetAsync(tenant.Tenant, ct));
        var connection = key.BlindIndex("samsara", $"{access.BaseUrl}\0{tenant.SamsaraOrgId}\0{tenant.SamsaraGroupId}");
        var isFirst = await PollSql.FindConnectionAsync(db, feed.Name, ct) is not { } known || !CryptographicOperations.FixedTimeEquals(known, connection);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        try
        {
            var at = time.GetUtcNow();
            var look = await feed.LookAsync(new(tenant, access, db, key, at, isFirst), limit.Token);
            return CallResult.Repeat(isFirst ? $"first look: {look.Outcome}" : look.Outcome, NextAt(tenant, feed), async (processing, token) =>
            {
                await look.Write(processing, token);
                await PollSql.SucceedAsync(processing, feed.Name, connection, at, token);
            });
        }
        catch (SamsaraException exception)
        {
            return Failed(tenant, feed, exception.Failure, exception.RetryAfter);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return Failed(tenant, feed, SamsaraFailure.Transient, default);
        }
    }

    private CallResult Failed(TenantSettings tenant, ISamsaraFeed feed, SamsaraFailure failure, TimeSpan retryAfter)
    {
        var (now, problem) = (time.GetUtcNow(), PollSql.ProblemOf(failure));
        var result = failure switch
        {
            SamsaraFailure.RateLimited => CallResult.TooMany(now + retryAfter),
            SamsaraFailure.Refused => CallResult.Repeat(problem, now + (feed.Interval > RefusedPause ? feed.Interval : RefusedPause)),
            _ => CallResult.Repeat(problem, NextAt(tenant, feed)),
        };
        return result with { Write = (processing, ct) => PollSql.FailAsync(processing, feed.Name, problem, ct) };
    }

    private DateTimeOffset NextAt(TenantSettings tenant, ISamsaraFeed feed) => PollSchedule.NextAt(tenant.Tenant, feed.Name, feed.Interval, time.GetUtcNow());

    private ISamsaraFeed? Find(string kind) => Array.Find(_feeds, feed => kind == KindOf(feed.Name));
}
