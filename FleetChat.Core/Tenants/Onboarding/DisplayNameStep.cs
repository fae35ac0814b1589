using FleetChat.Core.Security;
using FleetChat.Core.Tenants.Numbers;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Tenants.Onboarding;

/// <summary>What drivers see as the sender: the company's name, once Meta approves it. An approved name counts after the number is registered again.</summary>
public sealed class DisplayNameStep(NumberPool pool, IWhatsAppNumbers meta, ISecretStore secrets) : IOnboardingStep
{
    private static readonly TimeSpan UntilLookedAt = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan UntilThereIsANumber = TimeSpan.FromHours(1);
    private static readonly TimeSpan UntilPeopleAct = TimeSpan.FromHours(1);

    public string Name => OnboardingSteps.DisplayName;

    public async Task<StepResult> TakeAsync(StepInput input, CancellationToken ct)
    {
        // A number of the company's own bears a name already.
        if (input.Company.Configuration.WhatsappConfig is { Ownership: WhatsappConfig.Company, PhoneNumberId: not null }) return new StepResult.Done();
        if (await pool.FindOfAsync(input.Tenant, ct) is not { Number.State: PoolNumber.Assigned } entry) return new StepResult.Waiting(OnboardingErrors.NumberFirst, UntilThereIsANumber);
        try
        {
            return await FollowAsync(entry, input.Company.CompanyName, ct);
        }
        catch (WhatsAppException exception)
        {
            return Of(exception);
        }
    }

    // Neither a token nor a name is a reason to close a company: people get others.
    private static StepResult Of(WhatsAppException exception) => exception.Failure switch
    {
        WhatsAppFailure.Transient or WhatsAppFailure.Unknown => new StepResult.Retry(OnboardingErrors.MetaUnreachable),
        WhatsAppFailure.Blocked => new StepResult.Waiting(OnboardingErrors.AccountRefused(exception.Code), UntilPeopleAct) { IsRefused = true },
        _ => new StepResult.Waiting(OnboardingErrors.NameRefused(exception.Code), UntilPeopleAct) { IsRefused = true },
    };

    /// <summary>The number leaves with its name; whoever gets it next submits another.</summary>
    public Task<StepResult> UndoAsync(StepInput input, CancellationToken ct) => Task.FromResult<StepResult>(new StepResult.Done());

    private async Task<StepResult> FollowAsync(PoolEntry entry, string wanted, CancellationToken ct)
    {
        var account = new WhatsAppAccount(entry.Number.BusinessAccountId, await NumberSecrets.ReadAsync(secrets, entry.TokenSecret, ct));
        var number = new WhatsAppNumber(entry.Number.PhoneNumberId!, account.AccessToken);
        if ((await meta.ListAsync(account, ct)).FirstOrDefault(n => n.PhoneNumberId == number.PhoneNumberId) is not { } shown) return new StepResult.Retry(OnboardingErrors.MetaUnreachable);
        if (shown.VerifiedName == wanted && shown.NameStatus == NameReview.Approved) return new StepResult.Done();
        if (shown.NewName != wanted)
        {
            await meta.SubmitNameAsync(number, wanted, ct);
            return new StepResult.Waiting(OnboardingErrors.NamePending, UntilLookedAt);
        }
        if (shown.NewNameStatus == NameReview.Declined) return new StepResult.Waiting(OnboardingErrors.NameDeclined, UntilLookedAt);
        if (shown.NewNameStatus != NameReview.Approved) return new StepResult.Waiting(OnboardingErrors.NamePending, UntilLookedAt);
        await meta.RegisterAsync(number, await NumberSecrets.ReadAsync(secrets, entry.PinSecret, ct), DataRegions.Find(entry.Number.DataRegion)!.MetaRegion, ct);
        return new StepResult.Done();
    }
}
