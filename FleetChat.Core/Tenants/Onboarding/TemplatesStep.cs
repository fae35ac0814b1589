using FleetChat.Core.Messaging.Templates;

namespace FleetChat.Core.Tenants.Onboarding;

/// <summary>The company's template set is submitted to its account, and Meta has decided on each of them.</summary>
public sealed class TemplatesStep(SubmitTemplates submit, ListTemplates list) : IOnboardingStep
{
    private static readonly TimeSpan UntilMetaLooks = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan UntilThereIsANumber = TimeSpan.FromHours(1);

    public string Name => OnboardingSteps.Templates;

    public async Task<StepResult> TakeAsync(StepInput input, CancellationToken ct)
    {
        var known = await list.HandleAsync(input.Tenant, ct);
        // Whoever died after he had begun it is not known here: begun twice it is begun once.
        var submitted = known.IsOk && known.Value.Items.Any(item => item.Status != TemplateStatus.NotSubmitted) ? known : await submit.HandleAsync(new(input.Tenant, input.Actor), ct);
        if (!submitted.IsOk) return Of(submitted.Error);
        var progress = submitted.Value.Progress;
        var parts = (progress.Total - progress.Waiting, progress.Total);
        return progress.IsSettled ? new StepResult.Done { Parts = parts } : new StepResult.Waiting(OnboardingErrors.TemplatesPending, UntilMetaLooks) { Parts = parts };
    }

    private static StepResult Of(Error error) => error switch
    {
        _ when error == SubmitTemplates.NoAccount => new StepResult.Waiting(OnboardingErrors.NumberFirst, UntilThereIsANumber),
        // A footer that does not fit, which people change.
        { Kind: ErrorKind.Invalid } => new StepResult.Waiting(error, UntilThereIsANumber),
        _ => StepResult.OfFailure(error),
    };

    /// <summary>They stay in the account, which goes back to the pool with its number: by name and language they are found again.</summary>
    public Task<StepResult> UndoAsync(StepInput input, CancellationToken ct) => Task.FromResult<StepResult>(new StepResult.Done());
}
