namespace FleetChat.Tests.Data;

/// <summary>
/// Every column that can hold words or bytes: encrypted with the tenant's key, or not personal and why. A new column has
/// to be put here, so that somebody asks the question. <c>tenant_id</c> is a company's id everywhere and not listed.
/// </summary>
internal static class PersonalDataColumns
{
    private const string Code = "one of our own codes";
    private const string SamsaraId = "an id of Samsara's, opened by the company's own account only";
    private const string CompanysOwn = "the company's, not a person's";
    private const string Settings = "a setting of the company";
    private const string Random = "random";
    private const string Hash = "SHA-256 of something random or encrypted beside it";
    private const string BlindIndex = "HMAC with the tenant's key: says nothing without it";

    /// <summary>Ciphertext under the tenant's key, or for what belongs to no tenant under the platform's.</summary>
    public static IReadOnlySet<string> Encrypted { get; } = new HashSet<string>
    {
        "fleet.conversations.identity",
        "fleet.drivers.name",
        "fleet.drivers.whatsapp_number",
        "fleet.idempotency_keys.response",
        "fleet.inbox.external_id",
        "fleet.inbox.payload",
        "fleet.message_logs.content",
        "fleet.message_logs.wamid",
        "fleet.set_aside.payload",
        "fleet.tenant_configurations.samsara_api_token",
        "fleet.tenant_configurations.samsara_webhook_secret",
        "fleet.tenant_configurations.whatsapp_access_token",
        "fleet.unrouted.payload",
    };

    public static IReadOnlyDictionary<string, string> NotPersonal { get; } = new Dictionary<string, string>
    {
        ["directory.api_keys.key_id"] = Random,
        ["directory.number_history.phone_number_id"] = CompanysOwn,
        ["directory.phone_numbers.phone_number_id"] = CompanysOwn,
        ["directory.tenants.data_region"] = Code,
        ["directory.tenants.status"] = Code,
        ["directory.whatsapp_accounts.waba_id"] = CompanysOwn,
        ["fleet.alerts.code"] = Code,
        ["fleet.alerts.severity"] = Code,
        ["fleet.alerts.subject"] = "an id of ours; the sentence for people is made when it is shown",
        ["fleet.api_keys.key_id"] = Random,
        ["fleet.api_keys.name"] = "what the company calls its key",
        ["fleet.api_keys.scopes"] = Code,
        ["fleet.api_keys.secret_hash"] = Hash,
        ["fleet.attempts.outcome"] = Code,
        ["fleet.attempts.trace_id"] = "Meta's id of a call",
        ["fleet.audit_entries.action"] = Code,
        ["fleet.audit_entries.actor"] = "an id of ours",
        ["fleet.audit_entries.detail"] = "codes and ids, no contents",
        ["fleet.audit_entries.subject"] = "an id of ours",
        ["fleet.conversations.identity_kind"] = Code,
        ["fleet.dispatcher_entries.handled_by"] = "an id of ours",
        ["fleet.dispatcher_entries.reason"] = Code,
        ["fleet.drivers.consent_status"] = Code,
        ["fleet.drivers.language"] = Code,
        ["fleet.drivers.samsara_driver_id"] = SamsaraId,
        ["fleet.drivers.status"] = Code,
        ["fleet.idempotency_keys.key"] = "chosen by the caller's program, at random",
        ["fleet.idempotency_keys.request_hash"] = Hash,
        ["fleet.identities.identity_index"] = BlindIndex,
        ["fleet.identities.identity_kind"] = Code,
        ["fleet.inbox.kind"] = Code,
        ["fleet.inbox.outcome"] = "codes, never contents",
        ["fleet.inbox.source"] = Code,
        ["fleet.inbox.status"] = Code,
        ["fleet.inbox_keys.external_index"] = BlindIndex,
        ["fleet.inbox_keys.source"] = Code,
        ["fleet.lanes.stage"] = Code,
        ["fleet.message_logs.direction"] = Code,
        ["fleet.message_logs.effect_key"] = "made of ids",
        ["fleet.message_logs.kind"] = Code,
        ["fleet.message_logs.reason"] = Code,
        ["fleet.message_logs.status"] = Code,
        ["fleet.message_logs.wamid_index"] = BlindIndex,
        ["fleet.attempts.wamid_index"] = BlindIndex,
        ["fleet.number_assignments.phone_number_id"] = CompanysOwn,
        ["fleet.number_assignments.waba_id"] = CompanysOwn,
        ["fleet.outbound.status"] = Code,
        ["fleet.outbound.supersedes"] = "made of ids",
        ["fleet.platform_alerts.code"] = Code,
        ["fleet.platform_alerts.severity"] = Code,
        ["fleet.platform_alerts.subject"] = "an id of ours or Meta's",
        ["fleet.set_aside.digest"] = "SHA-256 of a signed body, which nobody can guess whole",
        ["fleet.set_aside.reason"] = Code,
        ["fleet.set_aside.source"] = Code,
        ["fleet.stops.kind"] = Code,
        ["fleet.stops.name"] = "a place, as the company's dispatcher calls it",
        ["fleet.stops.samsara_stop_id"] = SamsaraId,
        ["fleet.stops.state"] = Code,
        ["fleet.tenant_configurations.message_footer"] = Settings,
        ["fleet.tenant_configurations.message_templates"] = Settings,
        ["fleet.tenant_configurations.samsara_base_url"] = Settings,
        ["fleet.tenant_configurations.samsara_group_id"] = SamsaraId,
        ["fleet.tenant_configurations.samsara_org_id"] = SamsaraId,
        ["fleet.tenant_configurations.samsara_webhook_id"] = SamsaraId,
        ["fleet.tenant_configurations.whatsapp_business_account_id"] = CompanysOwn,
        ["fleet.tenant_configurations.whatsapp_ownership"] = Code,
        ["fleet.tenant_configurations.whatsapp_phone_number"] = CompanysOwn,
        ["fleet.tenant_configurations.whatsapp_phone_number_id"] = CompanysOwn,
        ["fleet.tenants.company_name"] = CompanysOwn,
        ["fleet.tenants.country"] = Code,
        ["fleet.tenants.currency"] = Code,
        ["fleet.tenants.data_region"] = Code,
        ["fleet.tenants.default_language"] = Code,
        ["fleet.tenants.key_secret_name"] = Random,
        ["fleet.tenants.service_tier"] = Code,
        ["fleet.tenants.status"] = Code,
        ["fleet.tenants.time_zone"] = Settings,
        ["fleet.transport_events.effect_key"] = "made of ids",
        ["fleet.transport_events.source"] = Code,
        ["fleet.transport_events.what"] = Code,
        ["fleet.transports.name"] = "a route, as the company's dispatcher calls it",
        ["fleet.transports.samsara_driver_id"] = SamsaraId,
        ["fleet.transports.samsara_route_id"] = SamsaraId,
        ["fleet.transports.status"] = Code,
        ["fleet.unrouted.digest"] = "SHA-256 of a signed body, which nobody can guess whole",
        ["fleet.unrouted.phone_number_id"] = CompanysOwn,
        ["fleet.unrouted.reason"] = Code,
        ["fleet.unrouted.waba_id"] = CompanysOwn,
    };
}
