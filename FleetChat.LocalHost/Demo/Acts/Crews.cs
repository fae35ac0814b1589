using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>Trips that are given to a truck: one is driven by two, another changes hands.</summary>
internal sealed class Crews(Stage stage, Fleet fleet, DayNotes notes) : Act(stage, fleet, notes)
{
    private static readonly TimeSpan TwoHours = TimeSpan.FromHours(2);

    public override async Task PlayAsync(CancellationToken ct)
    {
        Stage.Tell("Two trips are given to trucks. Pia drives one, and Quinn rides along; Sofía drives the other.");
        var (pia, quinn, sofia, tomas) = (Freight.Get(Cast.Pia), Freight.Get(Cast.Quinn), Cargo.Get(Cast.Sofia), Cargo.Get(Cast.Tomas));
        var (team, other) = (await AddTruckAsync(Freight, "Team truck", ct), await AddTruckAsync(Cargo, "Camión 7", ct));
        await Stage.Samsara.AssignAsync(Freight.OrgId, new(pia.Id, team), ct);
        await Stage.Samsara.AssignAsync(Freight.OrgId, new(quinn.Id, team, IsPassenger: true), ct);
        await Stage.Samsara.AssignAsync(Cargo.OrgId, new(sofia.Id, other), ct);
        // It begins now: who drives it at this moment counts.
        await Stage.Samsara.AddRouteAsync(Freight.OrgId, CompanySetUp.RouteOf(pia.Trip, Stage.Now, TwoHours) with { VehicleId = team }, ct);
        await Stage.Samsara.AddRouteAsync(Cargo.OrgId, CompanySetUp.RouteOf(sofia.Trip, Stage.Now, TwoHours) with { VehicleId = other }, ct);
        await LookAndSettleAsync(ct);

        Stage.Tell("Tomás takes over Sofía's truck.");
        await Stage.Samsara.AssignAsync(Cargo.OrgId, new(tomas.Id, other), ct);
        await LookAndSettleAsync(ct);
        Notes.TapOnSwapped = await Stage.TapAsync(Cargo, sofia, sofia.Trip.Name, Cast.Accept, ct);
        await Stage.ArriveAsync(Freight, pia, 0, ct);
        await Stage.ArriveAsync(Cargo, sofia, 0, ct);
        await Stage.SettleAsync(ct);
        await Stage.TapAsync(Freight, quinn, pia.Trip.Stops[0].Name, Done, ct);
        await Stage.SettleAsync(ct);
    }

    private Task<string> AddTruckAsync(Company company, string name, CancellationToken ct)
        => Stage.Samsara.AddVehicleAsync(company.OrgId, new(name, Tags: company.Tag is { } tag ? [tag] : null), ct);
}
