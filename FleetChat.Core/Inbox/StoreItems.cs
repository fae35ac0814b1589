using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Inbox;

/// <param name="Stored">New items, now in the inbox.</param>
/// <param name="Unassigned">External ids that came by a number which was not the tenant's at that time: not stored.</param>
/// <param name="Nudges">Lanes whose workers have to be told.</param>
public sealed record StoredItems(int Stored, int Duplicates, IReadOnlySet<string> Unassigned, IReadOnlyList<Nudge> Nudges);

/// <summary>Stores one tenant's items in one round trip: each once, whatever is delivered again, and the lanes' flags put up with them.</summary>
public sealed class StoreItems(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, TimeProvider time)
{
    /// <summary>What a webhook brought: it counts as the company's usage.</summary>
    public async Task<StoredItems> HandleAsync(TenantId tenant, IReadOnlyList<InboxItem> items, CancellationToken ct)
    {
        var key = await keys.GetAsync(tenant, ct);
        var known = await settings.FindAsync(tenant, ct) ?? throw new InvalidOperationException($"tenant {tenant} is gone");
        return await StoreAsync(dbs.For(tenant), key, items, BillingPeriod.Of(time.GetUtcNow(), known.TimeZone), time, ct);
    }

    /// <summary>In the caller's transaction, if it has one.</summary>
    /// <param name="period">In which it counts as webhooks' events; null: it came another way.</param>
    internal static async Task<StoredItems> StoreAsync(TenantDb db, DataKey key, IReadOnlyList<InboxItem> items, DateOnly? period, TimeProvider time, CancellationToken ct)
    {
        // A delivery may hold the same fact twice; one statement can't meet its own new key.
        var distinct = items.DistinctBy(i => (i.Source, i.ExternalId)).ToArray();
        await using var batch = db.Batch()
            .Add(Insert, Parameters(key, distinct, period, time))
            .Add(LaneSql.RaiseFlags, P.Text(Lanes.ProcessStage), P.Smalls([.. distinct.Select(i => Lanes.Of(i.LaneKey))]));
        await using var reader = await batch.ReadAsync(ct);

        var outcomes = await reader.ListAsync(row => (Position: (int)row.GetInt64(0), Assigned: row.GetBoolean(1), IsNew: row.GetBoolean(2)), ct);
        var lanes = await reader.ListAsync(row => row.GetInt16(0), ct);
        var stored = outcomes.Count(o => o.IsNew);
        var unassigned = outcomes.Where(o => !o.Assigned).Select(o => distinct[o.Position - 1].ExternalId).ToHashSet();
        return new(stored, items.Count - stored - unassigned.Count, unassigned, [.. lanes.Select(lane => new Nudge(db.Tenant, lane))]);
    }

    // The key row decides whether an item is new; only new ones get a payload row. Who held the number is asked here,
    // in the same statement, whatever a cache said when the item was routed.
    internal const string Insert = """
        with given as (
            select *
            from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11) with ordinality
                 as g (id, source, kind, external_id, external_index, lane, urgency, payload, number, used_at, position)
        ), assigned as (
            select g.*, g.number is null or exists (
                select 1
                from fleet.number_assignments a
                where a.tenant_id = $1
                  and a.phone_number_id = g.number
                  and a.valid_from <= g.used_at
                  and (a.valid_to is null or g.used_at < a.valid_to)) as is_assigned
            from given g
        ), new_keys as (
            insert into fleet.inbox_keys (tenant_id, source, external_index, received_at)
            select $1, source, external_index, $12
            from assigned
            where is_assigned
            order by source, external_index
            on conflict (tenant_id, source, external_index) do nothing
            returning source, external_index
        ), new_items as (
            insert into fleet.inbox (tenant_id, received_on, id, source, kind, external_id, lane, urgency, payload, received_at, due_at)
            select $1, $13, a.id, a.source, a.kind, a.external_id, a.lane, a.urgency, a.payload, $12, $12
            from assigned a
            join new_keys k on k.source = a.source and k.external_index = a.external_index
            returning id
        ), counted as (
            insert into fleet.usage_facts (tenant_id, kind, source_id, period, at, amount)
            select $1, 'webhook', (array_agg(id))[1], $14, $12, count(*)
            from new_items
            where $14 is not null
            having count(*) > 0
        )
        select a.position, a.is_assigned, k.external_index is not null
        from assigned a
        left join new_keys k on k.source = a.source and k.external_index = a.external_index
        """;

    private static Npgsql.NpgsqlParameter[] Parameters(DataKey key, InboxItem[] items, DateOnly? period, TimeProvider time)
    {
        var now = time.GetUtcNow();
        var ids = Array.ConvertAll(items, _ => time.NewId());
        return
        [
            P.Uuids(ids),
            P.Texts(Array.ConvertAll(items, i => i.Source)),
            P.Texts(Array.ConvertAll(items, i => i.Kind)),
            P.ByteArrays([.. items.Zip(ids, (item, id) => key.Encrypt(EncryptedColumns.InboxExternalId, id, item.ExternalId))]),
            P.ByteArrays(Array.ConvertAll(items, i => key.BlindIndex("external_id", i.ExternalId))),
            P.Smalls(Array.ConvertAll(items, i => Lanes.Of(i.LaneKey))),
            P.Smalls(Array.ConvertAll(items, i => i.Urgency)),
            P.ByteArrays([.. items.Zip(ids, (item, id) => key.Encrypt(EncryptedColumns.InboxPayload, id.ToString("N"), item.Payload))]),
            P.Texts(Array.ConvertAll(items, i => i.Number?.PhoneNumberId)),
            P.Times(Array.ConvertAll(items, i => i.Number?.At)),
            P.Time(now),
            P.Day(DateOnly.FromDateTime(now.UtcDateTime)),
            P.Day(period),
        ];
    }
}
