using FleetChat.LocalRuntime.Hosting;
using Grpc.Core;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>Puts clients' messages into inboxes, those of many callers in one round trip, in their order.</summary>
internal sealed class MessageSender
{
    private const int LargestBatch = 200;
    private readonly DurableNode _node;
    private readonly Batcher<NewMessage, MessageReceipt> _batches;

    public MessageSender(DurableNode node)
    {
        _node = node;
        _batches = new(LargestBatch, async messages => await node.Instances.SendAsync(node.Clock.GetUtcNow(), messages, CancellationToken.None));
    }

    /// <param name="whenEnded">What the real client's exception says of an instance that has ended; null: it says nothing, and nothing happens.</param>
    /// <exception cref="RpcException">There is no such instance, or it has ended.</exception>
    public async Task SendAsync(NewMessage message, StatusCode? whenEnded, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        await _node.ReadyAsync();
        var receipt = await _batches.AddAsync(message);
        if (receipt.Status is not { } status)
            throw new RpcException(new Status(StatusCode.NotFound, $"No instance with ID '{message.InstanceId}' was found."));
        if (InstanceStatus.IsEnded(status))
        {
            if (whenEnded is not { } code) return;
            throw new RpcException(new Status(code, $"The orchestration instance '{message.InstanceId}' has ended and takes no messages."));
        }
        _node.Route(new(receipt.Instance, receipt.Owner));
    }
}
