using FleetChat.Core.Samsara.Polling;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.Functions.Samsara;

public sealed class KeepPollsFunction(KeepPolls keepPolls)
{
    /// <summary>The polls themselves are calls, and found by the sweep when they are due.</summary>
    [Function("KeepPolls")]
    public Task RunAsync([TimerTrigger("30 * * * * *")] TimerInfo timer, CancellationToken ct) => keepPolls.HandleAsync(ct);
}
