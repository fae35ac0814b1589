using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Samsara;

namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>Dispatch assigns the day's trips in Samsara, which tells nobody of it. One it still edits; one driver gets more than anybody wants to hear of.</summary>
internal sealed class Morning(Stage stage, Fleet fleet, DayNotes notes) : Act(stage, fleet, notes)
{
    /// <summary>Those who have their trip, get another's, or come later.</summary>
    private static readonly string[] s_without = [Cast.Omar, Cast.Nora, Cast.Hana, Cast.Pia, Cast.Quinn, Cast.Sofia, Cast.Tomas, Cast.Marc];

    private static readonly string[] s_twins = [Cast.Kai, Cast.Kiko];
    private static readonly TimeSpan TwoHours = TimeSpan.FromHours(2);
    private static readonly TimeSpan FiveHours = TimeSpan.FromHours(5);
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    public override async Task PlayAsync(CancellationToken ct)
    {
        Stage.Tell("Dispatch assigns the day's trips. Samsara has no event for that: FleetChat looks.");
        foreach (var company in Companies)
        {
            foreach (var driver in company.Roster.Where(d => !s_without.Contains(d.Name) && !s_twins.Contains(d.Name)))
                await SetUp.AddTripAsync(company, driver, driver.Trip, Stage.At(13, 0), TwoHours, window: null, ct);
        }
        foreach (var (company, name) in new[] { (Freight, Cast.Kai), (Cargo, Cast.Kiko) })
            await SetUp.AddTripAsync(company, company.Get(name), company.Get(name).Trip, Stage.At(7, 0), FiveHours, Window, ct);
        foreach (var trip in Cast.OscarsTrips) await SetUp.AddTripAsync(Cargo, Cargo.Get(Cast.Oscar), trip, Stage.At(14, 0), TwoHours, window: null, ct);
        await Stage.PassAsync(Minute, ct);
        await EditAsync(ct);
        await Stage.PassAsync(Settling, ct);
        await AnswerAsync(ct);
    }

    /// <summary>Each edit within three minutes of the one before.</summary>
    private async Task EditAsync(CancellationToken ct)
    {
        Stage.Tell("Ella's trip is not done yet: a stop more, and then a later end.");
        var trip = Freight.Get(Cast.Ella).Trip;
        await Stage.Samsara.ChangeRouteAsync(Freight.OrgId, trip.RouteId, new(AddStops: [new(new(Cast.EllasStop.Name, Stage.At(14, 0), Id: Cast.EllasStop.Id), At: 1)]), ct);
        await Stage.PassAsync(Minute, ct);
        await Stage.Samsara.ChangeRouteAsync(Freight.OrgId, trip.RouteId, new(ChangeStops: [new StopChange(trip.Stops[1].Id, ScheduledArrival: Stage.At(16, 30))]), ct);
        await Stage.PassAsync(Minute, ct);
    }

    private async Task AnswerAsync(CancellationToken ct)
    {
        Stage.Tell("Some take their trips, by a tap or by a word; Vera does not.");
        foreach (var (company, name) in Takers()) await Stage.TapAsync(company, company.Get(name), company.Get(name).Trip.Name, Cast.Accept, ct);
        await Stage.TapAsync(Cargo, Cargo.Get(Cast.Vera), Cargo.Get(Cast.Vera).Trip.Name, Cast.Decline, ct);
        Notes.AcceptedByWord = await Stage.WhatsApp.SendTextAsync(Cargo.NumberId, Cargo.Get(Cast.Lucia).Phone, "Acepto", ct: ct);
        await Stage.PassAsync(Minute, ct);
    }

    private IEnumerable<(Company Company, string Name)> Takers()
        => [.. Cast.Takers.Select(name => (Companies.First(company => company.Roster.Any(d => d.Name == name)), name))];
}
