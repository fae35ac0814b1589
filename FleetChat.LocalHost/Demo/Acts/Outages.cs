using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>Samsara's REST API is away for some minutes, and then WhatsApp.</summary>
internal sealed class Outages(Stage stage, Fleet fleet, DayNotes notes) : Act(stage, fleet, notes)
{
    /// <summary>More than are made meanwhile.</summary>
    private const int AllCalls = 100_000;

    public override async Task PlayAsync(CancellationToken ct)
    {
        await SamsaraAsync(ct);
        await WhatsAppAsync(ct);
    }

    private async Task SamsaraAsync(CancellationToken ct)
    {
        Stage.Tell("Samsara does not answer any more. Dispatch assigns Marc a trip, Nora takes hers, and Mateo arrives.");
        await Stage.Samsara.FailCallsAsync(new(503, AllCalls), ct);
        Notes.SamsaraAwayFrom = Stage.Now;
        var marc = Haulage.Get(Cast.Marc);
        await SetUp.AddTripAsync(Haulage, marc, marc.Trip, Stage.At(13, 30), TimeSpan.FromHours(1), window: null, ct);
        await Stage.TapAsync(Freight, Freight.Get(Cast.Nora), Freight.Get(Cast.Nora).Trip.Stops[0].Name, Cast.Accept, ct);
        await Stage.ArriveAsync(Cargo, Cargo.Get(Cast.Mateo), 0, ct);
        for (var minute = 0; minute < 4; minute++) await Stage.PassAsync(Minute, ct);
        Stage.Tell("Samsara is back.");
        await Stage.Samsara.ClearFaultsAsync(ct);
        Notes.SamsaraAwayUntil = Stage.Now;
        await LookAndSettleAsync(ct);
    }

    private async Task WhatsAppAsync(CancellationToken ct)
    {
        Stage.Tell("WhatsApp takes nothing any more, and four trucks arrive.");
        await Stage.WhatsApp.FailSendsAsync(new(AllCalls, ErrorCode: 131016, HttpStatus: 503), ct);
        Notes.WhatsAppAwayFrom = Stage.Now;
        foreach (var name in Cast.Unreached) await Stage.ArriveAsync(Cargo, Cargo.Get(name), 0, ct);
        await Stage.PassAsync(Minute, ct);
        Stage.Tell("WhatsApp is back.");
        await Stage.WhatsApp.ClearFaultsAsync(ct);
        Notes.WhatsAppAwayUntil = Stage.Now;
        await Stage.PassAsync(Minute, ct);
    }
}
