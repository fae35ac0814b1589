using System.Globalization;
using System.Text.Json.Nodes;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Samsara;

namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>What comes twice, what is forged or another's, and who is on no roster.</summary>
internal sealed class Intruders(Stage stage, Fleet fleet, DayNotes notes) : Act(stage, fleet, notes)
{
    private Driver Maria => Freight.Drivers[0];

    private Driver Luis => Cargo.Drivers[1];

    public override async Task PlayAsync(CancellationToken ct)
    {
        await RepeatsAsync(ct);
        await ForgeriesAsync(ct);
        await StrangersAsync(ct);
    }

    private async Task RepeatsAsync(CancellationToken ct)
    {
        Stage.Tell("Samsara and WhatsApp deliver again what they delivered, and Samsara tells a fact under a new event id.");
        await Stage.Samsara.EmitAgainAsync(Notes.RedeliveredEvent, ct);
        if (Notes.RedeliveredTap is { } tap) await Stage.WhatsApp.RedeliverAsync(tap, ct);
        Notes.SecondEventOfFact = await TellAgainAsync(Cargo, Luis, Notes.FirstEventOfFact, ct);
        await Stage.PassAsync(Minute, ct);
    }

    private async Task ForgeriesAsync(CancellationToken ct)
    {
        Stage.Tell("Forged signatures at both doors; then another org's event and another webhook's, signed rightly.");
        await ArriveAtGhostAsync(1, new(Forgery: Forgery.WrongSecret), ct);
        await ArriveAtGhostAsync(2, new(Forgery: Forgery.TamperedBody), ct);
        await ArriveAtGhostAsync(3, new(BodyOrgId: Cargo.OrgId), ct);
        await ArriveAtGhostAsync(4, new(BodyWebhookId: Cargo.WebhookId), ct);
        await Stage.WhatsApp.SendTextAsync(Freight.NumberId, Maria.Phone, "I never wrote this.", new(Forged: true), ct);
        await Stage.PassAsync(Minute, ct);
    }

    private async Task StrangersAsync(CancellationToken ct)
    {
        Stage.Tell("Somebody on no roster writes twice, and once to a number that is nobody's.");
        await Stage.WhatsApp.SendTextAsync(Freight.NumberId, Cast.Stranger, "Where is my load?", ct: ct);
        await Stage.SettleAsync(ct);
        await Stage.WhatsApp.SendTextAsync(Freight.NumberId, Cast.Stranger, "Hello?", ct: ct);
        await Stage.WhatsApp.SendTextAsync(Cast.NobodysNumberId, Cast.Stranger, "Anybody?", ct: ct);
        await Stage.PassAsync(Minute, ct);
    }

    private async Task ArriveAtGhostAsync(int number, EventOptions how, CancellationToken ct)
    {
        var trip = Cast.GhostTrip(number);
        await SetUp.AddTripAsync(Freight, Maria, trip, Stage.Now, ct);
        await Stage.Samsara.ArriveAsync(Freight.OrgId, trip.RouteId, trip.Stops[0].Id, how with { WebhookId = Freight.WebhookId }, ct);
        // Only the delivery knows of it: a look at Samsara must not.
        await Stage.Samsara.DeleteRouteAsync(Freight.OrgId, trip.RouteId, ct);
    }

    /// <summary>The arrival once more, as Samsara would tell it under another event id.</summary>
    private async Task<string> TellAgainAsync(Company company, Driver driver, string eventId, CancellationToken ct)
    {
        var told = (await Stage.Samsara.JournalAsync(ct: ct)).First(entry => entry.Kind == "webhook.emitted" && entry.Data.GetProperty("event_id").GetString() == eventId);
        var at = told.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var stop = driver.Trip.Stops[0];
        var data = new JsonObject
        {
            ["driver"] = new JsonObject { ["id"] = driver.Id, ["name"] = driver.Name },
            ["route"] = new JsonObject { ["id"] = driver.Trip.RouteId, ["name"] = driver.Trip.Name },
            ["routeStopDetails"] = new JsonObject { ["id"] = stop.Id, ["state"] = "arrived", ["actualArrivalTime"] = at },
            ["time"] = at,
            ["type"] = "route tracking",
        };
        return (await Stage.Samsara.EmitAsync(company.OrgId, "RouteStopArrival", data, ct: ct)).Single().EventId;
    }
}
