using FleetChat.Core.Inbox;
using FleetChat.Core.Webhooks;
using FleetChat.Functions.Inbox;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.Functions.Webhooks;

public sealed class DeliverWebhooksFunction(DeliverWebhooks deliver)
{
    [Function("DeliverWebhooks")]
    [QueueOutput(QueueNames.Webhooks)]
    public async Task<string[]> RunAsync([QueueTrigger(QueueNames.Webhooks)] string message, CancellationToken ct)
        => (await deliver.HandleAsync(Nudge.Parse(message), ct)).ToMessages();
}
