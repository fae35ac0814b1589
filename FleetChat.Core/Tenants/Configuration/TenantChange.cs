using System.ComponentModel.DataAnnotations;
using FleetChat.Core.Billing;
using FleetChat.Core.Tenants.Numbers;

namespace FleetChat.Core.Tenants.Configuration;

/// <summary>What is changed of a company and its configuration. What is null stays as it is; an empty text takes back what may be empty.</summary>
/// <param name="ServiceTier">FleetChat's operators alone.</param>
/// <param name="Country">ISO 3166, two letters.</param>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="WhatsappConfig">A number of the company's own.</param>
/// <param name="MessageTemplates">A template set.</param>
public sealed record TenantChange(
    [StringLength(200, MinimumLength = 1)] string? CompanyName = null,
    [StringLength(200)] string? LegalName = null,
    PrimaryContact? PrimaryContact = null,
    [StringLength(500)] string? Address = null,
    [StringLength(50)] string? TaxId = null,
    [Range(1, int.MaxValue)] int? EstimatedDriverCount = null,
    string? Country = null,
    string? TimeZone = null,
    WorkingHours? WorkingHours = null,
    [OneOf(typeof(Languages))] string? DefaultLanguage = null,
    string? Currency = null,
    [OneOf(typeof(ResourceLimits), nameof(ResourceLimits.TierNames))] string? ServiceTier = null,
    SamsaraConfigChange? SamsaraConfig = null,
    WhatsappConfigChange? WhatsappConfig = null,
    string? MessageTemplates = null,
    ComplianceChange? ComplianceSettings = null,
    DataProcessingChange? DataProcessing = null,
    BrandingChange? Branding = null,
    [Range(1, 1440)] int? EscalateAfterMinutes = null,
    [Range(1, 100)] int? MostUnaskedMessages = null,
    [StringLength(100, MinimumLength = 1)] string? LoadReferenceKey = null)
{
    // A record's own text would print the secrets.
    public override string ToString() => "a change of a company";
}

/// <param name="WebhookSecret">Base64, as Samsara shows it.</param>
/// <param name="WebhookUrl">Given by FleetChat: no other is taken.</param>
/// <param name="ApiToken">Tried at Samsara first, scope by scope.</param>
/// <param name="GroupId">Alone this company's among those of its Samsara organization; empty: the whole.</param>
public sealed record SamsaraConfigChange(string? ApiToken = null, string? GroupId = null, string? WebhookSecret = null, string? WebhookUrl = null)
{
    // A record's own text would print the secrets.
    public override string ToString() => "a change of Samsara's settings";
}

/// <summary>A company's own number, or another token for it. A number of the pool is FleetChat's to change.</summary>
/// <param name="PhoneNumber">E.164; if given, WhatsApp has to show it.</param>
/// <param name="AccessToken">Tried first: the number is read with it.</param>
public sealed record WhatsappConfigChange(
    string? PhoneNumber = null, string? PhoneNumberId = null, string? BusinessAccountId = null, [OneOf(WhatsappConfig.Pool, WhatsappConfig.Company)] string? Ownership = null, string? AccessToken = null)
{
    // A record's own text would print the token.
    public override string ToString() => "a change of WhatsApp's settings";
}

/// <param name="GdprEnabled">Needs a legal basis, chosen days, and before the company begins its agreement.</param>
/// <param name="DriverConsentRequired">Whether a driver has to say yes himself before evidence of his consent counts.</param>
public sealed record ComplianceChange(bool? GdprEnabled = null, [Range(30, 3650)] int? DataRetentionDays = null, bool? DriverConsentRequired = null);

/// <param name="AcceptAgreement">The version of the data-processing agreement that is accepted with this request.</param>
public sealed record DataProcessingChange(
    [OneOf(typeof(TenantFaults), nameof(TenantFaults.LegalBases))] string? LegalBasis = null,
    [StringLength(100)] string? AcceptAgreement = null);

/// <param name="CompanyLogoUrl">https, or empty.</param>
/// <param name="ColorScheme">Up to five colors such as #1A2B3C, separated by commas.</param>
public sealed record BrandingChange(string? CompanyLogoUrl = null, string? ColorScheme = null, string? CustomDomain = null, [StringLength(60)] string? MessageFooter = null);

/// <summary>What a company is registered with: the same fields, of which some have to be there.</summary>
/// <param name="ParentTenantId">Whose child it is.</param>
/// <param name="InviteAdmin">Whether the primary contact is invited as the first admin, by e-mail.</param>
/// <param name="Country">ISO 3166, two letters.</param>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Currency">ISO 4217.</param>
public sealed record Registration(
    [Required, StringLength(200, MinimumLength = 1)] string? CompanyName = null,
    [StringLength(200)] string? LegalName = null,
    PrimaryContact? PrimaryContact = null,
    [Range(1, int.MaxValue)] int? EstimatedDriverCount = null,
    [OneOf(typeof(ResourceLimits), nameof(ResourceLimits.TierNames))] string ServiceTier = "starter",
    [OneOf(typeof(DataRegions), nameof(DataRegions.All))] string DataRegion = "us",
    [Required] string? Country = null,
    [StringLength(500)] string? Address = null,
    [StringLength(50)] string? TaxId = null,
    [Required] string? TimeZone = null,
    WorkingHours? WorkingHours = null,
    [OneOf(typeof(Languages))] string DefaultLanguage = Languages.English,
    string Currency = "USD",
    bool InviteAdmin = true,
    string? ParentTenantId = null)
{
    private static readonly Error RegionUnknown = Error.Invalid("tenants.region_unknown", $"Give one of the data regions {DataRegions.Names}.", "$.data_region");
    private static readonly Error ContactEmailMissing = Error.Invalid(
        "tenants.contact_email_missing", "Give the contact's e-mail, so that he can be invited as the first admin, or say invite_admin: false.", "$.primary_contact.email");

    internal TenantChange Details => new(
        CompanyName ?? "", LegalName, PrimaryContact, Address, TaxId, EstimatedDriverCount, Country ?? "", TimeZone ?? "", WorkingHours, DefaultLanguage, Currency, ServiceTier);

    internal Error? FindFault() => Details.FindFault()
        ?? (DataRegions.Find(DataRegion) is null ? RegionUnknown : null)
        ?? (InviteAdmin && PrimaryContact?.Email is null ? ContactEmailMissing : null);

    // A record's own text would print a person's details.
    public override string ToString() => "a registration";
}
