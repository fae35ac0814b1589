using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;

namespace FleetChat.Core.Transports;

/// <summary>Those who drive a transport, as far as they are enrolled.</summary>
internal sealed record CrewMembers(DriverRow? Driver, DriverRow? CoDriver)
{
    /// <summary>
    /// Who gets what is not for both: the one who does not drive, if he may be written to. Also at a stop, because the truck is still
    /// being parked when it is reached.
    /// </summary>
    public DriverRow? Reader => CoDriver is { MayBeWritten: true } ? CoDriver : Driver ?? CoDriver;

    public Guid[] Ids => [.. new[] { Driver, CoDriver }.OfType<DriverRow>().Select(d => d.Id)];

    public static async Task<CrewMembers> FindAsync(Processing processing, TransportCrew crew, CancellationToken ct)
        => new(await FindAsync(processing, crew.Driver, ct), await FindAsync(processing, crew.CoDriver, ct));

    private const string FindIds = """
        select driver_id, co_driver_id
        from fleet.transports
        where tenant_id = $1
          and id = $2
        """;

    /// <summary>Locks them before anybody locks the transport. Given to others between the two looks: those have reminders of their own.</summary>
    public static async Task LockAsync(Processing processing, Guid transport, CancellationToken ct)
    {
        var (driver, coDriver) = await processing.Db.FindAsync(FindIds, row => (row.GuidOrNull(0), row.GuidOrNull(1)), ct, P.Uuid(transport));
        await DriverSql.LockManyAsync(processing.Db, [.. new[] { driver, coDriver }.OfType<Guid>()], ct);
    }

    private static async Task<DriverRow?> FindAsync(Processing processing, Guid? id, CancellationToken ct)
        => id is { } known ? await DriverSql.FindAsync(processing.Db, processing.Key, known, ct) : null;
}
