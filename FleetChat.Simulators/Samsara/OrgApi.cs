using System.Globalization;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FleetChat.Simulators.Samsara;

/// <summary>The org itself, who drives its vehicles, and for how long he still may.</summary>
internal static class OrgApi
{
    private const long HourMs = 3_600_000;

    public static void Map(IEndpointRouteBuilder app, SamsaraRest rest)
    {
        app.MapGet("/me", rest.Handle(call => SamsaraRest.Data(SimulatorJson.Object(
            ("carrierSettings", SimulatorJson.Object(("carrierName", call.Org.Name))), ("id", call.Org.Id.ToString(CultureInfo.InvariantCulture)), ("name", call.Org.Name)))));
        app.MapGet("/fleet/driver-vehicle-assignments", rest.Handle(Assignments));
        app.MapGet("/fleet/hos/clocks", rest.Handle(Clocks));
    }

    /// <summary>Hours of service are not simulated: a driver always has a fresh day before him.</summary>
    public static JsonObject FullClocks(DateTimeOffset now) => SimulatorJson.Object(
        ("break", SimulatorJson.Object(("timeUntilBreakDurationMs", 8 * HourMs))),
        ("cycle", SimulatorJson.Object(("cycleRemainingDurationMs", 70 * HourMs), ("cycleStartedAtTime", WireTime.Milliseconds(now)), ("cycleTomorrowDurationMs", 70 * HourMs))),
        ("drive", SimulatorJson.Object(("driveRemainingDurationMs", 11 * HourMs))),
        ("shift", SimulatorJson.Object(("shiftRemainingDurationMs", 14 * HourMs))));

    private static IResult Assignments(SamsaraCall call)
    {
        var filterBy = call.Query("filterBy") ?? throw SamsaraErrorException.Invalid("filterBy is required.");
        if (filterBy is not ("vehicles" or "drivers"))
            throw SamsaraErrorException.Invalid("filterBy must be vehicles or drivers.");
        var (vehicles, drivers, type) = (call.QueryList("vehicleIds"), call.QueryList("driverIds"), call.Query("assignmentType"));
        var (vehicleTags, driverTags) = (call.TagFilter("vehicle"), call.TagFilter("driver"));
        var (start, end) = (call.QueryTime("startTime") ?? call.Now, call.QueryTime("endTime") ?? call.Now);
        var found = call.Org.Assignments.Where(assignment =>
            (vehicles is null || vehicles.Contains(assignment.Vehicle.Id))
            && (drivers is null || drivers.Contains(assignment.Driver.Id))
            && (type is null || assignment.Type == type)
            && vehicleTags(assignment.Vehicle.Tags.Select(tag => tag.Id))
            && driverTags(assignment.Driver.Tags.Select(tag => tag.Id))
            && (call.Sees(assignment.Vehicle) || call.Sees(assignment.Driver))
            && assignment.Touches(start, end));
        return SamsaraRest.Page(call, found, assignment => $"{assignment.Vehicle.Id}:{assignment.Driver.Id}:{assignment.Start.UtcTicks}", assignment => SimulatorJson.Object(
            ("assignedAtTime", WireTime.Milliseconds(assignment.Start)),
            ("assignmentType", assignment.Type),
            ("driver", SimulatorJson.Object(("id", assignment.Driver.Id), ("name", assignment.Driver.Name))),
            ("endTime", WireTime.Milliseconds(assignment.End)),
            ("isPassenger", assignment.IsPassenger),
            ("startTime", WireTime.Milliseconds(assignment.Start)),
            ("vehicle", SimulatorJson.Object(("id", assignment.Vehicle.Id), ("name", assignment.Vehicle.Name)))));
    }

    private static IResult Clocks(SamsaraCall call)
    {
        var (wanted, tags) = (call.QueryList("driverIds"), call.TagFilter());
        var drivers = call.Org.Drivers.Where(driver =>
            driver.DeactivatedAt is null && (wanted is null || wanted.Contains(driver.Id)) && tags(driver.Tags.Select(tag => tag.Id)) && call.Sees(driver));
        return SamsaraRest.Page(call, drivers, driver => driver.Id, driver => SimulatorJson.Object(
            ("clocks", FullClocks(call.Now)),
            ("currentDutyStatus", SimulatorJson.Object(("hosStatusType", driver.DutyStatus))),
            ("currentVehicle", call.Org.Assignments.Find(assignment => assignment.Driver == driver && assignment.Touches(call.Now, call.Now)) is { } now ? RouteJson.Which(now.Vehicle) : null),
            ("driver", RouteJson.Who(driver))));
    }
}
