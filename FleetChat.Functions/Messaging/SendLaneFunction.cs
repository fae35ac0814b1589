using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Functions.Inbox;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.Functions.Messaging;

public sealed class SendLaneFunction(SendLane sendLane)
{
    [Function("SendLane")]
    public async Task<NudgesOut> RunAsync([QueueTrigger(QueueNames.Send)] string message, CancellationToken ct)
        => NudgesOut.Of(await sendLane.HandleAsync(Nudge.Parse(message), ct));
}
