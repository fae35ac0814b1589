using FleetChat.Core.Orchestrations;
using Microsoft.DurableTask;

namespace FleetChat.Functions.Orchestrations;

/// <summary>Within one run of an orchestrator: waits for a time, or until it is told that something changed, whichever is first.</summary>
internal sealed class FlowWaiter(TaskOrchestrationContext context)
{
    // One waiter for as long as nothing comes: a cancelled one would swallow the event that it missed.
    private Task<object?> _changed = context.WaitForExternalEvent<object?>(Flow.Changed);

    public async Task UntilAsync(DateTimeOffset at)
    {
        using var over = new CancellationTokenSource();
        var due = context.CreateTimer(at.UtcDateTime, over.Token);
        if (await Task.WhenAny(_changed, due) != _changed) return;
        Cancel(over);
        _changed = context.WaitForExternalEvent<object?>(Flow.Changed);
    }

    // An orchestrator awaits nothing but what its context gives.
    private static void Cancel(CancellationTokenSource over) => over.Cancel();
}
