using FleetChat.Core.Consent;
using FleetChat.Core.Orchestrations;
using FleetChat.Functions.Orchestrations;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace FleetChat.Functions.Consent;

/// <summary>Follows one request for consent: wakes when it is due or was answered, and looks at its row. What is true, the row says.</summary>
public static class ConsentFlow
{
    /// <summary>For as long as the database is away: whoever is not reminded now is later, and nobody else would expire the question.</summary>
    private static readonly TaskOptions s_patience = TaskOptions.FromRetryPolicy(
        new(maxNumberOfAttempts: 10_000, firstRetryInterval: TimeSpan.FromSeconds(2), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(5)));

    [Function("ConsentFlow")]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var input = context.GetInput<FlowInput>()!;
        var waiter = new FlowWaiter(context);
        while (await context.CallActivityAsync<DateTimeOffset?>("LookAtConsent", input, s_patience) is { } nextAt) await waiter.UntilAsync(nextAt);
    }
}

public sealed class LookAtConsentFunction(FollowConsent follow)
{
    [Function("LookAtConsent")]
    public async Task<DateTimeOffset?> RunAsync([ActivityTrigger] FlowInput input, CancellationToken ct) => (await follow.HandleAsync(input, ct)).NextAt;
}
