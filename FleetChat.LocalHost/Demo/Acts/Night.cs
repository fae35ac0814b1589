namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>Dispatch assigns two trips before six in the morning: one can wait, one cannot.</summary>
internal sealed class Night(Stage stage, Fleet fleet, DayNotes notes) : Act(stage, fleet, notes)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public override async Task PlayAsync(CancellationToken ct)
    {
        Stage.Tell("It is still night. Dispatch assigns Omar a trip that begins at seven, and Nora one that begins at ten.");
        var (omar, nora) = (Freight.Get(Cast.Omar), Freight.Get(Cast.Nora));
        await SetUp.AddTripAsync(Freight, omar, omar.Trip, Stage.At(7, 0), Hour, window: null, ct);
        await SetUp.AddTripAsync(Freight, nora, nora.Trip, Stage.At(10, 0), Hour, window: null, ct);
        await LookAndSettleAsync(ct);
        Stage.Tell("Omar knows. Nora may sleep until six.");
        await Stage.PassUntilAsync(6, 0, ct);
    }
}
