using FleetChat.Core.Orchestrations;
using FleetChat.Core.Tenants.Onboarding;
using FleetChat.Functions.Orchestrations;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace FleetChat.Functions.Tenants;

/// <summary>
/// Brings one company in: takes each step that is not done, and looks again when something changed or is due. A step that fails for good, or somebody who
/// takes it back, lets all be undone, the last first. What is true, the rows say.
/// </summary>
public static class OnboardTenantFlow
{
    /// <summary>A company may wait for its papers for months; its history is to stay short.</summary>
    private const int MostRounds = 100;

    /// <summary>For as long as the database is away: nobody else would go on.</summary>
    private static readonly TaskOptions s_patience = TaskOptions.FromRetryPolicy(
        new(maxNumberOfAttempts: 10_000, firstRetryInterval: TimeSpan.FromSeconds(2), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(5)));

    [Function("OnboardTenant")]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var input = context.GetInput<FlowInput>()!;
        var open = OnboardingSteps.All.ToList();
        var waiter = new FlowWaiter(context);
        for (var round = 0; round < MostRounds; round++)
        {
            var (isUndone, nextAt) = await TakeAsync(context, input, open);
            if (isUndone)
            {
                await UndoAsync(context, input);
                return;
            }
            if (nextAt is not { } at) return;
            await waiter.UntilAsync(at);
        }
        context.ContinueAsNew(input);
    }

    /// <param name="open">Those that are done are taken out of it.</param>
    private static async Task<(bool IsUndone, DateTimeOffset? NextAt)> TakeAsync(TaskOrchestrationContext context, FlowInput input, List<string> open)
    {
        DateTimeOffset? nextAt = null;
        foreach (var step in open.ToList())
        {
            var taken = await context.CallActivityAsync<OnboardingStepTaken>("TakeOnboardingStep", new OnboardingStepInput(input.TenantId, input.SubjectId, step), s_patience);
            if (taken.IsUndone) return (true, null);
            if (taken.IsDone) open.Remove(step);
            if (taken.NextAt < nextAt || nextAt is null) nextAt = taken.NextAt ?? nextAt;
        }
        return (false, nextAt);
    }

    private static async Task UndoAsync(TaskOrchestrationContext context, FlowInput input)
    {
        foreach (var step in OnboardingSteps.All.Reverse())
        {
            while (await context.CallActivityAsync<OnboardingStepTaken>("UndoOnboardingStep", new OnboardingStepInput(input.TenantId, input.SubjectId, step), s_patience) is { IsDone: false, NextAt: { } at })
                await context.CreateTimer(at.UtcDateTime, CancellationToken.None);
        }
        await context.CallActivityAsync("CloseOnboarding", input, s_patience);
    }
}

public sealed class OnboardingActivities(TakeOnboardingStep take)
{
    [Function("TakeOnboardingStep")]
    public Task<OnboardingStepTaken> TakeAsync([ActivityTrigger] OnboardingStepInput input, CancellationToken ct) => take.HandleAsync(input, ct);

    [Function("UndoOnboardingStep")]
    public Task<OnboardingStepTaken> UndoAsync([ActivityTrigger] OnboardingStepInput input, CancellationToken ct) => take.UndoAsync(input, ct);

    [Function("CloseOnboarding")]
    public Task CloseAsync([ActivityTrigger] FlowInput input, CancellationToken ct) => take.CloseAsync(input, ct);
}
