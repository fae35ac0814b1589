using System.Text.Json.Nodes;
using FleetChat.Core.Calls;
using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Templates;
using FleetChat.Core.Samsara.Polling;
using FleetChat.Core.Tenants;
using FleetChat.Core.WhatsApp;
using FleetChat.Simulators.WhatsApp;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using TemplateStatus = FleetChat.Simulators.WhatsApp.TemplateStatus;
using TemplateView = FleetChat.Simulators.WhatsApp.TemplateView;

namespace FleetChat.Tests.Messaging.Templates;

/// <summary>A fleet whose templates are at the simulator; messages go to nobody, and webhooks come when a test says so.</summary>
public sealed class TemplateFleet : IAsyncLifetime
{
    public const string Driver = "51732619";
    public const string Note = "fleetchat_dispatcher_note_v2";
    private static readonly TimeSpan s_review = TimeSpan.FromMinutes(10);
    private TestDatabase _database = null!;
    private WhatsAppSimulator _simulator = null!;
    private int _drivers;

    public TestFleet Fleet { get; private set; } = null!;

    internal Interruption Interruption { get; } = new();

    public WhatsAppControl Meta => _simulator.Control;

    public Uri Graph => _simulator.Address;

    public List<WhatsAppMessage> Sent { get; private set; } = [];

    public DateTimeOffset Now => Fleet.Clock.GetUtcNow();

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.BorrowAsync();
        // The simulator has the fleet's clock, which is made with it.
        Uri? graph = null;
        Fleet = await TestFleet.StartAsync(_database, services =>
        {
            services.Replace(ServiceDescriptor.Transient<IWhatsAppTemplates>(provider => new WhatsAppTemplates(
                provider.GetRequiredService<IHttpClientFactory>().CreateClient(),
                Options.Create(new Core.WhatsApp.WhatsAppOptions { AppSecret = TestFleet.AppSecret, VerifyToken = "a verify token", GraphBaseUrl = graph! }))));
            Interruption.Around<IWhatsAppTemplates>(services);
        });
        _simulator = await WhatsAppSimulator.StartAsync(new() { Clock = Fleet.Clock, Settings = new(TemplateReview: s_review) });
        graph = _simulator.Address;
        Sent = Fleet.AcceptAll();
    }

    public async Task DisposeAsync()
    {
        await _simulator.DisposeAsync();
        await Fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>With an account at Meta that has nothing yet.</summary>
    public async Task<TestCompany> AddCompanyAsync(string footer = "", string defaultLanguage = "en")
    {
        var company = await Fleet.AddCompanyAsync();
        await Meta.AddWabaAsync(new(company.AccountId, company.Id.Value));
        await Meta.AddTokenAsync(new($"token of {company.Id}", [company.AccountId]));
        await Fleet.Database.ExecuteAsAdminAsync($"delete from fleet.message_templates where tenant_id = '{company.Id}'");
        await SetTokenAsync(company, $"token of {company.Id}");
        await Fleet.Db(company).ExecuteAsync("update fleet.tenants set default_language = $2 where tenant_id = $1", default, P.Text(defaultLanguage));
        await SetFooterAsync(company, footer);
        return company;
    }

    public async Task SetFooterAsync(TestCompany company, string footer)
    {
        await Fleet.Db(company).ExecuteAsync("update fleet.tenant_configurations set message_footer = $2 where tenant_id = $1", default, P.Text(footer));
        await ForgetSettingsAsync(company);
    }

    public async Task SetTokenAsync(TestCompany company, string token)
    {
        var key = await Fleet.Get<Core.Security.DataKeys>().GetAsync(company.Id, default);
        await Fleet.Db(company).ExecuteAsync("update fleet.tenant_configurations set whatsapp_access_token = $2 where tenant_id = $1", default,
            P.Bytes(key.Encrypt(Core.Security.EncryptedColumns.WhatsAppAccessToken, company.Id.Value, System.Text.Encoding.UTF8.GetBytes(token))));
        await ForgetSettingsAsync(company);
    }

    private Task ForgetSettingsAsync(TestCompany company) => Fleet.Get<TenantSettingsCache>().ReadAsync(company.Id, default);

    public async Task<TemplateList> SubmitAsync(TestCompany company)
    {
        var list = await Fleet.Get<SubmitTemplates>().HandleAsync(new(company.Id, "operator:test"), default);
        Assert.True(list.IsOk, list.Error?.Code);
        await CallAsync(company);
        return await ListAsync(company);
    }

    /// <summary>Submitted and approved.</summary>
    public async Task ApproveAllAsync(TestCompany company)
    {
        await SubmitAsync(company);
        await EndReviewsAsync(company);
        await PollAsync(company);
        Assert.Equal(0, (await ListAsync(company)).Progress.Waiting);
    }

    /// <summary>All that is due at Meta, until nothing more is.</summary>
    public async Task CallAsync(TestCompany company)
    {
        for (var round = 0; round < 20 && await IsDueAsync(company); round++) await Fleet.WorkAsync([], [], [new(company.Id, CallLanes.WhatsApp)]);
    }

    public Task<bool> IsDueAsync(TestCompany company)
        => Fleet.Db(company).FindAsync("select exists (select from fleet.calls where tenant_id = $1 and lane = $2 and status = 'waiting' and due_at <= $3)", row => row.GetBoolean(0), default, P.Small(CallLanes.WhatsApp), P.Time(Now));

    /// <summary>As it comes round.</summary>
    public async Task PollAsync(TestCompany company)
    {
        Fleet.Clock.Advance(TimeSpan.FromSeconds(1));
        await Fleet.Get<KeepPolls>().HandleAsync(default);
        await Fleet.Db(company).ExecuteAsync("update fleet.calls set due_at = $3 where tenant_id = $1 and kind = $2 and status = 'waiting'", default, P.Text(KeepTemplates.Kind), P.Time(Now));
        await CallAsync(company);
    }

    /// <summary>Meta decides on all that it has, as the test has said how.</summary>
    public async Task EndReviewsAsync(TestCompany company)
    {
        Fleet.Clock.Advance(s_review);
        await Until.TrueAsync(async () => (await AtMetaAsync(company)).All(t => t.Status != "PENDING"), "the reviews' end");
    }

    public async Task<IReadOnlyList<TemplateView>> AtMetaAsync(TestCompany company) => (await Meta.ViewAsync()).Wabas.Single(w => w.Id == company.AccountId).Templates;

    public async Task<TemplateList> ListAsync(TestCompany company) => (await Fleet.Get<ListTemplates>().HandleAsync(company.Id, default)).Value;

    public async Task<Core.Messaging.Templates.TemplateView> FindAsync(TestCompany company, string template, string language = "en_US")
        => (await ListAsync(company)).Items.First(t => t.Template == template && t.Language == language);

    public Task SetAsync(TestCompany company, string name, string status, string language = "en_US", string? category = null, string? reason = null)
        => Meta.SetTemplateStatusAsync(new TemplateStatus(company.AccountId, name, language, status, reason, category, IsLost: true));

    /// <summary>Meta's webhook, and all that comes of it. Null: no time is told.</summary>
    public async Task<WebhookAnswer> HearAsync(TestCompany company, string field, JsonObject value, DateTimeOffset? at = null, string? account = null)
    {
        var body = new JsonObject
        {
            ["object"] = "whatsapp_business_account",
            ["entry"] = new JsonArray(new JsonObject
            {
                ["id"] = account ?? company.AccountId,
                ["time"] = at?.ToUnixTimeSeconds(),
                ["changes"] = new JsonArray(new JsonObject { ["field"] = field, ["value"] = value }),
            }),
        };
        var receipt = await Fleet.FromWhatsAppAsync(body.ToJsonString());
        // Meta is asked when the test says so.
        foreach (var nudge in receipt.Nudges) await Fleet.WorkAsync([], (await Fleet.Get<ProcessLane>().HandleAsync(nudge, default)).Send);
        return new(receipt.IsAccepted, receipt.Nudges.Count);
    }

    public Task<WebhookAnswer> HearStatusAsync(TestCompany company, string name, string status, string language = "en_US", DateTimeOffset? at = null, string? reason = null, string? account = null)
        => HearAsync(company, "message_template_status_update", new()
        {
            ["event"] = status,
            ["message_template_id"] = 1234567890,
            ["message_template_name"] = name,
            ["message_template_language"] = language,
            ["reason"] = reason ?? "NONE",
        }, at, account);

    public Task<Guid> AddDriverAsync(TestCompany company, string? language = "en", string consent = "granted")
        => Fleet.AddDriverAsync(company, $"{Driver}{++_drivers}", PhoneOf(_drivers), language: language, consent: consent);

    /// <summary>Has agreed on paper, and is asked because the company wants to hear it from him.</summary>
    public async Task<Guid> AddAskedDriverAsync(TestCompany company, string language)
    {
        await Fleet.Db(company).ExecuteAsync("update fleet.tenant_configurations set driver_consent_required = true where tenant_id = $1", default);
        await ForgetSettingsAsync(company);
        var optIn = new OptIn("I agree that acme writes to me.", "2026-01", "en", "paper", "form 9", Now.AddDays(-1));
        return (await Fleet.Get<AddDriver>().HandleAsync(new(company.Id, $"{Driver}{++_drivers}", "Ana", PhoneOf(_drivers), language) { OptIn = optIn }, default)).Value;
    }

    public string LastDriver => $"{Driver}{_drivers}";

    public static string PhoneOf(int driver) => $"+1555000{1000 + driver}";

    public string LastPhone => PhoneOf(_drivers);

    public Task<List<string>> OpenAlertsAsync(TestCompany company)
        => Fleet.Db(company).ListAsync("select code || ': ' || subject from fleet.alerts where tenant_id = $1 and closed_at is null order by code, subject", row => row.GetString(0), default);
}

public sealed record WebhookAnswer(bool IsAccepted, int Nudges);
