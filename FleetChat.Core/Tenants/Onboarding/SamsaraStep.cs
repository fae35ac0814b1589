using FleetChat.Core.Samsara;
using FleetChat.Core.Samsara.Webhooks;

namespace FleetChat.Core.Tenants.Onboarding;

/// <summary>The company's Samsara: its token is good for all that is needed, and its events come here by one webhook.</summary>
public sealed class SamsaraStep(VerifySamsaraToken verify, EnsureSamsaraWebhook ensure, RemoveSamsaraWebhook remove, TenantSettingsCache settings) : IOnboardingStep
{
    /// <summary>Who sends a token is heard at once.</summary>
    private static readonly TimeSpan UntilPeopleAct = TimeSpan.FromHours(1);

    public string Name => OnboardingSteps.Samsara;

    public async Task<StepResult> TakeAsync(StepInput input, CancellationToken ct)
    {
        if ((await settings.ReadAsync(input.Tenant, ct))?.Samsara is not { } access) return new StepResult.Waiting(OnboardingErrors.TokenMissing, UntilPeopleAct);
        var org = await verify.HandleAsync(access, ct);
        if (!org.IsOk) return Of(org.Error);
        var webhook = await ensure.HandleAsync(new(input.Tenant, input.Actor), ct);
        return webhook.IsOk ? new StepResult.Done() : Of(webhook.Error);
    }

    public async Task<StepResult> UndoAsync(StepInput input, CancellationToken ct)
    {
        var removed = await remove.HandleAsync(new(input.Tenant, input.Actor), ct);
        // Whose token is no good any more has nothing that we could take away.
        return removed.IsOk || removed.Error.Kind == ErrorKind.Invalid ? new StepResult.Done() : StepResult.OfFailure(removed.Error);
    }

    // What is wrong with a token people mend, and what else Samsara does not take: its answer does not tell the two apart.
    private static StepResult Of(Error error)
        => error == SamsaraErrors.NoToken ? new StepResult.Waiting(error, UntilPeopleAct)
        : error.Kind == ErrorKind.Invalid || error == SamsaraErrors.RefusedBySamsara ? new StepResult.Waiting(error, UntilPeopleAct) { IsRefused = true }
        : error == SamsaraErrors.WebhookBusy ? new StepResult.Retry(error)
        : StepResult.OfFailure(error);
}
