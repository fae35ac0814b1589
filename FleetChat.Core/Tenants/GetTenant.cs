using System.Text.Json;
using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants.Configuration;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FleetChat.Core.Tenants;

/// <summary>A tenant with its configuration as the API shows it. Secrets are never shown, only that they are set.</summary>
/// <param name="EstimatedDriverCount">What the company expected when it was registered.</param>
/// <param name="Warnings">What is allowed and should not stay so.</param>
/// <param name="Country">ISO 3166, two letters.</param>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Currency">ISO 4217.</param>
public sealed record TenantView(
    TenantId TenantId,
    string CompanyName,
    string LegalName,
    PrimaryContact? PrimaryContact,
    string? Address,
    string? TaxId,
    int? EstimatedDriverCount,
    [OneOf(typeof(TenantStatus), nameof(TenantStatus.All))] string Status,
    [OneOf(typeof(ResourceLimits), nameof(ResourceLimits.TierNames))] string ServiceTier,
    string DataRegion,
    string Country,
    string TimeZone,
    WorkingHours? WorkingHours,
    [OneOf(typeof(Languages))] string DefaultLanguage,
    string Currency,
    DateTimeOffset CreatedAt,
    TenantConfiguration Configuration,
    IReadOnlyList<SettingWarning> Warnings);

/// <summary>Secrets are never shown, only whether they are set.</summary>
/// <param name="Version">Counts its changes; its ETag.</param>
/// <param name="MessageTemplates">The template set.</param>
/// <param name="EscalateAfterMinutes">How long something may wait for a dispatcher before it is alerted.</param>
/// <param name="MostUnaskedMessages">What a driver is told in a day without having done anything; what comes after is told together.</param>
/// <param name="LoadReferenceKey">Key in a Samsara route's externalIds under which the load's number is kept.</param>
/// <param name="SamsaraConnection">What Samsara told.</param>
/// <param name="DataProcessing">On what the company processes its drivers' data, and the agreement by which FleetChat does so for it.</param>
public sealed record TenantConfiguration(
    int Version, DateTimeOffset UpdatedAt, SamsaraConfig SamsaraConfig, SamsaraConnection SamsaraConnection, WhatsappConfig WhatsappConfig, string MessageTemplates,
    ComplianceSettings ComplianceSettings, DataProcessing DataProcessing, Branding Branding, int EscalateAfterMinutes, int MostUnaskedMessages, string LoadReferenceKey);

/// <summary>A secret as it may be shown.</summary>
/// <param name="SetBy">Who gave it; null: FleetChat itself.</param>
/// <param name="LastFour">How it ends; null: it is short, or FleetChat's own.</param>
public sealed record SecretView(bool Set, DateTimeOffset? SetAt = null, string? SetBy = null, string? LastFour = null);

/// <param name="GroupId">The Samsara tag that is this tenant's; empty: the whole organization.</param>
public sealed record SamsaraConfig(SecretView ApiToken, string GroupId, SecretView WebhookSecret, Uri WebhookUrl);

/// <summary>What Samsara told of the company.</summary>
public sealed record SamsaraConnection(string? OrgId, string? WebhookId);

/// <param name="BusinessAccountId"><c>managed_by_fleetchat</c> for a number of the pool.</param>
/// <param name="Ownership"><c>pool</c> or <c>company</c>.</param>
public sealed record WhatsappConfig(string? PhoneNumber, string? PhoneNumberId, string? BusinessAccountId, [OneOf(WhatsappConfig.Pool, WhatsappConfig.Company)] string Ownership, SecretView AccessToken)
{
    public const string Pool = "pool";
    public const string Company = "company";
    public const string ManagedByFleetChat = "managed_by_fleetchat";
}

/// <param name="DriverConsentRequired">Whether a driver has to say yes himself before evidence of his consent counts.</param>
/// <param name="DataRetentionDays">After so many days contents, phones and media of what was said are forgotten.</param>
public sealed record ComplianceSettings(bool GdprEnabled, int DataRetentionDays, bool DriverConsentRequired)
{
    /// <summary>Whether somebody chose the days; else they are ours.</summary>
    internal bool IsRetentionChosen { get; init; }
}

/// <summary>On what the company processes its drivers' data, and the agreement by which FleetChat does so for it.</summary>
/// <param name="LegalBasis">Of the GDPR's; apart from the opt-in to WhatsApp.</param>
public sealed record DataProcessing(string? LegalBasis, string? AgreementVersion, DateTimeOffset? AgreementAcceptedAt, string? AgreementAcceptedBy);

/// <param name="ColorScheme">Up to five colors, separated by commas.</param>
public sealed record Branding(string CompanyLogoUrl, string ColorScheme, string CustomDomain, string MessageFooter);

public sealed record SettingWarning(string Code, string Message);

/// <summary>The tenant itself.</summary>
public sealed class GetTenant(TenantDbs dbs, DataKeys keys, IOptions<PlatformOptions> platform)
{
    public static readonly Error NotFound = Error.NotFound("tenants.not_found", "There is no such company.");

    public async Task<Result<TenantView>> HandleAsync(TenantId tenant, CancellationToken ct)
        => await FindAsync(dbs.For(tenant), ct) is { } found ? found : NotFound;

    /// <returns>Null: there is no such company.</returns>
    internal async Task<TenantView?> FindAsync(TenantDb db, CancellationToken ct)
    {
        if (await db.FindAsync(Find, row => (Plain: ReadPlain(row, db.Tenant), Sealed: new Details(row.BytesOrNull(2), row.BytesOrNull(3), row.BytesOrNull(4))), ct) is not { Plain: not null } found) return null;
        // A company that is closed has no key any more, and nothing that one would open.
        return found.Sealed.IsEmpty ? found.Plain : Open(found.Plain, found.Sealed, await keys.GetAsync(db.Tenant, ct));
    }

    private const string Find = """
        select t.company_name, t.legal_name, t.primary_contact, t.address, t.tax_id, t.estimated_driver_count, t.status, t.service_tier, t.data_region, t.country, t.time_zone,
               t.working_hours::text, t.default_language, t.currency, t.created_at,
               c.version, c.updated_at, c.samsara_org_id, c.samsara_webhook_id, c.samsara_group_id,
               c.samsara_api_token is not null, c.samsara_webhook_secret is not null,
               c.whatsapp_phone_number, c.whatsapp_phone_number_id, c.whatsapp_business_account_id, c.whatsapp_ownership,
               c.whatsapp_access_token is not null, c.secret_notes::text, c.message_templates,
               c.gdpr_enabled, c.data_retention_days, c.driver_consent_required, c.legal_basis, c.agreement_version, c.agreement_accepted_at, c.agreement_accepted_by,
               c.company_logo_url, c.color_scheme, c.custom_domain, c.message_footer, c.escalate_after_minutes, c.most_unasked_messages, c.load_reference_key
        from fleet.tenants t
        join fleet.tenant_configurations c on c.tenant_id = t.tenant_id
        where t.tenant_id = $1
        """;

    private TenantView ReadPlain(NpgsqlDataReader row, TenantId tenant)
    {
        var configuration = ReadConfiguration(row, tenant);
        return new(
            tenant, row.GetString(0), row.GetString(1), null, null, null, row.IntOrNull(5), row.GetString(6), row.GetString(7), row.GetString(8), row.GetString(9), row.GetString(10),
            WorkingHours.Read(row.TextOrNull(11)), row.GetString(12), row.GetString(13), row.Time(14), configuration, Retention.Warnings(configuration.ComplianceSettings.DataRetentionDays));
    }

    private static TenantView Open(TenantView plain, Details details, DataKey key) => plain with
    {
        PrimaryContact = CompanyDetails.OpenContact(key, plain.TenantId, details.Contact),
        Address = CompanyDetails.Open(key, plain.TenantId, EncryptedColumns.CompanyAddress, details.Address),
        TaxId = CompanyDetails.Open(key, plain.TenantId, EncryptedColumns.TaxId, details.TaxId),
    };

    private TenantConfiguration ReadConfiguration(NpgsqlDataReader row, TenantId tenant)
    {
        var notes = JsonSerializer.Deserialize<Dictionary<string, SecretNote>>(row.GetString(27), PublicJson.Options)!;
        return new(
            row.GetInt32(15), row.Time(16),
            new(SecretNote.View(notes, SecretNote.SamsaraApiToken, row.GetBoolean(20)), row.GetString(19), SecretNote.View(notes, SecretNote.SamsaraWebhookSecret, row.GetBoolean(21)),
                new(platform.Value.PublicBaseUrl!, $"api/samsara/webhook/{tenant}")),
            new(row.TextOrNull(17), row.TextOrNull(18)),
            ReadWhatsApp(row, notes), row.GetString(28),
            new(row.GetBoolean(29), row.IntOrNull(30) ?? Retention.DefaultDays, row.GetBoolean(31)) { IsRetentionChosen = !row.IsDBNull(30) },
            new(row.TextOrNull(32), row.TextOrNull(33), row.TimeOrNull(34), row.TextOrNull(35)),
            new(row.GetString(36), row.GetString(37), row.GetString(38), row.GetString(39)), row.GetInt32(40), row.GetInt32(41), row.GetString(42));
    }

    private sealed record Details(byte[]? Contact, byte[]? Address, byte[]? TaxId)
    {
        public bool IsEmpty => Contact is null && Address is null && TaxId is null;
    }

    private static WhatsappConfig ReadWhatsApp(NpgsqlDataReader row, Dictionary<string, SecretNote> notes)
    {
        var ownership = row.GetString(25);
        // The account of a pool number is the platform's own business: other tenants may be in it some day.
        return new(row.TextOrNull(22), row.TextOrNull(23), ownership == WhatsappConfig.Pool ? WhatsappConfig.ManagedByFleetChat : row.TextOrNull(24), ownership,
            SecretNote.View(notes, SecretNote.WhatsAppAccessToken, row.GetBoolean(26)));
    }
}
