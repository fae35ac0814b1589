using System.Diagnostics;
using System.Globalization;
using FleetChat.Core.Messaging;
using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>A company that has just come in: its first truck arrives, and its driver hears of it. Meta thinks about the company's name meanwhile.</summary>
internal sealed class FirstMessage(Stage stage, Fleet fleet, DayNotes notes) : Act(stage, fleet, notes)
{
    private Driver Bess => Haulage.Get(Cast.Bess);

    public override async Task PlayAsync(CancellationToken ct)
    {
        Stage.Tell("All three are in. Bess's truck arrives.");
        await Stage.ArriveAsync(Haulage, Bess, 0, ct);
        await Stage.SettleAsync(ct);
        if ((await Stage.LookAsync(Haulage, ct)).Any(message => message is { Template: TemplateSet.StopArrived, Status: "delivered" or "read" })) Notes.BroughtInWithin = Stopwatch.GetElapsedTime(Notes.Registered);
        Stage.Tell(string.Create(CultureInfo.InvariantCulture, $"She knows, {Notes.BroughtInWithin?.TotalSeconds ?? double.NaN:F0} real seconds after Bluebonnet's registration. Now Meta approves Bluebonnet's name."));
        await Stage.WhatsApp.DecideNameAsync(new(Haulage.NumberId), ct);
        await Stage.PassUntilAsync(DayClock.DayBegins.Hours, DayClock.DayBegins.Minutes, ct);
    }
}
