using System.Text;
using FleetChat.Core;
using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Templates;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Core.Tenants.Numbers;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FleetChat.Benchmarks.Fleet;

/// <param name="Country">ISO 3166 two-letter code; phone numbers without a country code are read in it.</param>
/// <param name="TimeZone">IANA name.</param>
/// <param name="DefaultLanguage"><c>en</c> or <c>es</c>.</param>
/// <param name="Currency">ISO 4217.</param>
internal sealed record SetUpTenantInput(
    TenantId Tenant, string CompanyName, string Country, string TimeZone, string DefaultLanguage, string Currency,
    SamsaraSetup Samsara, WhatsAppSetup WhatsApp)
{
    public string ServiceTier { get; init; } = "starter";

    public string DataRegion { get; init; } = "us";

    public string MessageFooter { get; init; } = "";

    /// <summary>Who enters it, for the audit trail.</summary>
    public string Actor { get; init; } = "system";
}

/// <param name="WebhookSecret">Base64, as Samsara gave it when the webhook was created.</param>
internal sealed record SamsaraSetup(Uri BaseUrl, string? OrgId, string? WebhookId, string WebhookSecret, string? ApiToken)
{
    /// <summary>The Samsara tag that is the company's; empty: the whole organization.</summary>
    public string GroupId { get; init; } = "";
}

/// <param name="PhoneNumber">The company's own number, E.164.</param>
internal sealed record WhatsAppSetup(string PhoneNumber, string PhoneNumberId, string AccountId, string AccessToken);

/// <summary>
/// Seeds a company behind the API, for loads of hundreds and for tests of what comes after a company is in: its rows say that Samsara's webhook, the
/// WhatsApp number and the templates are set up outside. Its templates count as approved from the beginning; what Meta says of them is read like any company's.
/// </summary>
internal sealed class SetUpTenant(TenantDbs dbs, SystemDb system, DataKeys keys, TimeProvider time)
{
    /// <summary>That a company begins with.</summary>
    private const string DefaultSet = "transport_standard_v2";

    private static readonly Error IdTaken = Error.Conflict("tenants.id_taken", "A company with this id exists already. Choose another id.");
    /// <param name="core">Core's services.</param>
    public static SetUpTenant Of(IServiceProvider core) => ActivatorUtilities.CreateInstance<SetUpTenant>(core);

    public async Task<Result<TenantId>> HandleAsync(SetUpTenantInput input, CancellationToken ct)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(input.TimeZone, out _)) return TenantFaults.TimeZoneUnknown;
        if (!IsBase64(input.Samsara.WebhookSecret)) return TenantFaults.WebhookSecretNotBase64;

        var (secretName, key) = await keys.CreateAsync(input.Tenant, ct);
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        try
        {
            var now = time.GetUtcNow();
            await InsertAsync(db, input, secretName, key, now, ct);
            await TemplateSql.EnterAsync(db, input.WhatsApp.AccountId, DefaultSet, input.MessageFooter, WantedTemplate.Of(TemplateSet.Get(DefaultSet), input.MessageFooter), TemplateStatus.Approved, now, ct);
            await NumberAssignments.BeginAsync(db, system, input.WhatsApp.PhoneNumberId, input.WhatsApp.AccountId, now, ct);
            db.Audit(time, input.Actor, "tenant.set_up", input.Tenant.Value, change: new(null, new { input.ServiceTier, input.DataRegion, input.Country, input.TimeZone, input.DefaultLanguage, input.Currency }));
            await db.CommitAsync(ct);
            return input.Tenant;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return NumberAssignments.FindConflict(exception) ?? IdTaken;
        }
    }

    private const string InsertDirectory = """
        insert into directory.tenants (tenant_id, status, data_region, created_at)
        values ($1, 'active', $2, $3)
        """;

    private const string InsertTenant = """
        insert into fleet.tenants (tenant_id, company_name, service_tier, status, data_region, country, time_zone,
                                   default_language, currency, key_secret_name, created_at)
        values ($1, $2, $3, 'active', $4, $5, $6, $7, $8, $9, $10)
        """;

    private const string InsertConfiguration = """
        insert into fleet.tenant_configurations (tenant_id, samsara_base_url, samsara_org_id, samsara_webhook_id,
                                                 samsara_webhook_secret, samsara_api_token, whatsapp_phone_number,
                                                 whatsapp_phone_number_id, whatsapp_business_account_id,
                                                 whatsapp_access_token, message_footer, samsara_group_id, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """;

    private static async Task InsertAsync(TenantDb db, SetUpTenantInput input, string secretName, DataKey key, DateTimeOffset now, CancellationToken ct)
    {
        var (samsara, whatsApp) = (input.Samsara, input.WhatsApp);
        await using var batch = db.Batch()
            .Add(InsertDirectory, P.Text(input.DataRegion), P.Time(now))
            .Add(InsertTenant, P.Text(input.CompanyName), P.Text(input.ServiceTier), P.Text(input.DataRegion), P.Text(input.Country),
                P.Text(input.TimeZone), P.Text(input.DefaultLanguage), P.Text(input.Currency), P.Text(secretName), P.Time(now))
            .Add(InsertConfiguration, P.Text(samsara.BaseUrl.ToString()), P.Text(samsara.OrgId), P.Text(samsara.WebhookId),
                P.Bytes(Seal(EncryptedColumns.SamsaraWebhookSecret, samsara.WebhookSecret)),
                P.Bytes(Seal(EncryptedColumns.SamsaraApiToken, samsara.ApiToken)),
                P.Text(whatsApp.PhoneNumber), P.Text(whatsApp.PhoneNumberId), P.Text(whatsApp.AccountId),
                P.Bytes(Seal(EncryptedColumns.WhatsAppAccessToken, whatsApp.AccessToken)), P.Text(input.MessageFooter),
                P.Text(samsara.GroupId), P.Time(now))
            .Add(ServiceTerms.Note, P.Day(BillingPeriod.Today(now, TimeZoneInfo.FindSystemTimeZoneById(input.TimeZone))), P.Text(input.ServiceTier), P.Bool(true))
            .Add(Books.Open);
        await batch.ExecuteAsync(ct);
        await Books.KeepAsync(db, TimeZoneInfo.FindSystemTimeZoneById(input.TimeZone), ct);

        byte[]? Seal(Column column, string? value) => value is null ? null : key.Encrypt(column, input.Tenant.Value, Encoding.UTF8.GetBytes(value));
    }

    private static bool IsBase64(string text) => text.Length > 0 && Convert.TryFromBase64String(text, new byte[text.Length], out _);
}
