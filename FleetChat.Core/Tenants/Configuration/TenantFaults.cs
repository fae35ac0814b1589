using System.Buffers.Text;
using System.Globalization;
using System.Text.RegularExpressions;
using FleetChat.Core.Billing;
using FleetChat.Core.Messaging;
using FleetChat.Core.Security.Users;

namespace FleetChat.Core.Tenants.Configuration;

/// <summary>What can't be right of a change, whatever the company's settings are now, with the field's path.</summary>
internal static partial class TenantFaults
{
    private const int LongestName = 200;
    private const int LongestText = 500;
    private const int LongestFooter = 60;
    private const int LongestSecret = 1000;
    private const int MostDrivers = 1_000_000;
    private const int LongestEscalation = 24 * 60;
    private const int MostMessages = 100;
    private const int LongestKey = 100;
    private const int LongestUrl = 2000;

    internal static readonly IReadOnlyList<string> LegalBases = ["contract", "legal_obligation", "legitimate_interests", "consent"];

    internal static readonly Error TimeZoneUnknown = Invalid("tenants.unknown_time_zone", "Give the time zone by its IANA name, such as America/Chicago.", "time_zone");
    internal static readonly Error WebhookSecretNotBase64 = Invalid("tenants.webhook_secret_not_base64", "Give the webhook's secretKey exactly as Samsara shows it: it is Base64.", "samsara_config.webhook_secret");

    private static readonly Error NameInvalid = Invalid("tenants.name_invalid", $"Give the company's name, 1 to {LongestName} characters.", "company_name");
    private static readonly Error LegalNameInvalid = Invalid("tenants.legal_name_invalid", $"Give at most {LongestName} characters.", "legal_name");
    private static readonly Error AddressInvalid = Invalid("tenants.address_invalid", $"Give at most {LongestText} characters.", "address");
    private static readonly Error TaxIdInvalid = Invalid("tenants.tax_id_invalid", "Give at most 50 characters.", "tax_id");
    private static readonly Error DriverCountOutOfRange = Invalid("tenants.driver_count_out_of_range", $"Give 1 to {MostDrivers} drivers.", "estimated_driver_count");
    private static readonly Error CountryUnknown = Invalid("tenants.country_unknown", "Give the country's two letters as ISO 3166 has them, such as US.", "country");
    private static readonly Error LanguageUnknown = Invalid("tenants.language_unknown", $"Give one of {string.Join(", ", Languages.All)}.", "default_language");
    private static readonly Error CurrencyUnknown = Invalid("tenants.currency_unknown", "Give the currency's three letters as ISO 4217 has them, such as USD.", "currency");
    private static readonly Error TierUnknown = Invalid("tenants.tier_unknown", $"Give one of {string.Join(", ", ResourceLimits.TierNames)}.", "service_tier");
    private static readonly Error TemplateSetUnknown = Invalid("tenants.template_set_unknown", "There is no template set of this name.", "message_templates");
    private static readonly Error EscalationOutOfRange = Invalid("tenants.escalation_out_of_range", "Give 1 to 1440 minutes.", "escalate_after_minutes");
    private static readonly Error MostMessagesOutOfRange = Invalid("tenants.most_messages_out_of_range", "Give 1 to 100 messages a day.", "most_unasked_messages");
    private static readonly Error LoadKeyInvalid = Invalid("tenants.load_key_invalid", "Give a key of 1 to 100 characters.", "load_reference_key");
    private static readonly Error ContactNameInvalid = Invalid("tenants.contact_invalid", $"Give at most {LongestName} characters.", "primary_contact.name");
    private static readonly Error ContactPhoneInvalid = Invalid("tenants.contact_invalid", "Give at most 30 characters.", "primary_contact.phone");
    private static readonly Error ContactEmailInvalid = Invalid("tenants.contact_email_invalid", "Give an e-mail address alone, such as ana@example.com.", "primary_contact.email");
    private static readonly Error WorkingDaysInvalid = Invalid("tenants.working_days_invalid", $"Give days of {string.Join(", ", WorkingHours.AllDays)}, each once.", "working_hours.days");
    private static readonly Error WorkingHoursFromInvalid = Invalid("tenants.working_hours_invalid", "Give the time as hours and minutes, such as 07:00.", "working_hours.from");
    private static readonly Error WorkingHoursUntilInvalid = Invalid("tenants.working_hours_invalid", "Give another time as hours and minutes, such as 18:30.", "working_hours.until");
    private static readonly Error SamsaraTokenInvalid = Invalid("tenants.secret_invalid", "Give the token as Samsara shows it.", "samsara_config.api_token");
    private static readonly Error GroupInvalid = Invalid("tenants.group_invalid", "Give the tag's id as Samsara shows it, or nothing for the whole organization.", "samsara_config.group_id");
    private static readonly Error OwnershipUnknown = Invalid("tenants.ownership_unknown", "Give pool or company.", "whatsapp_config.ownership");
    private static readonly Error WhatsAppTokenInvalid = Invalid("tenants.secret_invalid", "Give the access token as Meta shows it.", "whatsapp_config.access_token");
    private static readonly Error NumberIdInvalid = Invalid("tenants.number_id_invalid", "Give the number's id as WhatsApp Manager shows it: digits.", "whatsapp_config.phone_number_id");
    private static readonly Error PhoneInvalid = Invalid("tenants.phone_invalid", "Give the number with + and country code, digits only.", "whatsapp_config.phone_number");
    private static readonly Error AccountInvalid = Invalid("tenants.account_invalid", "Give the WhatsApp account's id: digits.", "whatsapp_config.business_account_id");
    private static readonly Error RetentionOutOfRange = Invalid("tenants.retention_out_of_range", $"Give {Retention.FewestDays} to {Retention.MostDays} days.", "compliance_settings.data_retention_days");
    private static readonly Error LegalBasisUnknown = Invalid("tenants.legal_basis_unknown", $"Give one of {string.Join(", ", LegalBases)}.", "data_processing.legal_basis");
    private static readonly Error AgreementInvalid = Invalid("tenants.agreement_invalid", "Give the version of the agreement that is accepted, 1 to 100 characters.", "data_processing.accept_agreement");
    private static readonly Error LogoUrlInvalid = Invalid("tenants.logo_url_invalid", "Give an address that begins with https://.", "branding.company_logo_url");
    private static readonly Error ColorSchemeInvalid = Invalid("tenants.color_scheme_invalid", "Give up to five colors such as #1A2B3C, separated by commas.", "branding.color_scheme");
    private static readonly Error DomainInvalid = Invalid("tenants.domain_invalid", "Give a host name in lower case, such as fleet.example.com.", "branding.custom_domain");
    private static readonly Error FooterInvalid = Invalid("tenants.footer_invalid", $"Give at most {LongestFooter} characters on one line, without placeholders.", "branding.message_footer");

    public static Error? FindFault(this TenantChange change)
        => OfCompany(change) ?? OfDay(change) ?? OfContact(change.PrimaryContact) ?? OfHours(change.WorkingHours) ?? OfSamsara(change.SamsaraConfig) ?? OfWhatsApp(change.WhatsappConfig)
            ?? OfCompliance(change.ComplianceSettings, change.DataProcessing) ?? OfBranding(change.Branding);

    private static Error? OfCompany(TenantChange change) => change switch
    {
        { CompanyName: { } name } when !IsName(name) => NameInvalid,
        { LegalName.Length: > LongestName } => LegalNameInvalid,
        { Address.Length: > LongestText } => AddressInvalid,
        { TaxId.Length: > 50 } => TaxIdInvalid,
        { EstimatedDriverCount: < 1 or > MostDrivers } => DriverCountOutOfRange,
        { Country: { } country } when !IsCountry(country) => CountryUnknown,
        { TimeZone: { } zone } when !IsTimeZone(zone) => TimeZoneUnknown,
        { DefaultLanguage: { } language } when !Languages.All.Contains(language) => LanguageUnknown,
        { Currency: { } currency } when !Currency().IsMatch(currency) => CurrencyUnknown,
        { ServiceTier: { } tier } when !ResourceLimits.TierNames.Contains(tier) => TierUnknown,
        _ => null,
    };

    private static Error? OfDay(TenantChange change) => change switch
    {
        { MessageTemplates: { } set } when !TemplateSet.Exists(set) => TemplateSetUnknown,
        { EscalateAfterMinutes: < 1 or > LongestEscalation } => EscalationOutOfRange,
        { MostUnaskedMessages: < 1 or > MostMessages } => MostMessagesOutOfRange,
        { LoadReferenceKey.Length: 0 or > LongestKey } => LoadKeyInvalid,
        _ => null,
    };

    private static Error? OfContact(PrimaryContact? contact) => contact switch
    {
        { Name.Length: > LongestName } => ContactNameInvalid,
        { Phone.Length: > 30 } => ContactPhoneInvalid,
        { Email: { } email } when !InviteUser.IsEmail(email) => ContactEmailInvalid,
        _ => null,
    };

    private static Error? OfHours(WorkingHours? hours)
    {
        if (hours is null) return null;
        if (hours.Days is not { Count: > 0 } days || days.Except(WorkingHours.AllDays).Any() || days.Distinct().Count() != days.Count)
            return WorkingDaysInvalid;
        if (!IsTime(hours.From)) return WorkingHoursFromInvalid;
        return IsTime(hours.Until) && hours.Until != hours.From ? null : WorkingHoursUntilInvalid;
    }

    private static Error? OfSamsara(SamsaraConfigChange? samsara) => samsara switch
    {
        { ApiToken: { } token } when !IsSecret(token) => SamsaraTokenInvalid,
        { GroupId: { } tag } when !Tag().IsMatch(tag) => GroupInvalid,
        { WebhookSecret: { } secret } when !IsSecret(secret) || !Base64.IsValid(secret) => WebhookSecretNotBase64,
        _ => null,
    };

    private static Error? OfWhatsApp(WhatsappConfigChange? whatsApp) => whatsApp switch
    {
        { Ownership: not (null or WhatsappConfig.Pool or WhatsappConfig.Company) } => OwnershipUnknown,
        { AccessToken: { } token } when !IsSecret(token) => WhatsAppTokenInvalid,
        { PhoneNumberId: { } id } when !Digits().IsMatch(id) => NumberIdInvalid,
        { PhoneNumber: { } phone } when !E164().IsMatch(phone) => PhoneInvalid,
        { BusinessAccountId: { } account } when !Digits().IsMatch(account) && account != WhatsappConfig.ManagedByFleetChat => AccountInvalid,
        _ => null,
    };

    private static Error? OfCompliance(ComplianceChange? compliance, DataProcessingChange? processing) => (compliance, processing) switch
    {
        ({ DataRetentionDays: < Retention.FewestDays or > Retention.MostDays }, _) => RetentionOutOfRange,
        (_, { LegalBasis: { } basis }) when !LegalBases.Contains(basis) => LegalBasisUnknown,
        (_, { AcceptAgreement.Length: 0 or > 100 }) => AgreementInvalid,
        _ => null,
    };

    private static Error? OfBranding(BrandingChange? branding) => branding switch
    {
        { CompanyLogoUrl: { Length: > 0 } url } when !IsPublicUrl(url) => LogoUrlInvalid,
        { ColorScheme: { } colors } when !Colors().IsMatch(colors) => ColorSchemeInvalid,
        { CustomDomain: { Length: > 0 } domain } when !Domain().IsMatch(domain) => DomainInvalid,
        { MessageFooter: { } footer } when footer.Length > LongestFooter || footer.Any(char.IsControl) || footer.Contains("{{", StringComparison.Ordinal)
            => FooterInvalid,
        _ => null,
    };

    private static bool IsName(string name) => !string.IsNullOrWhiteSpace(name) && name.Length <= LongestName && !name.Any(char.IsControl);

    private static bool IsCountry(string country) => Country().IsMatch(country) && PhoneNumbers.PhoneNumberUtil.GetInstance().GetSupportedRegions().Contains(country);

    private static bool IsTimeZone(string zone) => zone.Length is > 0 and < 100 && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) && found.HasIanaId;

    private static bool IsTime(string? text) => TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static bool IsSecret(string secret) => secret.Length is > 0 and <= LongestSecret && secret.All(c => c is > ' ' and < (char)127);

    private static bool IsPublicUrl(string url)
        => url.Length <= LongestUrl && Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps && address.UserInfo.Length == 0 && address.HostNameType == UriHostNameType.Dns;

    private static Error Invalid(string code, string message, string field) => Error.Invalid(code, message, $"$.{field}");

    [GeneratedRegex(@"^[A-Z]{2}\z")]
    private static partial Regex Country();

    [GeneratedRegex(@"^[A-Z]{3}\z")]
    private static partial Regex Currency();

    [GeneratedRegex(@"^[0-9A-Za-z_-]{0,50}\z")]
    private static partial Regex Tag();

    [GeneratedRegex(@"^[0-9]{1,30}\z")]
    private static partial Regex Digits();

    [GeneratedRegex(@"^\+[1-9][0-9]{4,14}\z")]
    private static partial Regex E164();

    [GeneratedRegex(@"^(#[0-9a-fA-F]{6}(,#[0-9a-fA-F]{6}){0,4})?\z")]
    private static partial Regex Colors();

    [GeneratedRegex(@"^(?=.{4,253}\z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\z")]
    private static partial Regex Domain();
}
