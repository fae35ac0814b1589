using FleetChat.Core.Tenants.Numbers;

namespace FleetChat.Core.Tenants.Onboarding;

/// <summary>A number of the pool, registered with Meta when it came there; or the company's own, that it gave itself.</summary>
public sealed class NumberStep(NumberPool pool, MetaQuotas quotas, AssignNumber assign) : IOnboardingStep
{
    private static readonly TimeSpan UntilPoolHasOne = TimeSpan.FromMinutes(10);

    public string Name => OnboardingSteps.Number;

    public async Task<StepResult> TakeAsync(StepInput input, CancellationToken ct)
    {
        if (input.Company.Configuration.WhatsappConfig is { Ownership: WhatsappConfig.Company, PhoneNumberId: not null }) return await DoneWithOwnAsync(input.Tenant, ct);
        if (await pool.FindOfAsync(input.Tenant, ct) is null && await quotas.FindPeopleObstacleAsync(ct) is { } obstacle) return new StepResult.Waiting(obstacle, UntilPoolHasOne);
        var reserved = await pool.ReserveAsync(input.Tenant, input.Company.DataRegion, ct);
        if (!reserved.IsOk) return new StepResult.Waiting(reserved.Error, UntilPoolHasOne);
        var assigned = await assign.HandleAsync(input.Tenant, ct);
        if (assigned.IsOk) return new StepResult.Done();
        return assigned.Error == NumberErrors.HasOwn ? await DoneWithOwnAsync(input.Tenant, ct) : StepResult.OfFailure(assigned.Error);
    }

    public async Task<StepResult> UndoAsync(StepInput input, CancellationToken ct)
    {
        await assign.TakeBackAsync(input.Tenant, ct);
        return new StepResult.Done();
    }

    // What was reserved before the company gave its own is somebody else's again.
    private async Task<StepResult> DoneWithOwnAsync(TenantId tenant, CancellationToken ct)
    {
        await pool.ReleaseAsync(tenant, ct);
        return new StepResult.Done();
    }
}
