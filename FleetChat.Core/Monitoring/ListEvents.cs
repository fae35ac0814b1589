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
    string Status, string? Outcome, int Attempts, DateTimeOffset? FinishedAt)
{
    /// <summary>The sender's id can't be opened, as when its key is lost: it is missing. The rest is as it was.</summary>
    public bool Unreadable { get; init; }
}

public sealed record ListEventsInput(TenantId Tenant, PageRequest Page);

/// <summary>What arrived for the tenant, the newest first.</summary>
public sealed class ListEvents(TenantDbs dbs, Pages pages, UnreadableRows unreadable)
{
    public async Task<Result<Page<EventView>>> HandleAsync(ListEventsInput input, CancellationToken ct)
    {
        var window = await pages.OpenAsync(input.Tenant, "events", Position.BeforeNewest, input.Page, ct);
        if (!window.IsOk) return window.Error;
        var opener = new RowOpener(window.Value.Key);
        var rows = await ListAsync(dbs.For(input.Tenant), opener, window.Value, ct);
        await unreadable.TellAsync(input.Tenant, opener, ct);
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

    private static Task<List<(DateTimeOffset ReceivedOn, EventView Event)>> ListAsync(TenantDb db, RowOpener opener, PageWindow window, CancellationToken ct)
        => db.ListAsync(List, row => Read(row, opener), ct, P.Day(DateOnly.FromDateTime(window.After.Time.UtcDateTime)), P.Uuid(window.After.Id), window.Rows);

    private static (DateTimeOffset ReceivedOn, EventView Event) Read(NpgsqlDataReader row, RowOpener opener)
    {
        var (id, before) = (row.GetGuid(1), opener.LeftOut);
        var externalId = row.BytesOrNull(4) is { } sealedId ? opener.Text(EncryptedColumns.InboxExternalId, id, sealedId) ?? "" : "";
        var shown = new EventView(id, row.GetString(2), row.GetString(3), externalId, row.Time(5), row.GetString(6), row.TextOrNull(7), row.GetInt16(8), row.TimeOrNull(9))
        {
            Unreadable = opener.LeftOut > before,
        };
        return (new(row.Day(0), TimeOnly.MinValue, TimeSpan.Zero), shown);
    }
}
