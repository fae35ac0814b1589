using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Security;

namespace FleetChat.Core.Tenants.Onboarding;

/// <param name="Actor">FleetChat's operator.</param>
public sealed record OnboardingInput(TenantId Tenant, string Actor);

/// <summary>Begins to bring a registered company in. Once: whoever asks again sees how it stands.</summary>
public sealed class BeginOnboarding(TenantDbs dbs, GetOnboarding get, TimeProvider time)
{
    public async Task<Result<OnboardingView>> HandleAsync(OnboardingInput input, CancellationToken ct)
    {
        await using (var db = await dbs.BeginAsync(input.Tenant, ct))
        {
            if (await TenantLock.TakeAsync(db, ct) is not { } company) return GetTenant.NotFound;
            if (await OnboardingSql.FindAsync(db, ct) is null)
            {
                if (company.Status != "onboarding") return OnboardingErrors.Over;
                var id = time.NewId();
                await OnboardingSql.TryBeginAsync(db, id, input.Actor, time.GetUtcNow(), ct);
                await FlowCommands.StartAsync(db, time, TakeOnboardingStep.Flow, id, ct);
                db.Audit(time, input.Actor, "onboarding.begun", input.Tenant.Value);
            }
            await db.CommitAsync(ct);
        }
        return await get.HandleAsync(input.Tenant, ct);
    }
}

/// <summary>Takes a company back that is not in yet: all that was set up for it goes, at Samsara, in the pool and here.</summary>
public sealed class CancelOnboarding(TenantDbs dbs, GetOnboarding get, ClosingBooks books, TimeProvider time)
{
    public async Task<Result<OnboardingView>> HandleAsync(OnboardingInput input, CancellationToken ct)
    {
        await using (var db = await dbs.BeginAsync(input.Tenant, ct))
        {
            // As activation does: of the two at once, one comes first.
            if (await TenantLock.TakeAsync(db, ct) is null) return GetTenant.NotFound;
            if (await OnboardingSql.LockAsync(db, ct) is not { } onboarding) return OnboardingErrors.NotFound;
            if (onboarding.State == OnboardingState.Done || await OnboardingSql.HasBegunAsync(db, ct)) return OnboardingErrors.Over;
            if (onboarding.State == OnboardingState.Running)
            {
                if (await books.FindObstacleAsync(db, ct) is { } obstacle) return obstacle;
                await OnboardingSql.SetStateAsync(db, OnboardingState.Undoing, OnboardingErrors.Cancelled, null, ct);
                await OnboardingSql.TellAsync(db, time, ct);
                db.Audit(time, input.Actor, "onboarding.cancelled", input.Tenant.Value);
            }
            await db.CommitAsync(ct);
        }
        return await get.HandleAsync(input.Tenant, ct);
    }
}
