using FleetChat.Core.Data;

namespace FleetChat.Core.Tenants.Onboarding;

/// <summary>The company begins, once all that it needs is there.</summary>
public sealed class ActivationStep(TenantDbs dbs, ActivateTenant activate) : IOnboardingStep
{
    /// <summary>It is looked at after each of the others anyway.</summary>
    private static readonly TimeSpan UntilPeopleAct = TimeSpan.FromHours(1);

    public string Name => OnboardingSteps.Activation;

    public async Task<StepResult> TakeAsync(StepInput input, CancellationToken ct)
    {
        var steps = await OnboardingSql.ListStepsAsync(dbs.For(input.Tenant), ct);
        if (!OnboardingSteps.Needed.All(needed => steps.Exists(step => step.Step == needed && step.State == StepState.Done))) return new StepResult.Waiting(OnboardingErrors.StepsFirst, UntilPeopleAct);
        var activated = await activate.HandleAsync(input.Tenant, input.Actor, ct);
        if (activated.IsOk) return new StepResult.Done();
        // What the GDPR asks for, people give.
        return activated.Error == Configuration.TenantErrors.NotOnboarding ? new StepResult.Failed(activated.Error) : new StepResult.Waiting(activated.Error, UntilPeopleAct);
    }

    /// <summary>A company that has begun is not taken back by this: it leaves in its own way.</summary>
    public Task<StepResult> UndoAsync(StepInput input, CancellationToken ct) => Task.FromResult<StepResult>(new StepResult.Done());
}
