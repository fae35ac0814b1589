namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>Trips that drivers know already change, go to somebody else, and are cancelled; and somebody answers what is over.</summary>
internal sealed class Changes(Stage stage, Fleet fleet, DayNotes notes) : Act(stage, fleet, notes)
{
    public override async Task PlayAsync(CancellationToken ct)
    {
        Stage.Tell("Finn gets a stop more and an earlier start, Gus's trip goes to Hana, Iris's is cancelled, and Nora's stops change places.");
        var (finn, gus, iris, nora) = (Freight.Get(Cast.Finn), Freight.Get(Cast.Gus), Freight.Get(Cast.Iris), Freight.Get(Cast.Nora));
        await Stage.Samsara.ChangeRouteAsync(Freight.OrgId, finn.Trip.RouteId, new(
            ChangeStops: [new(finn.Trip.Stops[0].Id, ScheduledArrival: Stage.At(12, 15))],
            AddStops: [new(new(Cast.FinnsStop.Name, Stage.At(14, 0), Id: Cast.FinnsStop.Id), At: 1)]), ct);
        await Stage.Samsara.ChangeRouteAsync(Freight.OrgId, gus.Trip.RouteId, new(DriverId: Freight.Get(Cast.Hana).Id), ct);
        await Stage.Samsara.DeleteRouteAsync(Freight.OrgId, iris.Trip.RouteId, ct);
        await Stage.Samsara.ResequenceAsync(Freight.OrgId, nora.Trip.RouteId, [nora.Trip.Stops[1].Id, nora.Trip.Stops[0].Id], ct: ct);
        await LookAndSettleAsync(ct);

        Stage.Tell("Gus and Iris tap on what is not theirs any more.");
        Notes.TapOnReassigned = await Stage.TapAsync(Freight, gus, gus.Trip.Stops[0].Name, Cast.Accept, ct);
        Notes.TapOnCancelled = await Stage.TapAsync(Freight, iris, iris.Trip.Stops[0].Name, Cast.Accept, ct);
        await Stage.SettleAsync(ct);
    }
}
