using System.Text.Json;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Samsara.Scope;

/// <summary>
/// Looks up whether a driver, vehicle or route lies inside the company's tag, for an event that waits for it. It never gives up:
/// an event is not lost because Samsara is away, however long.
/// </summary>
public sealed class LookUpScope(ScopeLookUp lookUp, TenantDbs dbs, DataKeys keys, TimeProvider time) : ICallHandler
{
    internal const string Kind = "scope";

    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestInvalid = TimeSpan.FromDays(1);

    internal sealed record Content(string Kind, string Id);

    public bool Handles(string kind) => kind == Kind;

    public async Task<CallResult> HandleAsync(Call call, TenantSettings tenant, CancellationToken ct)
    {
        var subject = new ScopeSubject(call.Content.Text(nameof(Content.Kind))!, call.Content.Text(nameof(Content.Id))!);
        // The company is the whole organization by now: whatever waits is looked at without this.
        if (tenant.SamsaraGroupId.Length == 0) return Ended(call, "not needed");
        if (tenant.Samsara is not { } access) return CallResult.Repeat("waits: no token", time.GetUtcNow() + LongestWait);
        var now = time.GetUtcNow();
        var cache = new ScopeCache(dbs.For(tenant.Tenant), await keys.GetAsync(tenant.Tenant, ct), tenant.SamsaraGroupId);
        try
        {
            var verdict = await lookUp.LookAsync(access, cache, subject, now, ct);
            return Ended(call, verdict.ToString().ToLowerInvariant(), new(cache.Group, subject, verdict, now));
        }
        catch (SamsaraException exception) when (exception.Failure == SamsaraFailure.RateLimited)
        {
            return CallResult.TooMany(now + exception.RetryAfter);
        }
        catch (SamsaraException exception) when (exception.Failure == SamsaraFailure.Invalid && now - call.CreatedAt > LongestInvalid)
        {
            // A day is no passing trouble: Samsara takes this for no id, so it is none of anything.
            return Ended(call, "outside", new(cache.Group, subject, ScopeVerdict.Outside, now));
        }
        catch (SamsaraException exception)
        {
            var wait = TimeSpan.FromTicks(Math.Clamp((now - call.CreatedAt).Ticks / 2, ShortestWait.Ticks, LongestWait.Ticks));
            return CallResult.Repeat($"waits: {exception.Failure}", now + wait);
        }
    }

    public CallResult GiveUp(Call call, string reason) => CallResult.Repeat($"waits: {reason}", time.GetUtcNow() + LongestWait);

    private sealed record Answer(string Group, ScopeSubject Subject, ScopeVerdict Verdict, DateTimeOffset At);

    private static CallResult Ended(Call call, string outcome, Answer? answer = null) => CallResult.Done(outcome, async (processing, ct) =>
    {
        // It may be another company's driver whose id this is.
        await processing.Db.ExecuteAsync(Erase, ct, P.Uuid(call.Id), P.Bytes(processing.Key.Encrypt(EncryptedColumns.CallContent, call.Id.ToString("N"), "{}"u8)));
        if (answer is null) return;
        var cache = new ScopeCache(processing.Db, processing.Key, answer.Group);
        await cache.PutAsync([(answer.Subject, answer.Verdict)], answer.At, ct);
        await ScopeGate.WakeAsync(cache, answer.Subject, processing, ct);
    });

    private const string Erase = """
        update fleet.calls
        set content = $3
        where tenant_id = $1
          and id = $2
        """;
}
