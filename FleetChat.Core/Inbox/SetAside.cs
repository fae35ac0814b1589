using System.Security.Cryptography;
using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Inbox;

/// <summary>
/// Keeps what was signed rightly and still can't be processed. The sender can't mend it, so he gets a 200, and people get an alert.
/// </summary>
public sealed class SetAside(TenantDbs dbs, SystemDb system, DataKeys keys, TimeProvider time)
{
    public const string Unparsable = "unparsable";
    public const string ForeignOrg = "foreign_org";
    public const string ForeignWebhook = "foreign_webhook";
    public const string UnknownNumber = "unknown_number";
    public const string UnknownAccount = "unknown_account";

    /// <summary>For a tenant whose door it came through.</summary>
    public async Task KeepAsync(TenantId tenant, string source, string reason, byte[] payload, CancellationToken ct)
    {
        var (key, id) = (await keys.GetAsync(tenant, ct), time.NewId());
        await using var batch = dbs.For(tenant).Batch()
            .Add(Insert, P.Uuid(id), P.Text(source), P.Text(reason), P.Bytes(SHA256.HashData(payload)),
                P.Bytes(key.Encrypt(EncryptedColumns.SetAsidePayload, id.ToString("N"), payload)), P.Time(time.GetUtcNow()))
            .Add(Alerts.Raise, Alerts.Parameters(time, $"inbox.{reason}", Alerts.Warning, source));
        await batch.ExecuteAsync(ct);
    }

    private const string Insert = """
        insert into fleet.set_aside (tenant_id, id, source, reason, digest, payload, received_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (tenant_id, source, digest) do nothing
        """;

    /// <summary>For nobody: WhatsApp knows the number or account, and no tenant of ours has it (or had it then).</summary>
    public async Task KeepUnroutedAsync(IReadOnlyList<Unrouted> updates, CancellationToken ct)
    {
        var key = await keys.GetPlatformAsync(ct);
        await InsertUnroutedAsync(system, key, [.. updates.Select(u => (time.NewId(), u))], time.GetUtcNow(), ct);
        await Alerts.RaiseForPlatformAsync(system, time, [.. updates.Select(u => ($"inbox.{u.Reason}", u.PhoneNumberId ?? u.AccountId ?? ""))], Alerts.Warning, ct);
    }

    // In one order: two deliveries of the same POST must not wait for each other.
    private const string InsertUnrouted = """
        insert into fleet.unrouted (id, reason, phone_number_id, waba_id, digest, payload, received_at)
        select g.id, g.reason, g.phone_number_id, g.waba_id, g.digest, g.payload, $7
        from unnest($1, $2, $3, $4, $5, $6) as g (id, reason, phone_number_id, waba_id, digest, payload)
        order by g.digest
        on conflict (digest) do nothing
        """;

    private static Task InsertUnroutedAsync(SystemDb db, DataKey key, (Guid Id, Unrouted Update)[] rows, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(InsertUnrouted, ct,
            P.Uuids(Array.ConvertAll(rows, r => r.Id)),
            P.Texts(Array.ConvertAll(rows, r => r.Update.Reason)),
            P.Texts(Array.ConvertAll(rows, r => r.Update.PhoneNumberId)),
            P.Texts(Array.ConvertAll(rows, r => r.Update.AccountId)),
            P.ByteArrays(Array.ConvertAll(rows, r => SHA256.HashData(r.Update.Payload))),
            P.ByteArrays(Array.ConvertAll(rows, r => key.Encrypt(EncryptedColumns.UnroutedPayload, r.Id.ToString("N"), r.Update.Payload))),
            P.Time(now));
}

/// <summary>An update of WhatsApp's that belongs to nobody.</summary>
public sealed record Unrouted(string Reason, string? PhoneNumberId, string? AccountId, byte[] Payload);
