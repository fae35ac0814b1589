using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Drivers;

/// <summary>One driver of the tenant.</summary>
/// <param name="unreadable">Null: nobody is told of what does not open.</param>
public sealed class GetDriver(TenantDbs dbs, DataKeys keys, UnreadableRows? unreadable = null)
{
    public static readonly Error NotFound = Error.NotFound("drivers.not_found", "There is no such driver. GET /api/drivers lists those there are.");

    public async Task<Result<DriverView>> HandleAsync(TenantId tenant, Guid id, CancellationToken ct)
    {
        var opener = new RowOpener(await keys.GetAsync(tenant, ct));
        if (await FindAsync(dbs.For(tenant), opener, id, ct) is not { } driver) return NotFound;
        if (unreadable is not null) await unreadable.TellAsync(tenant, opener, ct);
        return driver;
    }

    private const string Find = """
        select id, samsara_driver_id, name, whatsapp_number, conversation_id, consent_status, language, status, created_at, updated_at, phone_flag
        from fleet.drivers
        where tenant_id = $1
          and id = $2
        """;

    internal static Task<DriverView?> FindAsync(TenantDb db, RowOpener opener, Guid id, CancellationToken ct) => db.FindAsync(Find, row => DriverView.Read(row, opener), ct, P.Uuid(id));
}
