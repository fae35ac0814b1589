using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>The first trucks arrive, and their drivers answer: one drives for two companies, two share a phone.</summary>
internal sealed class Arrivals(Stage stage, Fleet fleet, DayNotes notes) : Act(stage, fleet, notes)
{
    private Driver Maria => Freight.Drivers[0];

    private Driver Jack => Freight.Drivers[1];

    private Driver Rosa => Freight.Drivers[2];

    private Driver MariaOfCargo => Cargo.Drivers[0];

    private Driver Luis => Cargo.Drivers[1];

    public override async Task PlayAsync(CancellationToken ct)
    {
        await FirstStopsAsync(ct);
        await LostAnswerAsync(ct);
        await OnePhoneForTwoCompaniesAsync(ct);
        await SharedPhoneAsync(ct);
    }

    private async Task FirstStopsAsync(CancellationToken ct)
    {
        Stage.Tell("Maria's truck reaches its first stop.");
        Notes.RedeliveredEvent = await Stage.ArriveAsync(Freight, Maria, 0, ct);
        await Stage.SettleAsync(ct);

        Stage.Tell("WhatsApp shuffles statuses, sends some twice and leaves some out. The other trucks arrive.");
        await Stage.WhatsApp.PlanStatusesAsync(new(Freight.NumberId, Shuffled: true, Copies: 2), ct);
        await Stage.WhatsApp.PlanStatusesAsync(new(Cargo.NumberId, Shuffled: true, SkipDelivered: true), ct);
        await Stage.ArriveAsync(Cargo, MariaOfCargo, 0, ct);
        Notes.FirstEventOfFact = await Stage.ArriveAsync(Cargo, Luis, 0, ct);
        await Stage.PassAsync(Minute, ct);
    }

    /// <summary>Early, so that the day is long enough to see that it is not sent once more.</summary>
    private async Task LostAnswerAsync(CancellationToken ct)
    {
        Stage.Tell("The shared truck arrives. WhatsApp takes the message, and its answer is lost on the way.");
        await Stage.WhatsApp.FailSendsAsync(new(NumberId: Freight.NumberId, LoseAnswer: true), ct);
        await Stage.ArriveAsync(Freight, Jack, 0, ct);
        await Stage.SettleAsync(ct);
        await Stage.ArriveAsync(Freight, Rosa, 0, ct);
        await Stage.PassAsync(Minute, ct);
    }

    private async Task OnePhoneForTwoCompaniesAsync(CancellationToken ct)
    {
        Stage.Tell("Maria, who drives for both, answers both. WhatsApp tells it in one POST.");
        await Stage.WhatsApp.HoldAsync(ct);
        Notes.TapInOnePost = await Stage.TapAsync(Freight, Maria, 0, Done, ct);
        Notes.OtherTapInOnePost = await Stage.TapAsync(Cargo, MariaOfCargo, 0, Problem, ct);
        await Stage.WhatsApp.ReleaseAsync(new(OnePost: true), ct);
        await Stage.PassAsync(Minute, ct);
    }

    private async Task SharedPhoneAsync(CancellationToken ct)
    {
        Stage.Tell("On the shared phone somebody writes, and then each of the two taps.");
        Notes.SharedText = await Stage.WhatsApp.SendTextAsync(Freight.NumberId, Jack.Phone, "Which gate is it?", ct: ct);
        await Stage.SettleAsync(ct);
        Notes.RedeliveredTap = await Stage.TapAsync(Freight, Jack, 0, Done, ct);
        await Stage.SettleAsync(ct);
        Notes.JacksStopAfterJacksTap = await StateOfFirstStopAsync(Jack, ct);
        Notes.RosasStopAfterJacksTap = await StateOfFirstStopAsync(Rosa, ct);
        await Stage.TapAsync(Freight, Rosa, 0, Done, ct);
        await Stage.PassAsync(Minute, ct);
    }

    private async Task<string?> StateOfFirstStopAsync(Driver driver, CancellationToken ct)
    {
        var transports = await Stage.ApiOf(Freight).ListAsync<ApiTransport>("api/transports", ct);
        if (transports.FirstOrDefault(t => t.SamsaraRouteId == driver.Trip.RouteId) is not { } transport) return null;
        var detail = await Stage.ApiOf(Freight).GetAsync<ApiTransport>($"api/transports/{transport.Id}", ct);
        return detail.Stops!.FirstOrDefault(s => s.SamsaraStopId == driver.Trip.Stops[0].Id)?.State;
    }
}
