using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>WhatsApp stumbles, and a driver wants no more messages.</summary>
internal sealed class BrokenLines(Stage stage, Fleet fleet, DayNotes notes) : Act(stage, fleet, notes)
{
    private Driver Maria => Cargo.Drivers[0];

    private Driver Luis => Cargo.Drivers[1];

    private Driver Ana => Cargo.Drivers[2];

    public override async Task PlayAsync(CancellationToken ct)
    {
        Stage.Tell("WhatsApp has trouble for a moment; then it tells a status before it answers.");
        await Stage.WhatsApp.FailSendsAsync(new(NumberId: Cargo.NumberId, ErrorCode: 131000), ct);
        await Stage.ArriveAsync(Cargo, Luis, 1, ct);
        await Stage.SettleAsync(ct);
        await Stage.WhatsApp.FailSendsAsync(new(NumberId: Cargo.NumberId, StatusesFirst: true, DelayMs: 100), ct);
        await Stage.ArriveAsync(Cargo, Maria, 1, ct);
        await Stage.PassAsync(Minute, ct);

        Stage.Tell("Ana reaches a stop, wants no more messages, and reaches the next one.");
        await Stage.ArriveAsync(Cargo, Ana, 0, ct);
        await Stage.SettleAsync(ct);
        Notes.Stop = await Stage.WhatsApp.SendTextAsync(Cargo.NumberId, Ana.Phone, "STOP", ct: ct);
        await Stage.SettleAsync(ct);
        await Stage.ArriveAsync(Cargo, Ana, 1, ct);
        await Stage.PassAsync(Minute, ct);
    }
}
