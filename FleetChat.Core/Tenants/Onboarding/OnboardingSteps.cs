namespace FleetChat.Core.Tenants.Onboarding;

/// <summary>The steps in their order. Names are kept in rows and in orchestrations' histories: they never change.</summary>
public static class OnboardingSteps
{
    public const string Number = "number";
    public const string DisplayName = "display_name";
    public const string Templates = "templates";
    public const string Samsara = "samsara";
    public const string Activation = "activation";

    public static readonly IReadOnlyList<string> All = [Number, DisplayName, Templates, Samsara, Activation];

    /// <summary>Without these no company begins. Its name at Meta may still be under review.</summary>
    public static readonly IReadOnlyList<string> Needed = [Number, Templates, Samsara];
}

/// <summary>One step of bringing a company in. Both ways may be repeated, and taken up after a process died anywhere within them.</summary>
public interface IOnboardingStep
{
    /// <summary>One of <see cref="OnboardingSteps"/>.</summary>
    string Name { get; }

    Task<StepResult> TakeAsync(StepInput input, CancellationToken ct);

    /// <summary>Takes away what it set up, whether it was finished or not.</summary>
    Task<StepResult> UndoAsync(StepInput input, CancellationToken ct);
}

/// <param name="Actor">Who has it done, for the audit trail.</param>
public sealed record StepInput(TenantId Tenant, TenantView Company, string Actor);

/// <summary>How a step stands after it was taken.</summary>
public abstract record StepResult
{
    /// <summary>How much of it is done; null: it has no parts.</summary>
    public (int Done, int Total)? Parts { get; init; }

    public static StepResult OfFailure(Error error) => error.Kind == ErrorKind.Unavailable ? new Retry(error) : new Failed(error);

    public sealed record Done : StepResult;

    /// <summary>Somebody else has to do something first: a person, Meta, another step.</summary>
    public sealed record Waiting(Error For, TimeSpan Pause) : StepResult
    {
        /// <summary>What people gave is not taken: they are alerted, for they think that they are done.</summary>
        public bool IsRefused { get; init; }
    }

    /// <summary>It may pass the next time.</summary>
    public sealed record Retry(Error Because) : StepResult;

    /// <summary>It will never pass.</summary>
    public sealed record Failed(Error Because) : StepResult;
}
