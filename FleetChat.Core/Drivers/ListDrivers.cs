using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Drivers;

/// <param name="Status">One of <see cref="ListDrivers.Statuses"/>; null for all.</param>
public sealed record ListDriversInput(TenantId Tenant, string? Status, PageRequest Page);

/// <summary>The tenant's drivers in the order of their enrolment.</summary>
public sealed class ListDrivers(TenantDbs dbs, Pages pages, UnreadableRows unreadable)
{
    public static readonly IReadOnlyList<string> Statuses = ["active", "deactivated", "over_limit"];

    public async Task<Result<Page<DriverView>>> HandleAsync(ListDriversInput input, CancellationToken ct)
    {
        var window = await pages.OpenAsync(input.Tenant, $"drivers:{input.Status}", Position.BeforeOldest, input.Page, ct);
        if (!window.IsOk) return window.Error;
        var opener = new RowOpener(window.Value.Key);
        var rows = await ListAsync(dbs.For(input.Tenant), window.Value, opener, input.Status, ct);
        await unreadable.TellAsync(input.Tenant, opener, ct);
        return window.Value.Page(rows, driver => new(driver.CreatedAt, driver.Id));
    }

    // Ids grow with the time of enrolment, so the key's own index gives the order.
    private const string List = """
        select id, samsara_driver_id, name, whatsapp_number, conversation_id, consent_status, language, status, created_at, updated_at, phone_flag
        from fleet.drivers
        where tenant_id = $1
          and id > $2
          and ($3 is null or status = $3)
        order by id
        limit $4
        """;

    private static Task<List<DriverView>> ListAsync(TenantDb db, PageWindow window, RowOpener opener, string? status, CancellationToken ct)
        => db.ListAsync(List, row => DriverView.Read(row, opener), ct, P.Uuid(window.After.Id), P.Text(status), window.Rows);
}
