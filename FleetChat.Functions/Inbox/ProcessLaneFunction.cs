using FleetChat.Core.Inbox;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.Functions.Inbox;

public sealed class NudgesOut
{
    [QueueOutput(QueueNames.Process)]
    public string[]? Process { get; set; }

    [QueueOutput(QueueNames.Send)]
    public string[]? Send { get; set; }

    [QueueOutput(QueueNames.Call)]
    public string[]? Call { get; set; }

    [QueueOutput(QueueNames.Webhooks)]
    public string[]? Webhooks { get; set; }

    [QueueOutput(QueueNames.Orchestrate)]
    public string[]? Orchestrate { get; set; }

    internal static NudgesOut Of(LaneWork work) => new()
    {
        Process = work.Process.ToMessages(), Send = work.Send.ToMessages(), Call = work.Call.ToMessages(), Webhooks = work.Webhooks.ToMessages(), Orchestrate = work.Orchestrate.ToMessages(),
    };
}

public sealed class ProcessLaneFunction(ProcessLane processLane)
{
    [Function("ProcessLane")]
    public async Task<NudgesOut> RunAsync([QueueTrigger(QueueNames.Process)] string message, CancellationToken ct)
        => NudgesOut.Of(await processLane.HandleAsync(Nudge.Parse(message), ct));
}
