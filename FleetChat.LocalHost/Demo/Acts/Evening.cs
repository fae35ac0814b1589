namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>Past the doubt window, after which an attempt that nothing had settled would be sent once more.</summary>
internal sealed class Evening(Stage stage, Fleet fleet, DayNotes notes) : Act(stage, fleet, notes)
{
    private const int Rounds = 12;

    /// <summary>Longer than the lease of a process that was killed, which runs out by real seconds.</summary>
    private const int MostLooks = 90;

    public override async Task PlayAsync(CancellationToken ct)
    {
        Stage.Tell("The clock goes on: nothing is sent late, and nothing twice.");
        var looks = 0;
        for (var round = 0; round < Rounds; round++)
        {
            await Stage.PassAsync(Minute, ct);
            // A message that waits for another try is found by the sweep; it looks at real seconds too, so that nobody is told twice.
            for (; looks < MostLooks && await IsWaitingAsync(ct); looks++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), ct);
                await Stage.PassAsync(TimeSpan.FromSeconds(5), ct);
            }
        }
    }

    private async Task<bool> IsWaitingAsync(CancellationToken ct)
    {
        foreach (var company in Companies)
        {
            if ((await Stage.LookAsync(company, ct)).Any(message => message is { IsOutbound: true, Status: "queued" })) return true;
            if ((await Stage.ApiOf(company).ListAsync<ApiEvent>("api/events", ct)).Any(e => e.Status == "pending")) return true;
        }
        return false;
    }
}
