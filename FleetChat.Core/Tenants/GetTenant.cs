using FleetChat.Core.Data;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FleetChat.Core.Tenants;

/// <summary>A tenant with its configuration as the API shows it. Secrets are never shown, only whether they are set.</summary>
public sealed record TenantView(
    TenantId TenantId, string CompanyName, string Status, string ServiceTier, string DataRegion, string Country, string TimeZone,
    string DefaultLanguage, string Currency, DateTimeOffset CreatedAt, TenantConfiguration Configuration);

/// <param name="Version">Counts its changes.</param>
/// <param name="EscalateAfterMinutes">How long something may wait for a dispatcher before it is alerted.</param>
/// <param name="MostUnaskedMessages">What a driver is told in a day without having done anything; what comes after is told together.</param>
/// <param name="LoadReferenceKey">Key in a Samsara route's externalIds under which the load's number is kept.</param>
public sealed record TenantConfiguration(
    int Version, DateTimeOffset UpdatedAt, SamsaraConfig SamsaraConfig, WhatsappConfig WhatsappConfig, string MessageTemplates, Branding Branding, ComplianceSettings ComplianceSettings,
    int EscalateAfterMinutes, int MostUnaskedMessages, string LoadReferenceKey);

/// <param name="GroupId">The Samsara tag that is this tenant's; empty: the whole organization.</param>
public sealed record SamsaraConfig(
    string? OrgId, string? WebhookId, string GroupId, Uri WebhookUrl, bool ApiTokenSet, bool WebhookSecretSet);

/// <param name="BusinessAccountId"><c>managed_by_fleetchat</c> for a number of the pool.</param>
/// <param name="Ownership"><c>pool</c> or <c>company</c>.</param>
public sealed record WhatsappConfig(string? PhoneNumber, string? PhoneNumberId, string? BusinessAccountId, string Ownership, bool AccessTokenSet);

/// <param name="DriverConsentRequired">Whether a driver has to say yes himself before evidence of his consent counts.</param>
public sealed record ComplianceSettings(bool DriverConsentRequired);

public sealed record Branding(string MessageFooter);

/// <summary>The tenant itself.</summary>
public sealed class GetTenant(TenantDbs dbs, IOptions<PlatformOptions> platform)
{
    public static readonly Error NotFound = Error.NotFound("tenants.not_found", "There is no such company.");

    public async Task<Result<TenantView>> HandleAsync(TenantId tenant, CancellationToken ct)
        => await dbs.For(tenant).FindAsync(Find, row => Read(row, tenant), ct) is { } found ? found : NotFound;

    private const string Find = """
        select t.company_name, t.status, t.service_tier, t.data_region, t.country, t.time_zone, t.default_language, t.currency, t.created_at,
               c.version, c.updated_at, c.samsara_org_id, c.samsara_webhook_id, c.samsara_group_id,
               c.samsara_api_token is not null, c.samsara_webhook_secret is not null,
               c.whatsapp_phone_number, c.whatsapp_phone_number_id, c.whatsapp_business_account_id, c.whatsapp_ownership,
               c.whatsapp_access_token is not null, c.message_templates, c.message_footer, c.escalate_after_minutes,
               c.most_unasked_messages, c.load_reference_key, c.driver_consent_required
        from fleet.tenants t
        join fleet.tenant_configurations c on c.tenant_id = t.tenant_id
        where t.tenant_id = $1
        """;

    private TenantView Read(NpgsqlDataReader row, TenantId tenant) => new(
        tenant, row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5),
        row.GetString(6), row.GetString(7), row.Time(8),
        new(row.GetInt32(9), row.Time(10), ReadSamsara(row, tenant), ReadWhatsApp(row), row.GetString(21), new(row.GetString(22)), new(row.GetBoolean(26)), row.GetInt32(23),
            row.GetInt32(24), row.GetString(25)));

    private SamsaraConfig ReadSamsara(NpgsqlDataReader row, TenantId tenant) => new(
        row.TextOrNull(11), row.TextOrNull(12), row.GetString(13), new(platform.Value.PublicBaseUrl!, $"api/samsara/webhook/{tenant}"),
        row.GetBoolean(14), row.GetBoolean(15));

    private static WhatsappConfig ReadWhatsApp(NpgsqlDataReader row)
    {
        var ownership = row.GetString(19);
        // The account of a pool number is the platform's own business: other tenants may be in it some day.
        return new(row.TextOrNull(16), row.TextOrNull(17), ownership == "pool" ? "managed_by_fleetchat" : row.TextOrNull(18), ownership, row.GetBoolean(20));
    }
}
