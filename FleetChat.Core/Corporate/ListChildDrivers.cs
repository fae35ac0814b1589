using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Corporate;

/// <summary>A child's driver as the parent's people see him: no phone, and no way to what he wrote.</summary>
/// <param name="Language">One of <see cref="Languages"/>; null for the child's.</param>
public sealed record ChildDriverView(
    Guid Id, string SamsaraDriverId, string Name, string ConsentStatus, string? Language, string Status, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    /// <summary>His name can't be opened, as when its key is lost: it is missing. The rest is as it was.</summary>
    public bool Unreadable { get; init; }

    internal static ChildDriverView Read(NpgsqlDataReader row, RowOpener opener)
    {
        var (id, before) = (row.GetGuid(0), opener.LeftOut);
        return new(id, row.GetString(1), opener.Text(EncryptedColumns.DriverName, id, row.Bytes(2)) ?? "", row.GetString(3), row.TextOrNull(4), row.GetString(5), row.Time(6), row.Time(7))
        {
            Unreadable = opener.LeftOut > before,
        };
    }
}

/// <param name="Status">One of <see cref="ListDrivers.Statuses"/>; null for all.</param>
public sealed record ListChildDriversInput(ChildLook Look, string? Status, PageRequest Page);

/// <summary>A child's drivers in the order of their enrolment.</summary>
public sealed class ListChildDrivers(ChildDoor door, Pages pages, UnreadableRows unreadable)
{
    public Task<Result<Page<ChildDriverView>>> HandleAsync(ListChildDriversInput input, CancellationToken ct)
        => door.LookInsideAsync(input.Look, db => ListAsync(db, input, ct), ct);

    private async Task<Result<Page<ChildDriverView>>> ListAsync(TenantTransaction db, ListChildDriversInput input, CancellationToken ct)
    {
        var window = await pages.OpenAsync(db.Tenant, $"corporate:{input.Look.By.Tenant}:drivers:{input.Status}", Position.BeforeOldest, input.Page, ct);
        if (!window.IsOk) return window.Error;
        var opener = new RowOpener(window.Value.Key);
        var rows = await db.ListAsync(List, row => ChildDriverView.Read(row, opener), ct, P.Uuid(window.Value.After.Id), P.Text(input.Status), window.Value.Rows);
        await unreadable.TellAsync(db.Tenant, opener, ct);
        return window.Value.Page(rows, driver => new(driver.CreatedAt, driver.Id));
    }

    private const string List = """
        select id, samsara_driver_id, name, consent_status, language, status, created_at, updated_at
        from fleet.drivers
        where tenant_id = $1
          and id > $2
          and ($3 is null or status = $3)
        order by id
        limit $4
        """;
}
