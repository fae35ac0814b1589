using FleetChat.LocalRuntime.Invocation;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;

namespace FleetChat.LocalRuntime.Queues;

/// <summary>Stores what an invocation puts on queues, all of it in one statement or none.</summary>
internal sealed class QueueOutputs(QueueStore store, QueueDispatcher dispatcher, IOptions<WorkerOptions> options)
{
    public async Task WriteAsync(FunctionBindings bindings)
    {
        List<NewMessage>? messages = null;
        foreach (var output in bindings.Function.Outputs)
        {
            if (output.Queue is not { } queue || bindings.OutputOf(output) is not { } value) continue;
            foreach (var body in QueueMessages.Of(HostText.Received(value, options.Value.Serializer!)))
            {
                QueueMessages.RefuseTooLarge(queue, body);
                (messages ??= []).Add(new(queue, body));
            }
        }
        if (messages is not null) await StoreAsync(messages);
    }

    /// <summary>Messages that this process has room for are stored as claimed and begun without a look into the queue.</summary>
    private async Task StoreAsync(List<NewMessage> messages)
    {
        var rooms = new List<QueueListener>();
        for (var i = 0; i < messages.Count; i++)
        {
            if (dispatcher.TryReserve(messages[i].Queue) is not { } room) continue;
            rooms.Add(room);
            messages[i] = messages[i] with { BeginsAtOnce = true };
        }
        string[] waiting = [.. messages.Where(m => !m.BeginsAtOnce).Select(m => m.Queue).Distinct(StringComparer.Ordinal)];
        try
        {
            // Not cancelled with the caller: a function that has run to its end gets its messages stored.
            foreach (var message in await store.InsertAsync(messages, dispatcher.HostId, Array.FindAll(waiting, q => !dispatcher.HasRoom(q)), CancellationToken.None))
            {
                var room = rooms.Find(r => r.Queue == message.Queue)!;
                rooms.Remove(room);
                dispatcher.BeginReserved(room, message);
            }
        }
        finally
        {
            foreach (var room in rooms) room.End();
        }
        foreach (var queue in waiting) dispatcher.Signal(queue);
    }
}
