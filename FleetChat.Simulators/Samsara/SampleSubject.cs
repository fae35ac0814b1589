namespace FleetChat.Simulators.Samsara;

/// <summary>Whom and what a sample event is about. Whatever is not said is made up, with ids that no fleet has.</summary>
public sealed record SampleSubject
{
    public required DateTimeOffset Now { get; init; }

    public long OrgId { get; init; }

    public string DriverId { get; init; } = "990000001";

    public string DriverName { get; init; } = "Sample Driver";

    /// <summary>Free text, as in Samsara.</summary>
    public string? DriverPhone { get; init; }

    public string VehicleId { get; init; } = "990000002";

    public string VehicleName { get; init; } = "Sample Truck";

    public string RouteId { get; init; } = "990000003";

    public string RouteName { get; init; } = "Sample route";

    /// <summary>The stop that the event is about.</summary>
    public string StopId { get; init; } = "990000004";

    public string StopName { get; init; } = "Sample dock, Waco, TX";

    /// <summary>The route's other stop, behind it.</summary>
    public string NextStopId { get; init; } = "990000005";

    public string AddressId { get; init; } = "990000006";

    public string AddressName { get; init; } = "Sample yard";

    /// <summary>Only an event that tells an ETA has one.</summary>
    public DateTimeOffset? Eta { get; init; }
}
