using System.Diagnostics;
using System.Text.Json;
using FleetChat.Core.Security.Access;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;
using Xunit.Abstractions;

namespace FleetChat.Tests.Scenarios;

/// <summary>A company from its registration to its first delivered message, over HTTP alone: by FleetChat's operator, and by the company's admin, who is invited by e-mail.</summary>
[Collection(ScenarioHost.Name)]
public sealed class OnboardingScenarios : IDisposable
{
    private const string Platform = "api/platform/tenants";
    private const string Address = "ida@brought-in.example";
    private const string SamsaraToken = "a-token-of-the-companys-samsara";
    private const string PoolToken = "a-token-of-the-pools-account";
    private const string Account = "7400000000001";
    private const string DriverPhone = "15129990001";
    private const string Rejected = "fleetchat_site_entered_v1";
    private const string Recategorised = "fleetchat_route_completed_v1";
    private const long Org = 790_001;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ScenarioHost _host;
    private readonly FleetApi _operator;
    private readonly FleetApi _admin;
    private readonly ITestOutputHelper _output;

    public OnboardingScenarios(ScenarioHost host, ITestOutputHelper output)
    {
        (_host, _output) = (host, output);
        _operator = new(host.Settings.Url, ct => host.Issuer.SignInAsync(LocalHostSettings.Operator, ct));
        _admin = new(host.Settings.Url, ct => host.Issuer.SignInAsync("ida", ct));
    }

    public void Dispose()
    {
        _operator.Dispose();
        _admin.Dispose();
    }

    [Fact]
    public async Task A_company_is_brought_in_over_HTTP_alone()
    {
        await PrepareOutsideAsync();
        var numberId = await EnterNumberAsync();
        var since = Stopwatch.StartNew();
        var id = await RegisterAsync();
        await AcceptInvitationAsync();

        Assert.Equal("running", (await _operator.PostAsync<ApiOnboarding>($"{Platform}/{id}/onboarding", new { }, default)).State);
        await _host.StepToAsync(_host.Now + Minute);
        var waiting = await SeeAsync();
        Assert.Equal("onboarding.samsara_token_missing", waiting.Step("samsara").Code);
        Assert.Equal("done", waiting.Step("number").State);
        Assert.Equal("onboarding.name_pending", waiting.Step("display_name").Code);

        await _admin.ChangeCompanyAsync(
            new { samsara_config = new { api_token = SamsaraToken }, compliance_settings = new { gdpr_enabled = true, data_retention_days = 365 }, data_processing = new { legal_basis = "contract", accept_agreement = "2026-03" } }, default);
        await _host.StepToAsync(_host.Now + Minute);
        var reviewed = await SeeAsync();
        Assert.Equal(("done", "onboarding.templates_pending", false), (reviewed.Step("samsara").State, reviewed.Step("templates").Code, reviewed.HasBegun));
        await UntilAsync(async () => Text(await _operator.GetAsync<JsonElement>($"{Platform}/{id}", default), "status") == "active");
        Assert.Equal("done", (await SeeAsync()).Step("templates").State);
        await AddDriverAsync();
        var told = await FirstTripAsync(numberId);
        _output.WriteLine($"first message after {since.Elapsed.TotalSeconds:F0} s on the wall");

        await AssertDecidedAsync();
        await _host.WhatsApp.DecideNameAsync(new(numberId));
        await UntilAsync(async () => (await SeeAsync()).State == "done");
        var messages = (await _admin.ListAsync<JsonElement>("api/messages", default)).Where(message => Text(message, "direction") == "outbound").ToList();
        Assert.NotEmpty(told);
        Assert.Equal(told.Order(), messages.Where(message => Text(message, "status") is "delivered" or "read").Select(message => Text(message, "whatsapp_message_id")).Intersect(told).Order());
        await AssertOnceAsync(id, numberId);
        await _host.Database.ExecuteAsAdminAsync($"update directory.tenants set status = 'suspended' where tenant_id = '{id}'; update fleet.tenants set status = 'suspended' where tenant_id = '{id}'");
    }

    /// <summary>What people do in Meta's business manager and in Samsara; and what Meta will think of two templates.</summary>
    private async Task PrepareOutsideAsync()
    {
        await _host.WhatsApp.AddWabaAsync(new(Account, "FleetChat", Subscribed: false));
        await _host.WhatsApp.AddTokenAsync(new(PoolToken, [Account]));
        await _host.WhatsApp.AddUserAsync(new(DriverPhone, "Dora"));
        await _host.WhatsApp.DecideReviewAsync(new(Rejected, Verdict.Reject, WabaId: Account));
        await _host.WhatsApp.DecideReviewAsync(new(Recategorised, Verdict.Recategorise, WabaId: Account));
        await _host.Samsara.AddOrgAsync(new(Org, "Brought In Carriers", SamsaraToken));
        await _host.Samsara.AddDriverAsync(Org, new("Dora", "41", $"+{DriverPhone}"));
    }

    private async Task<string> EnterNumberAsync()
    {
        var entered = await _operator.PostAsync<JsonElement>("api/platform/numbers", new { phone_number = "+1 737 555 0144", verified_name = "FleetChat", business_account_id = Account, access_token = PoolToken }, default);
        var code = (await _host.WhatsApp.JournalAsync()).Last(entry => entry.Kind == "code.sent").Data.GetProperty("code").GetString();
        var free = await _operator.PostAsync<JsonElement>($"api/platform/numbers/{Text(entered, "id")}/code", new { code }, default);
        Assert.Equal("free", Text(free, "state"));
        return Text(free, "phone_number_id");
    }

    private async Task<string> RegisterAsync()
    {
        var made = await _operator.PostAsync<JsonElement>(Platform, new
        {
            company_name = "Brought In Carriers", country = "US", time_zone = "America/Chicago", estimated_driver_count = 12,
            primary_contact = new { name = "Ida Moore", email = Address },
        }, default);
        Assert.Equal("onboarding", Text(made, "status"));
        return Text(made, "tenant_id");
    }

    private async Task AcceptInvitationAsync()
    {
        await _host.StepToAsync(_host.Now + Minute);
        var token = Letters.FindInvitation(_host.Settings.MailFolder, Address);
        Assert.Equal(Roles.TenantAdmin, Text(await _admin.PostAsync<JsonElement>("api/invitations/accept", new { token }, default), "role"));
    }

    private Task AddDriverAsync()
        => _admin.PostAsync<JsonElement>("api/drivers", new { samsara_driver_id = "41", name = "Dora", phone = $"+{DriverPhone}", language = "en", opt_in = Scenario.OptInAt(_host.Now) }, default);

    /// <returns>The ids of what its driver got.</returns>
    private async Task<IReadOnlyList<string>> FirstTripAsync(string numberId)
    {
        await _host.Samsara.AddRouteAsync(Org, new("First trip", [Stop(1), Stop(2)], "41", null, "9900", null, CompletionCondition: "departLastStop"));
        await _host.Samsara.ArriveAsync(Org, "9900", "99001");
        await _host.StepToAsync(_host.Now + Minute);
        return [.. (await _host.WhatsApp.ChatsAsync(numberId, DriverPhone)).SelectMany(chat => chat.Messages).Where(message => message.Text.Contains("Austin yard", StringComparison.Ordinal)).Select(message => message.Wamid)];
    }

    private NewStop Stop(int number) => new(number == 1 ? "Austin yard" : "Waco mill", _host.Now.AddHours(number), Id: $"9900{number}", Address: $"{number} Main St", Latitude: 30, Longitude: -97);

    /// <summary>At most an hour: Meta takes its time.</summary>
    private async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var minute = 0; !await isSo(); minute++)
        {
            Assert.True(minute < 60, "an hour has passed");
            await _host.StepToAsync(_host.Now + Minute);
        }
    }

    private async Task AssertDecidedAsync()
    {
        var templates = (await _admin.GetAsync<JsonElement>("api/templates", default)).GetProperty("items").EnumerateArray().ToList();
        Assert.All(templates, template => Assert.Equal(
            Text(template, "template") switch { Rejected => ("REJECTED", "UTILITY"), Recategorised => ("APPROVED", "MARKETING"), _ => ("APPROVED", "UTILITY") },
            (Text(template, "status"), Text(template, "category"))));
        var alerts = (await _admin.ListAsync<JsonElement>("api/alerts", default)).Select(alert => Text(alert, "code")).Where(code => code.StartsWith("template.", StringComparison.Ordinal));
        Assert.Equal(["template.recategorised", "template.rejected"], alerts.Distinct().Order());
    }

    private async Task AssertOnceAsync(string id, string numberId)
    {
        Assert.Equal(1, await _host.Database.ScalarAsAdminAsync<long>($"select count(*) from fleet.number_assignments where tenant_id = '{id}' and phone_number_id = '{numberId}'"));
        var calls = (await _host.WhatsApp.JournalAsync()).Where(entry => entry.Kind == "rest.request").Select(entry => entry.Data).ToList();
        Assert.Single(calls, call => call.GetProperty("method").GetString() == "POST" && call.GetProperty("query").GetString()!.Contains("new_display_name", StringComparison.Ordinal));
        // Once as it joined the pool, once for its new name.
        Assert.Equal(2, calls.Count(call => call.GetProperty("path").GetString()!.EndsWith($"/{numberId}/register", StringComparison.Ordinal)));
        var hooks = (await _host.Samsara.JournalAsync()).Where(entry => entry.Kind == "rest.request" && entry.Data.GetProperty("path").GetString() == "/webhooks" && entry.Data.GetProperty("method").GetString() == "POST");
        Assert.Single(hooks, call => call.Data.GetProperty("org_id").GetInt64() == Org);
    }

    private Task<ApiOnboarding> SeeAsync() => _admin.GetAsync<ApiOnboarding>("api/onboarding", default);

    private static string Text(JsonElement element, string member) => element.GetProperty(member).ToString();
}
