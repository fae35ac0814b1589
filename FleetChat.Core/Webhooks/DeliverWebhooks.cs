using System.Security.Cryptography;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;

namespace FleetChat.Core.Webhooks;

/// <summary>
/// Sends a lane's due webhooks, several at once and few to each endpoint, so that a slow one holds back itself. Each attempt is
/// committed before its call: at least once, and by the same id each time.
/// </summary>
public sealed partial class DeliverWebhooks(
    TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, WebhookClient client, TimeProvider time, ILogger<DeliverWebhooks> logger)
{
    private const int AtOnceByEndpoint = 4;

    // Room for every endpoint that the lane can have: slow ones can't fill it.
    private const int AtOnce = CreateWebhookEndpoint.MostEndpoints * AtOnceByEndpoint;

    // Well above a call's time and that of its record: nobody takes over a call that is still under way.
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);

    /// <returns>Lanes that have more to send.</returns>
    public async Task<IReadOnlyList<Nudge>> HandleAsync(Nudge nudge, CancellationToken ct)
    {
        var db = dbs.For(nudge.Tenant);
        await LaneSql.LowerFlagAsync(dbs.LazilyFor(nudge.Tenant), Lanes.WebhookStage, nudge.Lane, ct);
        if (await settings.FindAsync(nudge.Tenant, ct) is not { IsActive: true }) return [];
        await DeliverySql.TidyAsync(db, nudge.Lane, time.GetUtcNow(), ct);

        // At every end, so that a fast endpoint need not wait for a slow one.
        var isLeft = await Refill.RunAsync(AtOnce, AtOnce - 1, async room =>
        {
            var (ready, endedSome) = await BeginAsync(nudge, room, ct);
            return ([.. ready.Select(r => SendAsync(nudge.Tenant, r, ct))], endedSome && ready.Count == 0);
        });
        return isLeft ? [nudge] : [];
    }

    /// <summary>Commits an attempt for each delivery that goes out, and the body of those that go out for the first time.</summary>
    private async Task<(IReadOnlyList<Ready> Ready, bool EndedSome)> BeginAsync(Nudge nudge, int limit, CancellationToken ct)
    {
        var (key, now, token) = (await keys.GetAsync(nudge.Tenant, ct), time.GetUtcNow(), time.NewId());
        await using var db = await dbs.BeginAsync(nudge.Tenant, ct);
        var endpoints = await DeliverySql.LockEndpointsAsync(db, nudge.Lane, now, ct);
        if (endpoints.Count == 0) return ([], false);

        // One that could not keep up is asked once whether it can again.
        var begun = await DeliverySql.BeginAsync(db, [.. endpoints.Select(e => e.Id)], [.. endpoints.Select(e => e.Slowdowns > 0 ? 1 : AtOnceByEndpoint)], now, limit, token, Lease, ct);
        var ready = new List<Ready>(begun.Count);
        foreach (var delivery in begun)
        {
            var endpoint = endpoints.Find(e => e.Id == delivery.Endpoint)!;
            var (request, objection) = await PrepareAsync(db, key, endpoint, delivery, now, ct);
            if (request is null)
                await DeliverySql.FailAsync(db, delivery, token, null, objection, now, ct);
            else
                ready.Add(new(delivery, token, endpoint.Slowdowns, request));
        }
        await db.CommitAsync(ct);
        return (ready, ready.Count < begun.Count);
    }

    private static async Task<(WebhookRequest? Request, string Objection)> PrepareAsync(
        TenantTransaction db, DataKey key, DueEndpoint endpoint, BegunDelivery delivery, DateTimeOffset now, CancellationToken ct)
    {
        try
        {
            if (await FindBodyAsync(db, key, delivery, ct) is not { } body) return (null, "subject_gone");
            var url = new Uri(key.Decrypt(EncryptedColumns.WebhookUrl, endpoint.Id, endpoint.Url));
            return (new(url, delivery.WebhookId, now, WebhookSecrets.Sign(WebhookSecrets.Open(key, endpoint.Id, endpoint.Secrets), delivery.WebhookId, now, body), body), "");
        }
        catch (CryptographicException)
        {
            return (null, "unreadable");
        }
    }

    private static async Task<byte[]?> FindBodyAsync(TenantTransaction db, DataKey key, BegunDelivery delivery, CancellationToken ct)
    {
        if (delivery.Payload is { } payload) return key.Decrypt(EncryptedColumns.WebhookPayload, delivery.Row, payload);
        if (await WebhookEventTypes.FindDataAsync(db, key, delivery.Event, ct) is not { } data) return null;
        var body = WebhookBody.Write(delivery.Event.Type, delivery.Event.OccurredAt, data);
        await DeliverySql.SetPayloadAsync(db, delivery, key.Encrypt(EncryptedColumns.WebhookPayload, delivery.Row, body), ct);
        return body;
    }

    private async Task SendAsync(TenantId tenant, Ready ready, CancellationToken ct)
    {
        try
        {
            var reply = await client.PostAsync(ready.Request, ct);
            // What the receiver answered is written down even while the host is stopping.
            await Recording.ExecuteAsync(() => RecordAsync(tenant, ready, reply));
        }
        catch (Exception exception)
        {
            // The lease ends it, and it is sent again. The other calls go on.
            Log.Unrecorded(logger, exception, tenant, ready.Delivery.Id);
        }
    }

    private async Task RecordAsync(TenantId tenant, Ready ready, WebhookReply reply)
    {
        var (delivery, now) = (ready.Delivery, time.GetUtcNow());
        Log.Answered(logger, tenant, delivery.Endpoint, delivery.Id, delivery.Attempts, reply.Code, reply.Outcome);
        await using var db = await dbs.BeginAsync(tenant, CancellationToken.None);
        switch (reply.Code)
        {
            case >= 200 and < 300:
                await DeliverySql.SucceedAsync(db, delivery, ready.Token, reply.Code, now, CancellationToken.None);
                if (IsSlowdown(reply)) await PauseAsync(db, ready, reply, now);
                break;
            case 410:
                await DisableAsync(db, delivery.Endpoint, DisabledReasons.Gone, now);
                await DeliverySql.FailAsync(db, delivery, ready.Token, reply.Code, reply.Outcome, now, CancellationToken.None);
                break;
            default:
                await RecordFailureAsync(db, ready, reply, now);
                break;
        }
        await db.CommitAsync(CancellationToken.None);
    }

    private async Task RecordFailureAsync(TenantTransaction db, Ready ready, WebhookReply reply, DateTimeOffset now)
    {
        var delivery = ready.Delivery;
        var failingSince = await DeliverySql.NoteFailureAsync(db, delivery.Endpoint, now, CancellationToken.None);
        if (IsSlowdown(reply)) await PauseAsync(db, ready, reply, now);
        if (DeliverySchedule.NextTry(delivery.Attempts, delivery.ArmedAt, reply.RetryAfter, now, Random.Shared.NextDouble()) is { } next)
            await DeliverySql.PostponeAsync(db, delivery, ready.Token, reply.Code, reply.Outcome, next, CancellationToken.None);
        else
            await DeliverySql.FailAsync(db, delivery, ready.Token, reply.Code, reply.Outcome, now, CancellationToken.None);
        if (now - failingSince >= DeliverySchedule.Patience) await DisableAsync(db, delivery.Endpoint, DisabledReasons.Failing, now);
    }

    // It is not the event that the receiver can't take, it is any: others would only wait for it as long. One that takes each
    // and takes its time would keep workers from other companies.
    private static bool IsSlowdown(WebhookReply reply)
        => reply.RetryAfter is not null || reply.Code is null or 429 or 502 or 503 or 504 || reply.Took >= DeliverySchedule.SlowAnswer;

    private static Task PauseAsync(TenantTransaction db, Ready ready, WebhookReply reply, DateTimeOffset now)
        => DeliverySql.PauseAsync(db, ready.Delivery.Endpoint, ready.Slowdowns + 1, now + DeliverySchedule.Pause(ready.Slowdowns + 1, reply.RetryAfter), CancellationToken.None);

    private async Task DisableAsync(TenantTransaction db, Guid endpoint, string reason, DateTimeOffset now)
    {
        if (!await DeliverySql.TryDisableAsync(db, endpoint, reason, now, CancellationToken.None)) return;
        await DeliverySql.TellDisabledAsync(db, time, endpoint, reason, CancellationToken.None);
        Log.Disabled(logger, db.Tenant, endpoint, reason);
    }

    /// <param name="Token">Of the lease on the delivery.</param>
    private sealed record Ready(BegunDelivery Delivery, Guid Token, int Slowdowns, WebhookRequest Request);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Webhook {DeliveryId} of {TenantId} to endpoint {EndpointId}, attempt {Attempt}: {Code} {Outcome}")]
        public static partial void Answered(ILogger logger, TenantId tenantId, Guid endpointId, Guid deliveryId, int attempt, int? code, string outcome);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Webhook endpoint {EndpointId} of {TenantId} was switched off: {Reason}")]
        public static partial void Disabled(ILogger logger, TenantId tenantId, Guid endpointId, string reason);

        [LoggerMessage(Level = LogLevel.Error, Message = "Webhook {DeliveryId} of {TenantId}: what became of the attempt could not be recorded")]
        public static partial void Unrecorded(ILogger logger, Exception exception, TenantId tenantId, Guid deliveryId);
    }
}
