using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FleetChat.Simulators.Samsara;

/// <summary>Dispatch messages to the driver app, in the old API: ids are numbers, errors bare strings, and no message has an id.</summary>
internal static class MessagesApi
{
    private const int LongestText = 2500;
    private const long DayMs = 86_400_000;

    public static void Map(IEndpointRouteBuilder app, SamsaraRest rest)
    {
        app.MapPost("/v1/fleet/messages", rest.Handle(Send));
        app.MapGet("/v1/fleet/messages", rest.Handle(List));
    }

    private static IResult Send(SamsaraCall call)
    {
        var body = call.Body;
        body.RefuseOthers("driverIds", "text");
        var text = body.Text("text", LongestText);
        var ids = body.Array("driverIds").Select(id => id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out var number) ? number : throw body.Bad("driverIds", "must be numbers")).ToList();
        if (ids.Count == 0)
            throw body.Bad("driverIds", "must not be empty");
        var drivers = ids.Select(id => DriversApi.Find(call, id.ToString(CultureInfo.InvariantCulture))).ToList();
        call.Org.Messages.AddRange(drivers.Select(driver => new DispatchMessage(driver.Id, call.Org.Name, "dispatch", call.Now, text, IsRead: false)));
        return SamsaraRest.Data(SimulatorJson.Array(ids.Select(id => SimulatorJson.Object(("driverId", id), ("text", text)))));
    }

    private static IResult List(SamsaraCall call)
    {
        var (end, duration) = (Number(call, "endMs") ?? call.Now.ToUnixTimeMilliseconds(), Number(call, "durationMs") ?? DayMs);
        var found = call.Org.Messages.Where(message => call.Sees(call.Org.GetDriver(message.DriverId)) && message.SentAt.ToUnixTimeMilliseconds() is var sent && sent <= end && sent > end - duration).OrderByDescending(message => message.SentAt);
        return SamsaraRest.Data(SimulatorJson.Array(found.Select(Json)));
    }

    private static long? Number(SamsaraCall call, string name)
        => call.Query(name) is not { } text ? null
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw SamsaraErrorException.Invalid($"{name} must be a number.");

    private static JsonObject Json(DispatchMessage message) => SimulatorJson.Object(
        ("driverId", long.Parse(message.DriverId, CultureInfo.InvariantCulture)),
        ("isRead", message.IsRead),
        ("sender", SimulatorJson.Object(("name", message.SenderName), ("type", message.SenderType))),
        ("sentAtMs", message.SentAt.ToUnixTimeMilliseconds()),
        ("text", message.Text));
}
