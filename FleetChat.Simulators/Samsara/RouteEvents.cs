using System.Globalization;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Http;

namespace FleetChat.Simulators.Samsara;

/// <summary>The audit feed's facts once more, in the newer stream's words: its times of an ETA are milliseconds in strings.</summary>
internal static class RouteEvents
{
    private static readonly Dictionary<string, string> Types = new()
    {
        [RouteProgress.StopArrived] = "stopArrived",
        [RouteProgress.StopDeparted] = "stopCompleted",
        [RouteProgress.StopEnRoute] = "stopEnRoute",
        [RouteProgress.StopSkipped] = "stopSkipped",
        [RouteProgress.EtaUpdated] = "stopEtaUpdated",
    };

    public static IResult Stream(SamsaraCall call)
    {
        var (start, end) = (call.RequiredQueryTime("startTime"), call.QueryTime("endTime"));
        var found = call.Org.Audit.Where(entry => Types.ContainsKey(entry.Operation) && entry.Time >= start && !(entry.Time > end) && call.Sees(entry.TagIds));
        return SamsaraRest.Page(call, found, entry => entry.Position.ToString(CultureInfo.InvariantCulture), Json);
    }

    private static JsonObject Json(AuditEntry entry)
    {
        var stop = (JsonObject)((JsonArray)entry.Changes["after"]!["stops"]!)[0]!;
        var eta = (string?)stop["eta"];
        return SimulatorJson.Object(
            ("eventDetails", entry.Operation != RouteProgress.EtaUpdated || eta is null ? null : SimulatorJson.Object(
                ("stopEtaUpdated", SimulatorJson.Object(("etaMs", Milliseconds(DateTimeOffset.Parse(eta, CultureInfo.InvariantCulture))), ("etaUpdatedAtMs", Milliseconds(entry.Time)))))),
            ("eventType", Types[entry.Operation]),
            ("route", SimulatorJson.Object(("id", entry.RouteId))),
            ("stop", SimulatorJson.Object(("id", entry.StopId))),
            ("time", WireTime.Milliseconds(entry.Time)));
    }

    private static string Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
}
