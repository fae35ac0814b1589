using FleetChat.Core.Messaging;
using FleetChat.Core.Orchestrations;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace FleetChat.Functions.Messaging;

/// <summary>A message that failed for now, until it is over: sent, failed for good, too late, or not to be sent any more.</summary>
public sealed class MessageRetryFlow(RetryMessage retry)
{
    private const string TakeUp = "TakeUpMessage";

    /// <summary>While the database is away. After that the instance fails, and the sweep takes the message up.</summary>
    private static readonly TaskOptions s_patience = TaskOptions.FromRetryPolicy(new(maxNumberOfAttempts: 8, firstRetryInterval: TimeSpan.FromSeconds(2), backoffCoefficient: 2));

    [Function("MessageRetry")]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var input = context.GetInput<FlowInput>()!;
        Task<object?>? changed = null;
        while (await context.CallActivityAsync<RetryStep>(TakeUp, input, s_patience) is { LookAt: { } lookAt })
        {
            // One that was not answered stays the one that hears: of two, the older one would take what the newer waits for.
            if (changed is null or { IsCompleted: true }) changed = context.WaitForExternalEvent<object?>(Flow.Changed);
            using var woken = new CancellationTokenSource();
            await Task.WhenAny(context.CreateTimer(lookAt.UtcDateTime, woken.Token), changed);
            woken.Cancel();
        }
    }

    [Function(TakeUp)]
    public Task<RetryStep> TakeUpAsync([ActivityTrigger] FlowInput input, CancellationToken ct) => retry.HandleAsync(input, ct);
}
