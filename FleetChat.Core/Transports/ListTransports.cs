using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Transports;

/// <param name="Status">One of <see cref="ListTransports.Statuses"/>; null for all.</param>
/// <param name="DriverId">Null for all.</param>
public sealed record ListTransportsInput(TenantId Tenant, string? Status, Guid? DriverId, PageRequest Page);

/// <summary>The tenant's transports, the newest first.</summary>
public sealed class ListTransports(TenantDbs dbs, Pages pages)
{
    public static readonly IReadOnlyList<string> Statuses =
        ["assigned", "accepted", "declined", "en_route", "arrived", "loaded", "delivered", "completed", "cancelled"];

    public async Task<Result<Page<TransportView>>> HandleAsync(ListTransportsInput input, CancellationToken ct)
    {
        var window = await pages.OpenAsync(input.Tenant, $"transports:{input.Status}:{input.DriverId}", Position.BeforeNewest, input.Page, ct);
        if (!window.IsOk) return window.Error;
        var rows = await ListAsync(dbs.For(input.Tenant), window.Value, input.Status, input.DriverId, ct);
        return window.Value.Page(rows, transport => new(transport.CreatedAt, transport.Id));
    }

    // Ids grow with time, so the key's own index gives the order.
    private const string List = $"""
        select {TransportView.Columns}
        from fleet.transports
        where tenant_id = $1
          and id < $2
          and ($3 is null or status = $3)
          and ($4 is null or driver_id = $4 or co_driver_id = $4)
        order by id desc
        limit $5
        """;

    internal static Task<List<TransportView>> ListAsync(TenantDb db, PageWindow window, string? status, Guid? driver, CancellationToken ct)
        => db.ListAsync(List, TransportView.Read, ct, P.Uuid(window.After.Id), P.Text(status), P.Uuid(driver), window.Rows);
}
