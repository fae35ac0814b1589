using System.Diagnostics;

namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>SIGKILL in the middle of the work: WhatsApp has taken messages whose answers never come home.</summary>
internal sealed class Killed(Stage stage, Fleet fleet, DayNotes notes, IMortalHost host) : Act(stage, fleet, notes)
{
    /// <summary>So many answers are on their way when the host dies.</summary>
    internal const int Unanswered = 6;

    private const int LongerThanItLives = 5_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public override async Task PlayAsync(CancellationToken ct)
    {
        Stage.Tell("Bluebonnet's trucks arrive all at once. Samsara's events are acknowledged, WhatsApp has taken some messages: the host is killed.");
        await Stage.WhatsApp.FailSendsAsync(new(Unanswered, Haulage.NumberId, DelayMs: LongerThanItLives), ct);
        await Stage.WhatsApp.HoldAsync(ct);
        foreach (var driver in Haulage.Roster.Where(d => !d.IsHiredLater)) await Stage.ArriveAsync(Haulage, driver, 0, ct);
        await InTheMiddleAsync(ct);
        await host.KillAsync();
        await host.StartAgainAsync(ct);
        await Stage.WhatsApp.ReleaseAsync(ct: ct);
        Stage.Tell("It lives again, and knows what it has done.");
        await Stage.PassAsync(Minute, ct);
    }

    // Real time: the host works while the business clock stands still.
    private async Task InTheMiddleAsync(CancellationToken ct)
    {
        var since = Stopwatch.StartNew();
        while (since.Elapsed < Patience)
        {
            Notes.TakenAtKill = (await Stage.WhatsApp.ChatsAsync(Haulage.NumberId, ct: ct)).Sum(chat => chat.Messages.Count(m => m.From == "business" && IsArrival(m.Text)));
            if (Notes.TakenAtKill >= Unanswered && await Stage.Samsara.PendingAsync(ct) == 0) return;
            await Task.Delay(Pause, ct);
        }
    }

    private bool IsArrival(string text) => Haulage.Roster.Any(d => text.Contains($"{d.Trip.Stops[0].Name} (", StringComparison.Ordinal));
}
