using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using FleetChat.Core.Transports;

namespace FleetChat.Core.Corporate;

/// <param name="Status">One of <see cref="ListTransports.Statuses"/>; null for all.</param>
/// <param name="DriverId">Null for all.</param>
public sealed record ListChildTransportsInput(ChildLook Look, string? Status, Guid? DriverId, PageRequest Page);

/// <summary>A child's transports, the newest first: as an overseer sees those at home.</summary>
public sealed class ListChildTransports(ChildDoor door, Pages pages)
{
    public Task<Result<Page<TransportView>>> HandleAsync(ListChildTransportsInput input, CancellationToken ct)
        => door.LookInsideAsync(input.Look, db => ListAsync(db, input, ct), ct);

    private async Task<Result<Page<TransportView>>> ListAsync(TenantTransaction db, ListChildTransportsInput input, CancellationToken ct)
    {
        var window = await pages.OpenAsync(db.Tenant, $"corporate:{input.Look.By.Tenant}:transports:{input.Status}:{input.DriverId}", Position.BeforeNewest, input.Page, ct);
        if (!window.IsOk) return window.Error;
        var rows = await ListTransports.ListAsync(db, window.Value, input.Status, input.DriverId, ct);
        return window.Value.Page(rows, transport => new(transport.CreatedAt, transport.Id));
    }
}
