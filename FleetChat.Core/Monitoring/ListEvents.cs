using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Monitoring;

/// <summary>Something that arrived for the tenant, and what became of it. The payload is not shown.</summary>
/// <param name="Source"><c>samsara</c> or <c>whatsapp</c>.</param>
/// <param name="ExternalId">The sender's id: the same one never has a second effect.</param>
/// <param name="Status"><c>pending</c>, <c>done</c> or <c>parked</c>.</param>
/// <param name="Outcome">The decision and its reason, or the error of the last attempt, as a code.</param>
public sealed record EventView(
    Guid Id, string Source, string Kind, string ExternalId, DateTimeOffset ReceivedAt,
    string Status, string? Outcome, int Attempts, DateTimeOffset? FinishedAt);

public sealed record ListEventsInput(TenantId Tenant, PageRequest Page);

/// <summary>What arrived for the tenant, the newest first.</summary>
public sealed class ListEvents(TenantDbs dbs, DataKeys keys, Pages pages)
{
    public async Task<Result<Page<EventView>>> HandleAsync(ListEventsInput input, CancellationToken ct)
    {
        var window = await pages.OpenAsync(input.Tenant, "events", Position.BeforeNewest, input.Page, ct);
        if (!window.IsOk) return window.Error;
        var rows = await ListAsync(dbs.For(input.Tenant), await keys.GetAsync(input.Tenant, ct), window.Value, ct);
        var page = window.Value.Page(rows, row => new(row.ReceivedOn, row.Event.Id));
        return new Page<EventView>([.. page.Data.Select(row => row.Event)], page.NextCursor);
    }

    // The day stands first in the key of the daily tables; within a day the ids grow with time.
    private const string List = """
        select received_on, id, source, kind, external_id, received_at, status, outcome, attempts, finished_at
        from fleet.inbox
        where tenant_id = $1
          and (received_on, id) < ($2, $3)
        order by received_on desc, id desc
        limit $4
        """;

    private static Task<List<(DateTimeOffset ReceivedOn, EventView Event)>> ListAsync(TenantDb db, DataKey key, PageWindow window, CancellationToken ct)
        => db.ListAsync(List, row => Read(row, key), ct, P.Day(DateOnly.FromDateTime(window.After.Time.UtcDateTime)), P.Uuid(window.After.Id), window.Rows);

    private static (DateTimeOffset ReceivedOn, EventView Event) Read(NpgsqlDataReader row, DataKey key) => (
        new(row.Day(0), TimeOnly.MinValue, TimeSpan.Zero),
        new(row.GetGuid(1), row.GetString(2), row.GetString(3), OpenExternalId(row, key), row.Time(5), row.GetString(6), row.TextOrNull(7),
            row.GetInt16(8), row.TimeOrNull(9)));

    private static string OpenExternalId(NpgsqlDataReader row, DataKey key)
        => row.BytesOrNull(4) is { } sealedId ? key.Decrypt(EncryptedColumns.InboxExternalId, row.GetGuid(1), sealedId) : "";
}
