using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Functions.Inbox;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.Functions.Messaging;

public sealed class SendLaneFunction(SendLane sendLane)
{
    [Function("SendLane")]
    [QueueOutput(QueueNames.Send)]
    public async Task<string[]> RunAsync([QueueTrigger(QueueNames.Send)] string message, CancellationToken ct)
        => (await sendLane.HandleAsync(Nudge.Parse(message), ct)).ToMessages();
}
