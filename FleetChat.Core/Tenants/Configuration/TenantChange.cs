using FleetChat.Core.Tenants.Numbers;

namespace FleetChat.Core.Tenants.Configuration;

/// <summary>What is changed of a company and its configuration. What is null stays as it is; an empty text takes back what may be empty.</summary>
/// <param name="ServiceTier">FleetChat's operators alone.</param>
public sealed record TenantChange(
    string? CompanyName = null, string? LegalName = null, PrimaryContact? PrimaryContact = null, string? Address = null, string? TaxId = null, int? EstimatedDriverCount = null,
    string? Country = null, string? TimeZone = null, WorkingHours? WorkingHours = null, string? DefaultLanguage = null, string? Currency = null, string? ServiceTier = null,
    SamsaraConfigChange? SamsaraConfig = null, WhatsappConfigChange? WhatsappConfig = null, string? MessageTemplates = null, ComplianceChange? ComplianceSettings = null,
    DataProcessingChange? DataProcessing = null, BrandingChange? Branding = null, int? EscalateAfterMinutes = null, int? MostUnaskedMessages = null, string? LoadReferenceKey = null)
{
    // A record's own text would print the secrets.
    public override string ToString() => "a change of a company";
}

/// <param name="WebhookSecret">Base64, as Samsara shows it.</param>
/// <param name="WebhookUrl">Given by FleetChat: no other is taken.</param>
public sealed record SamsaraConfigChange(string? ApiToken = null, string? GroupId = null, string? WebhookSecret = null, string? WebhookUrl = null)
{
    // A record's own text would print the secrets.
    public override string ToString() => "a change of Samsara's settings";
}

/// <summary>A company's own number, or another token for it. A number of the pool is FleetChat's to change.</summary>
public sealed record WhatsappConfigChange(
    string? PhoneNumber = null, string? PhoneNumberId = null, string? BusinessAccountId = null, string? Ownership = null, string? AccessToken = null)
{
    // A record's own text would print the token.
    public override string ToString() => "a change of WhatsApp's settings";
}

public sealed record ComplianceChange(bool? GdprEnabled = null, int? DataRetentionDays = null, bool? DriverConsentRequired = null);

/// <param name="AcceptAgreement">The version of the data-processing agreement that is accepted with this request.</param>
public sealed record DataProcessingChange(string? LegalBasis = null, string? AcceptAgreement = null);

public sealed record BrandingChange(string? CompanyLogoUrl = null, string? ColorScheme = null, string? CustomDomain = null, string? MessageFooter = null);

/// <summary>What a company is registered with: the same fields, of which some have to be there.</summary>
/// <param name="ParentTenantId">Whose child it is.</param>
/// <param name="InviteAdmin">Whether the primary contact is invited as the first admin, by e-mail.</param>
public sealed record Registration(
    string? CompanyName = null, string? LegalName = null, PrimaryContact? PrimaryContact = null, int? EstimatedDriverCount = null, string ServiceTier = "starter", string DataRegion = "us",
    string? Country = null, string? Address = null, string? TaxId = null, string? TimeZone = null, WorkingHours? WorkingHours = null, string DefaultLanguage = Languages.English,
    string Currency = "USD", bool InviteAdmin = true, string? ParentTenantId = null)
{
    internal TenantChange Details => new(
        CompanyName ?? "", LegalName, PrimaryContact, Address, TaxId, EstimatedDriverCount, Country ?? "", TimeZone ?? "", WorkingHours, DefaultLanguage, Currency, ServiceTier);

    internal Error? FindFault() => Details.FindFault()
        ?? (DataRegions.Find(DataRegion) is null ? Error.Invalid("tenants.region_unknown", $"Give one of the data regions {DataRegions.Names}.", "$.data_region") : null)
        ?? (InviteAdmin && PrimaryContact?.Email is null
            ? Error.Invalid("tenants.contact_email_missing", "Give the contact's e-mail, so that he can be invited as the first admin, or say invite_admin: false.", "$.primary_contact.email")
            : null);

    // A record's own text would print a person's details.
    public override string ToString() => "a registration";
}
