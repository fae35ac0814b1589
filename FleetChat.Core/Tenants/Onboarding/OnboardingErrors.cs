using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Tenants.Onboarding;

public static class OnboardingErrors
{
    public static readonly Error NotFound = Error.NotFound("onboarding.not_found", "This company is not being brought in. POST begins it.");

    public static readonly Error Over = Error.Conflict("onboarding.over", "This company is in already, or was taken back: register it anew.");

    public static readonly Error NumberFirst = Error.Conflict("onboarding.number_first", "The company's number comes first; this follows by itself.");

    public static readonly Error StepsFirst = Error.Conflict("onboarding.steps_first", "Number, templates and Samsara come first; this follows by itself.");

    public static readonly Error NamePending = Error.Conflict("onboarding.name_pending", "Meta looks at the company's display name, which may take days. Until then WhatsApp shows the number's old name. Nothing to do.");

    public static readonly Error NameDeclined = Error.Conflict("onboarding.name_declined", "Meta declined the company's display name. Change company_name to one that Meta takes (its rules for display names say which); it is submitted again.");

    /// <param name="code">Meta's.</param>
    public static Error NameRefused(int code)
        => Error.Conflict("onboarding.name_refused", $"Meta does not take the company's display name (error {code}). Change company_name to one that Meta takes (its rules for display names say which); it is submitted again.");

    /// <param name="code">Meta's.</param>
    public static Error AccountRefused(int code)
        => Error.Conflict("onboarding.account_refused", $"Meta refuses work on the number's account (error {code}): {MetaErrors.TextOf(code)} The account is tried again every hour.");

    public static readonly Error TemplatesPending = Error.Conflict("onboarding.templates_pending", "Meta looks at the company's message templates, which may take days. Nothing to do.");

    public static readonly Error TokenMissing = Error.Conflict("onboarding.samsara_token_missing", "Send the company's Samsara token as samsara_config.api_token with PATCH /api/tenant, and its tag as group_id if the organization has other companies.");

    public static readonly Error MetaUnreachable = Error.Unavailable("onboarding.meta_unreachable", "Meta gave no usable answer; it is asked again by itself.");

    public const string Cancelled = "cancelled";
}
