using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Webhooks;

/// <summary>What is null stays as it is.</summary>
/// <param name="Actor">Who changes it, for the audit trail.</param>
public sealed record ChangeWebhookEndpointInput(TenantId Tenant, Guid Id, string? Url, IReadOnlyList<string>? Types, bool? Enabled, string Actor);

/// <summary>Changes an endpoint, or switches it off and on. While it is off nothing is noted for it.</summary>
public sealed class ChangeWebhookEndpoint(TenantDbs dbs, DataKeys keys, WebhookAddresses addresses, TimeProvider time)
{
    public async Task<Result<WebhookEndpointView>> HandleAsync(ChangeWebhookEndpointInput input, CancellationToken ct)
    {
        var url = input.Url is null ? null : addresses.TryRead(input.Url);
        if (input.Url is not null && url is null) return WebhookErrors.UrlInvalid;
        if (input.Types is { } types && (types.Count == 0 || types.Except(WebhookEventTypes.Names).Any())) return WebhookErrors.TypesInvalid;

        var (key, now) = (await keys.GetAsync(input.Tenant, ct), time.GetUtcNow());
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await EndpointSql.LockAsync(db, input.Id, ct) is not { } endpoint) return WebhookErrors.EndpointNotFound;
        await WriteAsync(db, key, input, url, now, ct);
        if (input.Enabled == false) await DeliverySql.TryDisableAsync(db, input.Id, DisabledReasons.ByCompany, now, ct);
        if (input.Enabled == true && !endpoint.Enabled) await EnableAsync(db, input.Id, now, ct);
        db.Audit(time, input.Actor, "webhook_endpoint.changed", input.Id.ToString(), Detail(input));
        await db.CommitAsync(ct);
        return (await EndpointSql.FindAsync(dbs.For(input.Tenant), key, input.Id, ct))!;
    }

    // An address is not repeated: it may hold a password.
    private static string Detail(ChangeWebhookEndpointInput input) => string.Join(' ', new[]
    {
        input.Url is null ? null : "url",
        input.Types is { } types ? $"types:{string.Join(',', types)}" : null,
        input.Enabled is { } enabled ? enabled ? "enabled" : "disabled" : null,
    }.OfType<string>());

    // Another address has nothing to do with how the old one fared.
    private const string Write = """
        update fleet.webhook_endpoints
        set url = coalesce($3, url), types = coalesce($4, types), updated_at = $5,
            failing_since = case when $3 is null then failing_since end,
            slowdowns = case when $3 is null then slowdowns else 0 end,
            paused_until = case when $3 is null then paused_until end
        where tenant_id = $1
          and id = $2
        """;

    private static Task WriteAsync(TenantDb db, DataKey key, ChangeWebhookEndpointInput input, Uri? url, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(Write, ct, P.Uuid(input.Id), P.Bytes(url is null ? null : key.Encrypt(EncryptedColumns.WebhookUrl, input.Id, url.AbsoluteUri)),
            P.OptionalTexts(input.Types is null ? null : [.. input.Types.Distinct().Order(StringComparer.Ordinal)]), P.Time(now));

    private const string Enable = """
        update fleet.webhook_endpoints
        set disabled_at = null, disabled_reason = null, failing_since = null, slowdowns = 0, paused_until = null
        where tenant_id = $1
          and id = $2
        """;

    private static async Task EnableAsync(TenantDb db, Guid id, DateTimeOffset now, CancellationToken ct)
    {
        // With its alerts closed: else the next time that it is switched off would only be counted, and nobody told.
        await using var batch = db.Batch()
            .Add(Enable, P.Uuid(id))
            .Add(Alerts.Close, P.Text(AlertCodes.WebhookFailing), P.Text(id.ToString()), P.Time(now))
            .Add(Alerts.Close, P.Text(AlertCodes.WebhookGone), P.Text(id.ToString()), P.Time(now));
        await batch.ExecuteAsync(ct);
    }
}
