using FleetChat.Core.Inbox;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.Functions.Inbox;

public sealed class SweepFunction(Sweep sweep)
{
    [Function("Sweep")]
    public async Task<NudgesOut> RunAsync([TimerTrigger("*/5 * * * * *")] TimerInfo timer, CancellationToken ct)
        => NudgesOut.Of(await sweep.HandleAsync(ct));
}

public sealed class KeepInboxFunction(KeepInbox keepInbox)
{
    [Function("KeepInbox")]
    public Task RunAsync([TimerTrigger("0 17 * * * *")] TimerInfo timer, CancellationToken ct) => keepInbox.HandleAsync(ct);
}
