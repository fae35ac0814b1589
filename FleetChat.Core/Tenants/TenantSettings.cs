using System.Collections.Concurrent;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security;
using FleetChat.Core.Transports;

namespace FleetChat.Core.Tenants;

/// <summary>What receiving, processing and sending need to know of a tenant, with its secrets opened.</summary>
/// <param name="Version">Counts the changes of the tenant's configuration.</param>
public sealed record TenantSettings(
    TenantId Tenant, int Version, string CompanyName, string Status, string Country, TimeZoneInfo TimeZone, string DefaultLanguage,
    string? SamsaraOrgId, string? SamsaraWebhookId, string? SamsaraWebhookSecret,
    string? PhoneNumberId, string? WhatsAppAccountId, string? WhatsAppAccessToken, string TemplateSet, string MessageFooter)
{
    /// <summary>Null while the company has given no token: then Samsara is not asked.</summary>
    public SamsaraAccess? Samsara { get; init; }

    /// <summary>The Samsara tag that is the company's; empty: the whole organization.</summary>
    public string SamsaraGroupId { get; init; } = "";

    /// <summary>What a driver is told in a day without having done anything.</summary>
    public int MostUnaskedMessages { get; init; } = 6;

    /// <summary>Whether a driver has to say yes himself before evidence of his consent counts.</summary>
    public bool DriverConsentRequired { get; init; }

    /// <summary>After so many days contents, phones and media of what was said are forgotten.</summary>
    public int DataRetentionDays { get; init; } = Retention.DefaultDays;

    public RuleBook Rules { get; init; } = RuleBook.Default;

    /// <summary>Key in a Samsara route's externalIds under which the company keeps its load's number.</summary>
    public string LoadReferenceKey { get; init; } = "load";

    /// <summary>How the company says what its stops are for.</summary>
    public StopKindRules StopKinds { get; init; } = StopKindRules.None;

    /// <summary>Whether drivers are written to. Before that a company is only set up: nothing of what it agrees to is agreed yet.</summary>
    public bool WritesToDrivers => Status is "active";

    /// <summary>Whether others outside are asked and told.</summary>
    public bool IsActive => Status is "active" or "onboarding";

    /// <summary>Whether events are taken in. A suspended company's are: it may come back.</summary>
    public bool TakesEvents => Status is not ("terminating" or "terminated");

    // A record's own text would print the secrets.
    public override string ToString() => $"{Tenant} v{Version}";
}

/// <summary>
/// Settings by tenant, kept for a few seconds: a webhook needs them before its signature can be checked, and one tenant's
/// flood of webhooks should not read the same row each time.
/// </summary>
public sealed class TenantSettingsCache(TenantDbs dbs, DataKeys keys)
{
    /// <summary>So long after a change another process may go on with what was before.</summary>
    internal static readonly TimeSpan MostStale = TimeSpan.FromSeconds(5);

    private static readonly long Lifetime = (long)MostStale.TotalMilliseconds;
    private static readonly long Fresh = (long)TimeSpan.FromSeconds(1).TotalMilliseconds;
    private const int MostMissing = 1000;
    private readonly ConcurrentDictionary<TenantId, (TenantSettings Settings, long ReadAt)> _known = new();
    private readonly ConcurrentDictionary<TenantId, long> _missing = new();

    /// <summary>Null if there is no such tenant.</summary>
    public async Task<TenantSettings?> FindAsync(TenantId tenant, CancellationToken ct)
        => _known.TryGetValue(tenant, out var known) && Environment.TickCount64 - known.ReadAt < Lifetime
            ? known.Settings
            : await ReadAsync(tenant, ct);

    /// <summary>As it was a second ago at the most: after a signature failed, the secret may have been changed. A flood of wrong ones reads once a second.</summary>
    public async Task<TenantSettings?> FindFreshAsync(TenantId tenant, CancellationToken ct)
        => _known.TryGetValue(tenant, out var known) && Environment.TickCount64 - known.ReadAt < Fresh ? known.Settings : await ReadAsync(tenant, ct);

    /// <summary>For doors at which anybody may knock: that an id does not exist is remembered for a second.</summary>
    public async Task<TenantSettings?> FindAtDoorAsync(TenantId tenant, CancellationToken ct)
    {
        if (_missing.TryGetValue(tenant, out var missedAt) && Environment.TickCount64 - missedAt < Fresh) return null;
        var settings = await FindAsync(tenant, ct);
        if (settings is not null) return settings;
        // Invented ids must not fill the memory.
        if (_missing.Count >= MostMissing) _missing.Clear();
        _missing[tenant] = Environment.TickCount64;
        return null;
    }

    /// <summary>Past what is kept.</summary>
    public async Task<TenantSettings?> ReadAsync(TenantId tenant, CancellationToken ct)
    {
        var row = await FindRowAsync(dbs.For(tenant), ct);
        // Who is closed has no key any more, and is to everybody as if he had never been.
        if (row is null || row.Value.Status == "terminated")
        {
            _known.TryRemove(tenant, out _);
            return null;
        }
        var key = await keys.GetAsync(tenant, ct);
        var settings = row.Value.Open(key);
        _known[tenant] = (settings, Environment.TickCount64);
        return settings;
    }

    private const string FindRow = """
        select t.company_name, t.status, t.country, t.time_zone, t.default_language,
               c.version, c.samsara_org_id, c.samsara_webhook_id, c.samsara_webhook_secret,
               c.whatsapp_phone_number_id, c.whatsapp_business_account_id, c.whatsapp_access_token,
               c.message_templates, c.message_footer,
               c.samsara_base_url, c.samsara_api_token, c.samsara_group_id, c.rules::text, c.load_reference_key, c.stop_kinds::text, c.most_unasked_messages,
               c.driver_consent_required, c.data_retention_days
        from fleet.tenants t
        join fleet.tenant_configurations c on c.tenant_id = t.tenant_id
        where t.tenant_id = $1
        """;

    private static Task<(string Status, Func<DataKey, TenantSettings> Open)?> FindRowAsync(TenantDb db, CancellationToken ct)
        => db.FindAsync<(string, Func<DataKey, TenantSettings>)?>(FindRow, row =>
        {
            var tenant = db.Tenant;
            var (company, status, country, zone, language) = (row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4));
            var (version, org, webhook, secret) = (row.GetInt32(5), row.TextOrNull(6), row.TextOrNull(7), row.BytesOrNull(8));
            var (number, account, token) = (row.TextOrNull(9), row.TextOrNull(10), row.BytesOrNull(11));
            var (templates, footer) = (row.GetString(12), row.GetString(13));
            var (samsaraUrl, samsaraToken, group) = (row.GetString(14), row.BytesOrNull(15), row.GetString(16));
            var (rules, load, stopKinds, most) = (row.GetString(17), row.GetString(18), row.GetString(19), row.GetInt32(20));
            var (isConsentRequired, retention) = (row.GetBoolean(21), row.IntOrNull(22));
            return (status, key => new(tenant, version, company, status, country, TimeZoneInfo.FindSystemTimeZoneById(zone), language,
                org, webhook, Open(key, EncryptedColumns.SamsaraWebhookSecret, secret),
                number, account, Open(key, EncryptedColumns.WhatsAppAccessToken, token), templates, footer)
            {
                Samsara = Open(key, EncryptedColumns.SamsaraApiToken, samsaraToken) is { } apiToken ? new(new(samsaraUrl), apiToken) : null,
                SamsaraGroupId = group,
                MostUnaskedMessages = most,
                DriverConsentRequired = isConsentRequired,
                DataRetentionDays = retention ?? Retention.DefaultDays,
                Rules = RuleBook.Of(rules),
                LoadReferenceKey = load,
                StopKinds = StopKindRules.Of(stopKinds),
            });

            string? Open(DataKey dataKey, Column column, byte[]? value)
                => value is null ? null : System.Text.Encoding.UTF8.GetString(dataKey.Decrypt(column, tenant.Value, value));
        }, ct);
}
