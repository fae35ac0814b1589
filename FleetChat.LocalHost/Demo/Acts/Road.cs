using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Samsara;

namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>Two drivers of two companies drive the same, from the first stop that comes up to the last that is left: what they hear of it is their companies' choice.</summary>
internal sealed class Road(Stage stage, Fleet fleet, DayNotes notes) : Act(stage, fleet, notes)
{
    /// <summary>Off by default.</summary>
    private static readonly string[] s_switchedOn = ["stop_departed", "route_completed", "site_entered", "site_left", "hos_violation", "samsara_alert"];

    private static readonly TimeSpan MorePages = TimeSpan.FromMinutes(2);

    private (Company Company, Driver Driver)[] Twins => [(Freight, Freight.Get(Cast.Kai)), (Cargo, Cargo.Get(Cast.Kiko))];

    public override async Task PlayAsync(CancellationToken ct)
    {
        Stage.Tell("Rio Grande Cargo switches on what is off by default. Kai and Kiko drive the same trip for their companies.");
        foreach (var rule in s_switchedOn) await Stage.ApiOf(Cargo).ChangeAsync($"api/rules/{rule}", new { is_on = true }, ct);
        await TowardsAsync(ct);
        await FirstStopAsync(ct);
        await LastStopAsync(ct);
        await YardsAsync(ct);
        await AlertsAsync(ct);
    }

    private async Task TowardsAsync(CancellationToken ct)
    {
        await Stage.Samsara.ChangeDriverAsync(Freight.OrgId, Freight.Get(Cast.Omar).Id, new(DutyStatus: "driving"), ct);
        await Stage.PassUntilAsync(6, 30, ct);
        Stage.Tell("Their first stop comes up in half an hour, and Omar's, who drives. Then Samsara expects Kai and Kiko 25 minutes late.");
        foreach (var (company, driver) in Twins) await Stage.Samsara.EtaAsync(company.OrgId, driver.Trip.RouteId, driver.Trip.Stops[0].Id, Stage.At(7, 25), ct: ct);
        await Stage.SettleAsync(ct);
        await Stage.PassAsync(Settling, ct);
        await StandAsync(ct);
    }

    private async Task StandAsync(CancellationToken ct)
    {
        Stage.Tell("Omar stands. What waited while he drove may go out.");
        var omar = (await Stage.ApiOf(Freight).ListAsync<ApiDriver>("api/drivers", ct)).FirstOrDefault(d => d.SamsaraDriverId == Freight.Get(Cast.Omar).Id);
        Notes.HeldBecause = (await Stage.LookAsync(Freight, ct)).FirstOrDefault(m => m.DriverId == omar?.Id && m.HeldBecause is not null)?.HeldBecause;
        await Stage.Samsara.ChangeDriverAsync(Freight.OrgId, Freight.Get(Cast.Omar).Id, new(DutyStatus: "onDuty"), ct);
        Notes.OmarStopped = Stage.Now;
        await Stage.PassAsync(Minute, ct);
    }

    private async Task FirstStopAsync(CancellationToken ct)
    {
        await Stage.PassUntilAsync(7, 40, ct);
        Stage.Tell("They arrive forty minutes late. Kai photographs four pages; Kiko has none. Both go on.");
        foreach (var (company, driver) in Twins) await Stage.ArriveAsync(company, driver, 0, ct);
        await Stage.SettleAsync(ct);
        var (kai, photos) = (Twins[0].Driver, new List<string>());
        for (var page = 0; page < Cast.Pages; page++) photos.Add(await PhotographAsync(Freight, kai, ct));
        Notes.FourPhotos = photos;
        await Stage.SettleAsync(ct);
        await Stage.PassAsync(MorePages, ct);
        foreach (var (company, driver) in Twins) await Stage.DepartAsync(company, driver, 0, ct);
        await Stage.PassUntilAsync(8, 15, ct);
    }

    private async Task LastStopAsync(CancellationToken ct)
    {
        Stage.Tell("Rio Grande Cargo has asked Kiko for the missing paper. Hours early they reach the last stop, photograph a page, and are done.");
        foreach (var (company, driver) in Twins) await Stage.ArriveAsync(company, driver, 1, ct);
        // A photo that overtakes the arrival is one of the stop before.
        await Stage.SettleAsync(ct);
        foreach (var (company, driver) in Twins) await PhotographAsync(company, driver, ct);
        await Stage.SettleAsync(ct);
        await Stage.PassAsync(MorePages, ct);
        foreach (var (company, driver) in Twins) await Stage.DepartAsync(company, driver, 1, ct);
        await Stage.SettleAsync(ct);
    }

    private async Task YardsAsync(CancellationToken ct)
    {
        Stage.Tell("Iris and Vera, who have no trip any more, take trucks to their companies' yards and drive off again.");
        var visits = new List<(Company Company, string Yard, string Truck)>();
        foreach (var (company, driver) in new[] { (Freight, Freight.Get(Cast.Iris)), (Cargo, Cargo.Get(Cast.Vera)) })
        {
            IReadOnlyList<Tag>? tags = company.Tag is { } tag ? [tag] : null;
            var truck = await Stage.Samsara.AddVehicleAsync(company.OrgId, new($"Yard truck of {driver.Name}", Tags: tags), ct);
            await Stage.Samsara.AssignAsync(company.OrgId, new(driver.Id, truck), ct);
            visits.Add((company, await Stage.Samsara.AddAddressAsync(company.OrgId, new($"Yard of {company.Name}", "1 Main St", 30.3, -97.7, Tags: tags), ct), truck));
        }
        foreach (var (company, yard, truck) in visits) await Stage.Samsara.CrossGeofenceAsync(company.OrgId, yard, new(truck), ct);
        await Stage.PassAsync(2 * Minute, ct);
        foreach (var (company, yard, truck) in visits) await Stage.Samsara.CrossGeofenceAsync(company.OrgId, yard, new(truck, Exit: true), ct);
        await Stage.SettleAsync(ct);
    }

    private async Task AlertsAsync(CancellationToken ct)
    {
        Stage.Tell("Both trucks show defects at an inspection, both drivers drive too long, both press the panic button.");
        foreach (var (company, driver) in Twins)
        {
            var vehicle = await Stage.Samsara.AddVehicleAsync(company.OrgId, new($"Truck of {driver.Name}", Tags: company.Tag is { } tag ? [tag] : null), ct);
            var about = new SampleWish(DriverId: driver.Id, VehicleId: vehicle);
            await Stage.Samsara.EmitSampleAsync(company.OrgId, "DvirSubmitted", new(about), ct);
            await Stage.Samsara.RaiseIncidentAsync(company.OrgId, new("hosViolation", Subject: about), ct);
            await Stage.Samsara.RaiseIncidentAsync(company.OrgId, new("panicButton", Subject: about), ct);
        }
        await Stage.PassAsync(Minute, ct);
    }

    private Task<string> PhotographAsync(Company company, Driver driver, CancellationToken ct)
        => Stage.WhatsApp.SendMediaAsync(new(company.NumberId, driver.Phone, "image", "image/jpeg", Dispatchers.Picture), ct);
}
