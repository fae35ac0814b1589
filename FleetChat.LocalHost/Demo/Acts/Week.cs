namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>A week goes by over a question: reminders, a STOP between them, the end of it.</summary>
internal sealed class Week(Stage stage, Fleet fleet, DayNotes notes) : Act(stage, fleet, notes)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public override async Task PlayAsync(CancellationToken ct)
    {
        Stage.Tell("A day later those who have not answered are asked once more. Stan wants no messages at all.");
        await PassUntilAsync(24, ct);
        var stan = Haulage.Get(Cast.Stan);
        Notes.StansStop = await Stage.WhatsApp.SendTextAsync(Haulage.NumberId, stan.Phone, "STOP", ct: ct);
        await Stage.PassAsync(Hour, ct);

        Stage.Tell("Two days later Inés is asked a last time. Stan has thought it over.");
        await PassUntilAsync(72, ct);
        Notes.StansStart = await Stage.WhatsApp.SendTextAsync(Haulage.NumberId, stan.Phone, "START", ct: ct);
        await Stage.SettleAsync(ct);
        await ArriveAsync(stan, ct);
        await Stage.PassAsync(Minute, ct);

        Stage.Tell("After a week the question to Inés has run out.");
        await PassUntilAsync(7 * 24, ct);
    }

    /// <summary>So many hours after they were asked, and a minute.</summary>
    private Task PassUntilAsync(int hours, CancellationToken ct) => Stage.PassAsync(Notes.Asked.AddHours(hours) + Minute - Stage.Now, ct);
}
