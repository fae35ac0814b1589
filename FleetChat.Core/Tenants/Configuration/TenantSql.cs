using System.Text;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using Npgsql;

namespace FleetChat.Core.Tenants.Configuration;

/// <summary>Writes what a change brings; what is null stays.</summary>
internal static class TenantSql
{
    public const string SaveCompany = """
        update fleet.tenants
        set company_name = coalesce($2, company_name), legal_name = coalesce($3, legal_name), estimated_driver_count = coalesce($4, estimated_driver_count),
            country = coalesce($5, country), time_zone = coalesce($6, time_zone), working_hours = coalesce($7::jsonb, working_hours),
            default_language = coalesce($8, default_language), currency = coalesce($9, currency), service_tier = coalesce($10, service_tier),
            primary_contact = coalesce($11, primary_contact),
            address = case when $12::bytea is null then address else nullif($12, ''::bytea) end,
            tax_id = case when $13::bytea is null then tax_id else nullif($13, ''::bytea) end
        where tenant_id = $1
        """;

    public static NpgsqlParameter[] CompanyParameters(DataKey key, TenantId tenant, TenantChange change) =>
    [
        P.Text(change.CompanyName), P.Text(change.LegalName), P.Number(change.EstimatedDriverCount), P.Text(change.Country), P.Text(change.TimeZone), P.Text(change.WorkingHours?.Write()),
        P.Text(change.DefaultLanguage), P.Text(change.Currency), P.Text(change.ServiceTier), P.Bytes(CompanyDetails.Seal(key, tenant, change.PrimaryContact)),
        P.Bytes(CompanyDetails.Seal(key, tenant, EncryptedColumns.CompanyAddress, change.Address)), P.Bytes(CompanyDetails.Seal(key, tenant, EncryptedColumns.TaxId, change.TaxId)),
    ];

    public const string SaveConfiguration = """
        update fleet.tenant_configurations
        set version = version + 1, updated_at = $2, samsara_org_id = coalesce($3, samsara_org_id), samsara_group_id = coalesce($4, samsara_group_id),
            samsara_api_token = coalesce($5, samsara_api_token), samsara_webhook_secret = coalesce($6, samsara_webhook_secret),
            whatsapp_ownership = case when $7::text is null then whatsapp_ownership else 'company' end, whatsapp_phone_number = coalesce($7, whatsapp_phone_number),
            whatsapp_phone_number_id = coalesce($8, whatsapp_phone_number_id), whatsapp_business_account_id = coalesce($9, whatsapp_business_account_id),
            whatsapp_access_token = coalesce($10, whatsapp_access_token), secret_notes = secret_notes || $11::jsonb,
            message_templates = coalesce($12, message_templates), gdpr_enabled = coalesce($13, gdpr_enabled), data_retention_days = coalesce($14, data_retention_days),
            driver_consent_required = coalesce($15, driver_consent_required), legal_basis = coalesce($16, legal_basis),
            agreement_version = coalesce($17, agreement_version), agreement_accepted_at = case when $17::text is null then agreement_accepted_at else $2 end,
            agreement_accepted_by = case when $17::text is null then agreement_accepted_by else $18 end,
            company_logo_url = coalesce($19, company_logo_url), color_scheme = coalesce($20, color_scheme), custom_domain = coalesce($21, custom_domain),
            message_footer = coalesce($22, message_footer), escalate_after_minutes = coalesce($23, escalate_after_minutes),
            most_unasked_messages = coalesce($24, most_unasked_messages), load_reference_key = coalesce($25, load_reference_key)
        where tenant_id = $1
        """;

    public static NpgsqlParameter[] ConfigurationParameters(DataKey key, TenantId tenant, TenantChange change, CheckedConnections connections, string actor, DateTimeOffset now)
    {
        var (samsara, number, compliance, branding) = (change.SamsaraConfig, connections.Number, change.ComplianceSettings, change.Branding);
        var token = number is null ? null : change.WhatsappConfig?.AccessToken;
        return
        [
            P.Time(now), P.Text(connections.SamsaraOrgId), P.Text(samsara?.GroupId), P.Bytes(Seal(EncryptedColumns.SamsaraApiToken, samsara?.ApiToken)),
            P.Bytes(Seal(EncryptedColumns.SamsaraWebhookSecret, samsara?.WebhookSecret)), P.Text(number?.PhoneNumber), P.Text(number?.PhoneNumberId), P.Text(number?.AccountId),
            P.Bytes(Seal(EncryptedColumns.WhatsAppAccessToken, token)), P.Text(Notes(samsara, token, actor, now)), P.Text(change.MessageTemplates), P.Bool(compliance?.GdprEnabled),
            P.Number(compliance?.DataRetentionDays), P.Bool(compliance?.DriverConsentRequired), P.Text(change.DataProcessing?.LegalBasis), P.Text(change.DataProcessing?.AcceptAgreement), P.Text(actor),
            P.Text(branding?.CompanyLogoUrl), P.Text(branding?.ColorScheme), P.Text(branding?.CustomDomain), P.Text(branding?.MessageFooter), P.Number(change.EscalateAfterMinutes),
            P.Number(change.MostUnaskedMessages), P.Text(change.LoadReferenceKey),
        ];

        byte[]? Seal(Column column, string? secret) => secret is null ? null : key.Encrypt(column, tenant.Value, Encoding.UTF8.GetBytes(secret));
    }

    private static string Notes(SamsaraConfigChange? samsara, string? accessToken, string actor, DateTimeOffset now)
    {
        (string Name, string? Secret)[] given =
            [(SecretNote.SamsaraApiToken, samsara?.ApiToken), (SecretNote.SamsaraWebhookSecret, samsara?.WebhookSecret), (SecretNote.WhatsAppAccessToken, accessToken)];
        return JsonSerializer.Serialize(given.Where(g => g.Secret is not null).ToDictionary(g => g.Name, g => SecretNote.Of(g.Secret!, actor, now)), PublicJson.Options);
    }
}
