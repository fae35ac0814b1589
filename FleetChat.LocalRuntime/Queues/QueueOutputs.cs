using FleetChat.LocalRuntime.Invocation;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;

namespace FleetChat.LocalRuntime.Queues;

/// <summary>Stores what an invocation puts on queues, all of it in one statement or none.</summary>
internal sealed class QueueOutputs(QueueStore store, QueueDispatcher dispatcher, IOptions<WorkerOptions> options)
{
    public async Task WriteAsync(FunctionBindings bindings)
    {
        List<(string Queue, string Body)>? messages = null;
        foreach (var output in bindings.Function.Outputs)
        {
            if (output.Queue is not { } queue || bindings.OutputOf(output) is not { } value) continue;
            foreach (var body in QueueMessages.Of(HostText.Received(value, options.Value.Serializer!)))
            {
                QueueMessages.RefuseTooLarge(queue, body);
                (messages ??= []).Add((queue, body));
            }
        }
        if (messages is null) return;

        // Not cancelled with the caller: a function that has run to its end gets its messages stored.
        await store.InsertAsync(messages, tellOthers: messages.Exists(m => !dispatcher.CanBegin(m.Queue)), CancellationToken.None);
        foreach (var queue in messages.Select(m => m.Queue).Distinct(StringComparer.Ordinal)) dispatcher.Signal(queue);
    }
}
