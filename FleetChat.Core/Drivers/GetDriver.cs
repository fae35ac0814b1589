using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Drivers;

/// <summary>One driver of the tenant.</summary>
public sealed class GetDriver(TenantDbs dbs, DataKeys keys)
{
    public static readonly Error NotFound = Error.NotFound("drivers.not_found", "There is no such driver. GET /api/drivers lists those there are.");

    public async Task<Result<DriverView>> HandleAsync(TenantId tenant, Guid id, CancellationToken ct)
    {
        var key = await keys.GetAsync(tenant, ct);
        return await dbs.For(tenant).FindAsync(Find, row => DriverView.Read(row, key), ct, P.Uuid(id)) is { } driver ? driver : NotFound;
    }

    private const string Find = """
        select id, samsara_driver_id, name, whatsapp_number, conversation_id, consent_status, language, status, created_at, updated_at, phone_flag
        from fleet.drivers
        where tenant_id = $1
          and id = $2
        """;
}
