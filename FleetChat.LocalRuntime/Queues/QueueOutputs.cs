using System.Diagnostics;
using FleetChat.LocalRuntime.Invocation;
using FleetChat.LocalRuntime.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FleetChat.LocalRuntime.Queues;

/// <summary>Stores what an invocation puts on queues, all of it in one statement or none.</summary>
internal sealed class QueueOutputs(QueueDispatcher dispatcher, IOptions<WorkerOptions> options)
{
    /// <summary>With the pauses between them about three seconds, as long as a restart of Postgres takes.</summary>
    private const int Tries = 6;

    /// <param name="traceParent">Of the invocation: where nobody listens, what its trigger brought along goes on with the messages.</param>
    public async Task WriteAsync(FunctionBindings bindings, string traceParent)
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
        if (messages is not null) await SendAsync(messages, traceParent);
    }

    private async Task SendAsync(List<NewMessage> messages, string traceParent)
    {
        // Only what is one is stored: a caller may write anything into his header.
        var inherited = ActivityContext.TryParse(traceParent, traceState: null, out _) ? traceParent : null;
        var spans = new Stack<Activity>();
        try
        {
            foreach (var queue in messages.Select(m => m.Queue).Distinct(StringComparer.Ordinal).ToArray())
            {
                var span = QueueTelemetry.StartSending(queue, messages.Count(m => m.Queue == queue));
                if (span is not null) spans.Push(span);
                for (var i = 0; i < messages.Count; i++)
                    if (messages[i].Queue == queue) messages[i] = messages[i] with { TraceParent = span?.Id ?? inherited };
            }
            await StoreAsync(messages);
            QueueTelemetry.RecordSent(messages);
        }
        catch (Exception exception)
        {
            foreach (var span in spans) span.Fail(exception);
            throw;
        }
        finally
        {
            foreach (var span in spans) span.Dispose();
        }
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
            foreach (var message in await InsertAsync(messages, Array.FindAll(waiting, dispatcher.IsForOthers)))
            {
                var room = rooms.Find(r => r.Queue == message.Queue)!;
                rooms.Remove(room);
                dispatcher.Begin(room, message);
            }
        }
        finally
        {
            foreach (var room in rooms) room.GiveBack();
        }
        foreach (var queue in waiting) dispatcher.Signal(queue);
    }

    /// <summary>
    /// As the real host's storage client: when the queue cannot be reached, it tries again before the caller gets a 500, and
    /// rather stores a message twice than not at all. Not cancelled with the caller, because the function has run to its end.
    /// </summary>
    private async Task<List<ClaimedMessage>> InsertAsync(List<NewMessage> messages, string[] tellOthersOf)
    {
        var pause = RetryPause.None;
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await dispatcher.Claims.InsertAsync(messages, tellOthersOf);
            }
            catch (NpgsqlException exception) when (tries < Tries && IsPassing(exception))
            {
                pause = pause.Longer();
                await pause.WaitAsync(CancellationToken.None);
            }
        }
    }

    /// <summary>What took longest already, a timeout, is not waited for again.</summary>
    private static bool IsPassing(NpgsqlException exception)
        => exception.InnerException is not TimeoutException
            && (exception.IsTransient || exception.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown);
}
