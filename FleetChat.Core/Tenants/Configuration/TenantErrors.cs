namespace FleetChat.Core.Tenants.Configuration;

public static class TenantErrors
{
    public static readonly Error Stale = Error.Stale("tenants.version_stale", "Somebody changed the company meanwhile. Read it again, look whether your change is still right, and send it with the new ETag.");

    public static readonly Error Leaving = Error.Conflict("tenants.leaving", "This company leaves FleetChat: nothing of it is changed any more.");

    public static readonly Error TakenBack = Error.Conflict("tenants.taken_back", "This company is being taken back before it began: nothing of it is changed any more. Register it anew.");

    public static readonly Error NotOnboarding = Error.Conflict("tenants.not_onboarding", "This company is not being brought in: it was, or it has left.");

    public static readonly Error WebhookUrlGiven = Error.Invalid("tenants.webhook_url_given", "The webhook's address is FleetChat's: leave it out.", "$.samsara_config.webhook_url");

    // Nothing of the other company, not even whether it has the tag or the whole.
    public static readonly Error GroupOverlaps = Error.Conflict(
        "tenants.group_overlaps", "Part of this is another company's already. Give a Samsara tag that is this company's alone.") with { Field = "$.samsara_config.group_id" };

    public static readonly Error OtherOrg = Error.Conflict(
        "tenants.samsara_org_differs", "This token belongs to another Samsara organization than the company's webhook. Give a token of the same one, or ask FleetChat to connect the company anew.")
        with { Field = "$.samsara_config.api_token" };

    public static readonly Error PoolNumber = Error.Forbidden(
        "tenants.number_of_pool", "This number is FleetChat's, and so is its token. To bring a number of your own ask FleetChat to take this one back first.") with { Field = "$.whatsapp_config" };

    public static readonly Error PoolOnlyByFleetChat = Error.Forbidden(
        "tenants.pool_by_fleetchat", "A number of the pool is handed over by FleetChat. Ask for one.") with { Field = "$.whatsapp_config.ownership" };

    public static readonly Error PhoneDiffers = Error.Invalid(
        "tenants.phone_differs", "WhatsApp shows another phone number for this id. Give the id of this number, or leave the number out.", "$.whatsapp_config.phone_number");

    public static readonly Error AgreementMissing = Error.Conflict(
        "tenants.agreement_missing", "Under the GDPR the data-processing agreement has to be accepted first: send its version as data_processing.accept_agreement.")
        with { Field = "$.data_processing.accept_agreement" };

    public static readonly Error LegalBasisMissing = Error.Invalid(
        "tenants.legal_basis_missing", "Under the GDPR say on what you base the processing of your drivers' data.", "$.data_processing.legal_basis");

    public static readonly Error RetentionMissing = Error.Invalid(
        "tenants.retention_missing", "Under the GDPR say for how many days contents are kept.", "$.compliance_settings.data_retention_days");

    public static Error OperatorOnly(string field) => Error.Forbidden("tenants.operator_only", "Only FleetChat changes this. Ask for it.") with { Field = field };

    public static Error NumberIncomplete(string field) => Error.Invalid(
        "tenants.number_incomplete", "For a number of your own give phone_number_id, business_account_id and access_token.", $"$.whatsapp_config.{field}");
}
