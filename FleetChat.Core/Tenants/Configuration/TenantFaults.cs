using System.Buffers.Text;
using System.Globalization;
using System.Text.RegularExpressions;
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

    private static readonly string[] s_tiers = ["starter", "professional", "enterprise"];
    private static readonly string[] s_legalBases = ["contract", "legal_obligation", "legitimate_interests", "consent"];

    public static Error? FindFault(this TenantChange change)
        => OfCompany(change) ?? OfDay(change) ?? OfContact(change.PrimaryContact) ?? OfHours(change.WorkingHours) ?? OfSamsara(change.SamsaraConfig) ?? OfWhatsApp(change.WhatsappConfig)
            ?? OfCompliance(change.ComplianceSettings, change.DataProcessing) ?? OfBranding(change.Branding);

    private static Error? OfCompany(TenantChange change) => change switch
    {
        { CompanyName: { } name } when !IsName(name) => Invalid("name_invalid", $"Give the company's name, 1 to {LongestName} characters.", "company_name"),
        { LegalName.Length: > LongestName } => Invalid("legal_name_invalid", $"Give at most {LongestName} characters.", "legal_name"),
        { Address.Length: > LongestText } => Invalid("address_invalid", $"Give at most {LongestText} characters.", "address"),
        { TaxId.Length: > 50 } => Invalid("tax_id_invalid", "Give at most 50 characters.", "tax_id"),
        { EstimatedDriverCount: < 1 or > MostDrivers } => Invalid("driver_count_out_of_range", $"Give 1 to {MostDrivers} drivers.", "estimated_driver_count"),
        { Country: { } country } when !IsCountry(country) => Invalid("country_unknown", "Give the country's two letters as ISO 3166 has them, such as US.", "country"),
        { TimeZone: { } zone } when !IsTimeZone(zone) => Invalid("unknown_time_zone", "Give the time zone by its IANA name, such as America/Chicago.", "time_zone"),
        { DefaultLanguage: { } language } when !Languages.All.Contains(language) => Invalid("language_unknown", $"Give one of {string.Join(", ", Languages.All)}.", "default_language"),
        { Currency: { } currency } when !Currency().IsMatch(currency) => Invalid("currency_unknown", "Give the currency's three letters as ISO 4217 has them, such as USD.", "currency"),
        { ServiceTier: { } tier } when !s_tiers.Contains(tier) => Invalid("tier_unknown", $"Give one of {string.Join(", ", s_tiers)}.", "service_tier"),
        _ => null,
    };

    private static Error? OfDay(TenantChange change) => change switch
    {
        { MessageTemplates: { } set } when !TemplateSet.Exists(set) => Invalid("template_set_unknown", "There is no template set of this name.", "message_templates"),
        { EscalateAfterMinutes: < 1 or > LongestEscalation } => Invalid("escalation_out_of_range", "Give 1 to 1440 minutes.", "escalate_after_minutes"),
        { MostUnaskedMessages: < 1 or > MostMessages } => Invalid("most_messages_out_of_range", "Give 1 to 100 messages a day.", "most_unasked_messages"),
        { LoadReferenceKey.Length: 0 or > LongestKey } => Invalid("load_key_invalid", "Give a key of 1 to 100 characters.", "load_reference_key"),
        _ => null,
    };

    private static Error? OfContact(PrimaryContact? contact) => contact switch
    {
        { Name.Length: > LongestName } => Invalid("contact_invalid", $"Give at most {LongestName} characters.", "primary_contact.name"),
        { Phone.Length: > 30 } => Invalid("contact_invalid", "Give at most 30 characters.", "primary_contact.phone"),
        { Email: { } email } when !InviteUser.IsEmail(email) => Invalid("contact_email_invalid", "Give an e-mail address alone, such as ana@example.com.", "primary_contact.email"),
        _ => null,
    };

    private static Error? OfHours(WorkingHours? hours)
    {
        if (hours is null) return null;
        if (hours.Days is not { Count: > 0 } days || days.Except(WorkingHours.AllDays).Any() || days.Distinct().Count() != days.Count)
            return Invalid("working_days_invalid", $"Give days of {string.Join(", ", WorkingHours.AllDays)}, each once.", "working_hours.days");
        if (!IsTime(hours.From)) return Invalid("working_hours_invalid", "Give the time as hours and minutes, such as 07:00.", "working_hours.from");
        return IsTime(hours.Until) && hours.Until != hours.From ? null : Invalid("working_hours_invalid", "Give another time as hours and minutes, such as 18:30.", "working_hours.until");
    }

    private static Error? OfSamsara(SamsaraConfigChange? samsara) => samsara switch
    {
        { ApiToken: { } token } when !IsSecret(token) => Invalid("secret_invalid", "Give the token as Samsara shows it.", "samsara_config.api_token"),
        { GroupId: { } tag } when !Tag().IsMatch(tag) => Invalid("group_invalid", "Give the tag's id as Samsara shows it, or nothing for the whole organization.", "samsara_config.group_id"),
        { WebhookSecret: { } secret } when !IsSecret(secret) || !Base64.IsValid(secret) => Invalid("webhook_secret_not_base64", "Give the webhook's secretKey exactly as Samsara shows it: it is Base64.", "samsara_config.webhook_secret"),
        _ => null,
    };

    private static Error? OfWhatsApp(WhatsappConfigChange? whatsApp) => whatsApp switch
    {
        { Ownership: not (null or WhatsappConfig.Pool or WhatsappConfig.Company) } => Invalid("ownership_unknown", "Give pool or company.", "whatsapp_config.ownership"),
        { AccessToken: { } token } when !IsSecret(token) => Invalid("secret_invalid", "Give the access token as Meta shows it.", "whatsapp_config.access_token"),
        { PhoneNumberId: { } id } when !Digits().IsMatch(id) => Invalid("number_id_invalid", "Give the number's id as WhatsApp Manager shows it: digits.", "whatsapp_config.phone_number_id"),
        { PhoneNumber: { } phone } when !E164().IsMatch(phone) => Invalid("phone_invalid", "Give the number with + and country code, digits only.", "whatsapp_config.phone_number"),
        { BusinessAccountId: { } account } when !Digits().IsMatch(account) && account != WhatsappConfig.ManagedByFleetChat => Invalid("account_invalid", "Give the WhatsApp account's id: digits.", "whatsapp_config.business_account_id"),
        _ => null,
    };

    private static Error? OfCompliance(ComplianceChange? compliance, DataProcessingChange? processing) => (compliance, processing) switch
    {
        ({ DataRetentionDays: < Retention.FewestDays or > Retention.MostDays }, _)
            => Invalid("retention_out_of_range", $"Give {Retention.FewestDays} to {Retention.MostDays} days.", "compliance_settings.data_retention_days"),
        (_, { LegalBasis: { } basis }) when !s_legalBases.Contains(basis) => Invalid("legal_basis_unknown", $"Give one of {string.Join(", ", s_legalBases)}.", "data_processing.legal_basis"),
        (_, { AcceptAgreement.Length: 0 or > 100 }) => Invalid("agreement_invalid", "Give the version of the agreement that is accepted, 1 to 100 characters.", "data_processing.accept_agreement"),
        _ => null,
    };

    private static Error? OfBranding(BrandingChange? branding) => branding switch
    {
        { CompanyLogoUrl: { Length: > 0 } url } when !IsPublicUrl(url) => Invalid("logo_url_invalid", "Give an address that begins with https://.", "branding.company_logo_url"),
        { ColorScheme: { } colors } when !Colors().IsMatch(colors) => Invalid("color_scheme_invalid", "Give up to five colors such as #1A2B3C, separated by commas.", "branding.color_scheme"),
        { CustomDomain: { Length: > 0 } domain } when !Domain().IsMatch(domain) => Invalid("domain_invalid", "Give a host name in lower case, such as fleet.example.com.", "branding.custom_domain"),
        { MessageFooter: { } footer } when footer.Length > LongestFooter || footer.Any(char.IsControl) || footer.Contains("{{", StringComparison.Ordinal)
            => Invalid("footer_invalid", $"Give at most {LongestFooter} characters on one line, without placeholders.", "branding.message_footer"),
        _ => null,
    };

    private static bool IsName(string name) => !string.IsNullOrWhiteSpace(name) && name.Length <= LongestName && !name.Any(char.IsControl);

    private static bool IsCountry(string country) => Country().IsMatch(country) && PhoneNumbers.PhoneNumberUtil.GetInstance().GetSupportedRegions().Contains(country);

    private static bool IsTimeZone(string zone) => zone.Length is > 0 and < 100 && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) && found.HasIanaId;

    private static bool IsTime(string? text) => TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static bool IsSecret(string secret) => secret.Length is > 0 and <= LongestSecret && secret.All(c => c is > ' ' and < (char)127);

    private static bool IsPublicUrl(string url)
        => url.Length <= LongestUrl && Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps && address.UserInfo.Length == 0 && address.HostNameType == UriHostNameType.Dns;

    private static Error Invalid(string code, string message, string field) => Error.Invalid($"tenants.{code}", message, $"$.{field}");

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
