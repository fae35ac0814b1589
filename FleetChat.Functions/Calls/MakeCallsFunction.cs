using FleetChat.Core.Calls;
using FleetChat.Core.Inbox;
using FleetChat.Functions.Inbox;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.Functions.Calls;

public sealed class MakeCallsFunction(MakeCalls makeCalls)
{
    [Function("MakeCalls")]
    public async Task<NudgesOut> RunAsync([QueueTrigger(QueueNames.Call)] string message, CancellationToken ct)
        => NudgesOut.Of(await makeCalls.HandleAsync(Nudge.Parse(message), ct));
}
