using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text;
using FleetChat.Core.Security.Access;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;
using FleetChat.Tests.Http;
using MimeKit;

namespace FleetChat.Tests.Scenarios;

/// <summary>A company from its registration to its first delivered message, over HTTP alone: by FleetChat's operator, and by the company's admin, who is invited by e-mail.</summary>
[Collection(ScenarioHost.Name)]
public sealed partial class OnboardingScenarios(ScenarioHost host)
{
    private const string Platform = "api/platform/tenants";
    private const string Admin = "ida";
    private const string SamsaraToken = "a-token-of-the-companys-samsara";
    private const string PoolToken = "a-token-of-the-pools-account";
    private const string Account = "7400000000001";
    private const string DriverPhone = "15129990001";
    private const long Org = 790_001;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_company_is_brought_in_over_HTTP_alone()
    {
        await PrepareOutsideAsync();
        var numberId = await EnterNumberAsync();
        var id = await RegisterAsync();
        await AcceptInvitationAsync();

        var begun = await OperatorAsync(HttpMethod.Post, $"{Platform}/{id}/onboarding");
        Assert.Equal("running", Text(begun, "state"));
        await host.StepToAsync(host.Now + Minute);
        var waiting = await AdminAsync(HttpMethod.Get, "api/onboarding");
        Assert.Equal("onboarding.samsara_token_missing", Text(Step(waiting, "samsara"), "code"));
        Assert.Equal("done", Text(Step(waiting, "number"), "state"));
        Assert.Equal("onboarding.name_pending", Text(Step(waiting, "display_name"), "code"));

        await ChangeCompanyAsync(new { samsara_config = new { api_token = SamsaraToken }, compliance_settings = new { gdpr_enabled = true, data_retention_days = 365 }, data_processing = new { legal_basis = "contract", accept_agreement = "2026-03" } });
        await UntilAsync(async () => Text(await OperatorAsync(HttpMethod.Get, $"{Platform}/{id}"), "status") == "active");
        Assert.Equal("done", Text(Step(await AdminAsync(HttpMethod.Get, "api/onboarding"), "templates"), "state"));
        await host.WhatsApp.DecideNameAsync(new(numberId));
        await UntilAsync(async () => Text(await AdminAsync(HttpMethod.Get, "api/onboarding"), "state") == "done");

        await AddDriverAsync();
        await host.Samsara.AddRouteAsync(Org, new("First trip", [Stop(1), Stop(2)], "41", null, "9900", null, CompletionCondition: "departLastStop"));
        await host.Samsara.ArriveAsync(Org, "9900", "99001");
        await host.StepToAsync(host.Now + Minute);

        var told = (await host.WhatsApp.ChatsAsync(numberId, DriverPhone)).SelectMany(chat => chat.Messages).Where(message => message.Text.Contains("Austin yard", StringComparison.Ordinal)).ToList();
        var messages = (await AdminAsync(HttpMethod.Get, "api/messages?limit=200")).GetProperty("data").EnumerateArray().Where(message => Text(message, "direction") == "outbound").ToList();
        Assert.NotEmpty(told);
        Assert.Equal(told.Select(message => message.Wamid).Order(), messages.Where(message => Text(message, "status") is "delivered" or "read").Select(message => Text(message, "whatsapp_message_id")).Intersect(told.Select(message => message.Wamid)).Order());
        await AssertOnceAsync(id, numberId);
        await host.Database.ExecuteAsAdminAsync($"update directory.tenants set status = 'suspended' where tenant_id = '{id}'; update fleet.tenants set status = 'suspended' where tenant_id = '{id}'");
    }

    /// <summary>What people do in Meta's business manager and in Samsara.</summary>
    private async Task PrepareOutsideAsync()
    {
        await host.WhatsApp.AddWabaAsync(new(Account, "FleetChat", Subscribed: false));
        await host.WhatsApp.AddTokenAsync(new(PoolToken, [Account]));
        await host.WhatsApp.AddUserAsync(new(DriverPhone, "Dora"));
        await host.Samsara.AddOrgAsync(new(Org, "Brought In Carriers", SamsaraToken));
        await host.Samsara.AddDriverAsync(Org, new("Dora", "41", $"+{DriverPhone}"));
    }

    private async Task<string> EnterNumberAsync()
    {
        var entered = await OperatorAsync(HttpMethod.Post, "api/platform/numbers", new { phone_number = "+1 737 555 0144", verified_name = "FleetChat", business_account_id = Account, access_token = PoolToken });
        var code = (await host.WhatsApp.JournalAsync()).Last(entry => entry.Kind == "code.sent").Data.GetProperty("code").GetString();
        var free = await OperatorAsync(HttpMethod.Post, $"api/platform/numbers/{Text(entered, "id")}/code", new { code });
        Assert.Equal("free", Text(free, "state"));
        return Text(free, "phone_number_id");
    }

    private async Task<string> RegisterAsync()
    {
        var made = await OperatorAsync(HttpMethod.Post, Platform, new
        {
            company_name = "Brought In Carriers", country = "US", time_zone = "America/Chicago", estimated_driver_count = 12,
            primary_contact = new { name = "Ida Moore", email = "ida@brought-in.example" },
        });
        Assert.Equal("onboarding", Text(made, "status"));
        return Text(made, "tenant_id");
    }

    private async Task AcceptInvitationAsync()
    {
        await host.StepToAsync(host.Now + Minute);
        var folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(host.Settings.SecretsFolder))!, "mail");
        var letter = Directory.EnumerateFiles(folder, "*.eml").Select(file => MimeMessage.Load(file)).Single(mail => mail.To.Mailboxes.Any(to => to.Address == "ida@brought-in.example"));
        var accepted = await AdminAsync(HttpMethod.Post, "api/invitations/accept", new { token = Token().Match(letter.TextBody!).Value });
        Assert.Equal(Roles.TenantAdmin, Text(accepted, "role"));
    }

    private async Task ChangeCompanyAsync(object change)
    {
        using var seen = await SendAsync(Admin, HttpMethod.Get, "api/tenant");
        using var changed = await SendAsync(Admin, HttpMethod.Patch, "api/tenant", change, seen.Headers.ETag!.ToString());
        Assert.True(changed.IsSuccessStatusCode, await changed.Content.ReadAsStringAsync());
    }

    private Task AddDriverAsync() => AdminAsync(HttpMethod.Post, "api/drivers", new { samsara_driver_id = "41", name = "Dora", phone = $"+{DriverPhone}", language = "en", opt_in = Scenario.OptInAt(host.Now) });

    private NewStop Stop(int number) => new(number == 1 ? "Austin yard" : "Waco mill", host.Now.AddHours(number), Id: $"9900{number}", Address: $"{number} Main St", Latitude: 30, Longitude: -97);

    /// <summary>At most an hour: Meta takes its time.</summary>
    private async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var minute = 0; !await isSo(); minute++)
        {
            Assert.True(minute < 60, "an hour has passed");
            await host.StepToAsync(host.Now + Minute);
        }
    }

    private async Task AssertOnceAsync(string id, string numberId)
    {
        Assert.Equal(1, await host.Database.ScalarAsAdminAsync<long>($"select count(*) from fleet.number_assignments where tenant_id = '{id}' and phone_number_id = '{numberId}'"));
        var calls = (await host.WhatsApp.JournalAsync()).Where(entry => entry.Kind == "rest.request").Select(entry => entry.Data).ToList();
        Assert.Single(calls, call => call.GetProperty("method").GetString() == "POST" && call.GetProperty("query").GetString()!.Contains("new_display_name", StringComparison.Ordinal));
        // Once as it joined the pool, once for its new name.
        Assert.Equal(2, calls.Count(call => call.GetProperty("path").GetString()!.EndsWith($"/{numberId}/register", StringComparison.Ordinal)));
        var hooks = (await host.Samsara.JournalAsync()).Where(entry => entry.Kind == "rest.request" && entry.Data.GetProperty("path").GetString() == "/webhooks" && entry.Data.GetProperty("method").GetString() == "POST");
        Assert.Single(hooks, call => call.Data.GetProperty("org_id").GetInt64() == Org);
    }

    private Task<JsonElement> OperatorAsync(HttpMethod method, string path, object? body = null) => JsonAsync(Roles.PlatformOperator, method, path, body);

    private Task<JsonElement> AdminAsync(HttpMethod method, string path, object? body = null) => JsonAsync(Admin, method, path, body);

    private async Task<JsonElement> JsonAsync(string subject, HttpMethod method, string path, object? body)
    {
        using var response = await SendAsync(subject, method, path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    private async Task<HttpResponseMessage> SendAsync(string subject, HttpMethod method, string path, object? body = null, string? ifMatch = null)
    {
        using var client = new DescribedClient { BaseAddress = host.Settings.Url };
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", host.Issuer.Token(subject));
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (body is not null || method == HttpMethod.Post) request.Content = new StringContent(JsonSerializer.Serialize(body ?? new { }), Encoding.UTF8, "application/json");
        return await client.SendAsync(request);
    }

    private static JsonElement Step(JsonElement onboarding, string name) => onboarding.GetProperty("steps").EnumerateArray().Single(step => Text(step, "step") == name);

    private static string Text(JsonElement element, string member) => element.GetProperty(member).ToString();

    [GeneratedRegex(@"invite\.\S+")]
    private static partial Regex Token();
}
