using System.Globalization;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FleetChat.Simulators.Samsara;

/// <summary>The org itself, its vehicles, who drives them and for how long he still may.</summary>
internal static class OrgApi
{
    private const long HourMs = 3_600_000;

    public static void Map(IEndpointRouteBuilder app, SamsaraRest rest)
    {
        app.MapGet("/me", rest.Handle(call => SamsaraRest.Data(SimulatorJson.Object(
            ("carrierSettings", SimulatorJson.Object(("carrierName", call.Org.Name))), ("id", call.Org.Id.ToString(CultureInfo.InvariantCulture)), ("name", call.Org.Name)))));
        app.MapGet("/fleet/vehicles/stats", rest.Handle(Stats));
        app.MapGet("/fleet/driver-vehicle-assignments", rest.Handle(Assignments));
        app.MapGet("/fleet/hos/clocks", rest.Handle(Clocks));
    }

    private static IResult Stats(SamsaraCall call)
    {
        if (call.QueryList("types") is not { } types)
            throw SamsaraErrorException.Invalid("types is required.");
        if (types.FirstOrDefault(type => type != "gps") is { } other)
            throw SamsaraErrorException.Invalid($"The simulator knows no statistics of type {other}.");
        var wanted = call.QueryList("vehicleIds");
        var vehicles = call.Org.Vehicles.Where(vehicle => (wanted is null || wanted.Contains(vehicle.Id)) && call.Sees(vehicle.Tags.Select(tag => tag.Id)));
        return SamsaraRest.Page(call, vehicles, vehicle => vehicle.Id, vehicle => SimulatorJson.Object(
            ("id", vehicle.Id),
            ("name", vehicle.Name),
            ("gps", SimulatorJson.Object(
                ("time", WireTime.Milliseconds(call.Now)),
                ("latitude", vehicle.Latitude),
                ("longitude", vehicle.Longitude),
                ("headingDegrees", 0),
                ("speedMilesPerHour", vehicle.SpeedMilesPerHour)))));
    }

    private static IResult Assignments(SamsaraCall call)
    {
        var filterBy = call.Query("filterBy") ?? throw SamsaraErrorException.Invalid("filterBy is required.");
        if (filterBy is not ("vehicles" or "drivers"))
            throw SamsaraErrorException.Invalid("filterBy must be vehicles or drivers.");
        var (vehicles, drivers) = (call.QueryList("vehicleIds"), call.QueryList("driverIds"));
        var (start, end) = (call.QueryTime("startTime") ?? call.Now, call.QueryTime("endTime") ?? call.Now);
        var found = call.Org.Assignments.Where(assignment =>
            (vehicles is null || vehicles.Contains(assignment.Vehicle.Id))
            && (drivers is null || drivers.Contains(assignment.Driver.Id))
            && assignment.Start <= end
            && (assignment.End is null || assignment.End > start));
        return SamsaraRest.Page(call, found, assignment => $"{assignment.Vehicle.Id}:{assignment.Driver.Id}:{assignment.Start.UtcTicks}", assignment => SimulatorJson.Object(
            ("assignmentType", "driverApp"),
            ("driver", SimulatorJson.Object(("id", assignment.Driver.Id), ("name", assignment.Driver.Name))),
            ("endTime", WireTime.Milliseconds(assignment.End)),
            ("isPassenger", assignment.IsPassenger),
            ("startTime", WireTime.Milliseconds(assignment.Start)),
            ("vehicle", RouteJson.Which(assignment.Vehicle))));
    }

    private static IResult Clocks(SamsaraCall call)
    {
        var wanted = call.QueryList("driverIds");
        var drivers = call.Org.Drivers.Where(driver => driver.DeactivatedAt is null && (wanted is null || wanted.Contains(driver.Id)) && call.Sees(driver.Tags.Select(tag => tag.Id)));
        return SamsaraRest.Page(call, drivers, driver => driver.Id, driver => SimulatorJson.Object(
            ("clocks", FullClocks(call.Now)),
            ("currentDutyStatus", SimulatorJson.Object(("hosStatusType", driver.DutyStatus))),
            ("driver", RouteJson.Who(driver))));
    }

    // Hours of service are not simulated: a driver always has a fresh day before him.
    private static JsonObject FullClocks(DateTimeOffset now) => SimulatorJson.Object(
        ("break", SimulatorJson.Object(("timeUntilBreakDurationMs", 8 * HourMs))),
        ("cycle", SimulatorJson.Object(("cycleRemainingDurationMs", 70 * HourMs), ("cycleStartedAtTime", WireTime.Milliseconds(now)), ("cycleTomorrowDurationMs", 70 * HourMs))),
        ("drive", SimulatorJson.Object(("driveRemainingDurationMs", 11 * HourMs))),
        ("shift", SimulatorJson.Object(("shiftRemainingDurationMs", 14 * HourMs))));
}
