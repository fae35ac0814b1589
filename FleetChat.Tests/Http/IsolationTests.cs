using System.Net;
using System.Security.Cryptography;
using System.Text;
using FleetChat.Functions.Security;
using FleetChat.Tests.Conventions;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Http;

/// <summary>Every route with the key of one company and the ids of another. A route that is not tried here fails the class.</summary>
public sealed class IsolationTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Missing = "0199b0a0-0000-7000-8000-00000000dead";

    /// <summary>Routes with an id: A's id, with which B gets the same as with one that nobody has.</summary>
    internal static readonly Dictionary<string, Func<ApiCompany, Guid>> ById = new()
    {
        ["GetDriverById"] = a => a.Driver,
        ["PatchDriver"] = a => a.Driver,
        ["PostDriverMessage"] = a => a.Driver,
        ["GetDriverConsent"] = a => a.Driver,
        ["GetDriverConsentPage"] = a => a.Driver,
        ["PostConsentQuestion"] = a => a.Willing,
        ["PostConsentInvitation"] = a => a.Invited,
        ["GetConsentInvitationQr"] = a => a.Invited,
        ["GetImportById"] = a => a.Import,
        ["GetImportRows"] = a => a.Import,
        ["GetImportRowsCsv"] = a => a.Import,
        ["PutImportPart"] = a => a.Import,
        ["PostImportCompletion"] = a => a.WholeImport,
        ["PostImportCancellation"] = a => a.SpareImport,
        ["GetTransportById"] = a => a.Transport,
        ["GetMessageById"] = a => a.Message,
        ["GetMessageWhy"] = a => a.Message,
        ["GetEventWhy"] = a => a.Event,
        ["GetMediaById"] = a => a.Medium,
        ["PostConversationHandled"] = a => a.Conversation,
        ["GetWebhookEndpointById"] = a => a.WebhookEndpoint,
        ["PatchWebhookEndpoint"] = a => a.WebhookEndpoint,
        ["DeleteWebhookEndpoint"] = a => a.SpareWebhookEndpoint,
        ["PostWebhookSecret"] = a => a.WebhookEndpoint,
        ["GetWebhookDeliveries"] = a => a.WebhookEndpoint,
        ["PostWebhookRedelivery"] = a => a.WebhookEndpoint,
        ["PostWebhookTest"] = a => a.WebhookEndpoint,
        ["PostConversationTake"] = a => a.Conversation,
        ["PostConversationDriver"] = a => a.Conversation,
        ["DeletePause"] = a => a.Pause,
    };

    /// <summary>What is sent to a route that wants a body, by the company that asks.</summary>
    private static readonly Dictionary<string, Func<ApiCompany, string>> Bodies = new()
    {
        ["PatchDriver"] = _ => """{"language":"es"}""",
        ["PostDriverMessage"] = _ => """{"text":"Hello."}""",
        ["PutImportPart"] = _ => "samsara-2,Ben",
        ["PostImportCompletion"] = _ => $$"""{"parts":1,"sha256":"{{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(ApiCompany.Roster)))}}"}""",
        ["PostConversationTake"] = _ => """{"who":"Kim"}""",
        ["PatchWebhookEndpoint"] = _ => """{"types":["alert.opened"]}""",
        ["PostWebhookRedelivery"] = _ => """{"since":"2026-03-01T00:00:00Z"}""",
        ["PostConversationDriver"] = asks => $$"""{"driver_id":"{{asks.Driver}}"}""",
    };

    /// <summary>Lists, with every filter that takes an id of A's.</summary>
    private static readonly Dictionary<string, Func<ApiCompany, string[]>> Lists = new()
    {
        ["GetDrivers"] = _ => [""],
        ["GetImports"] = _ => [""],
        ["GetTransports"] = a => ["", $"?driver_id={a.Driver}"],
        ["GetMessages"] = a => ["", $"?driver_id={a.Driver}", $"?conversation_id={a.Conversation}", $"?transport_id={a.Transport}"],
        ["GetConversations"] = _ => ["", "?needs=dispatcher"],
        ["GetAlerts"] = _ => ["", "?include=closed"],
        ["GetEvents"] = _ => [""],
        ["GetWebhookEndpoints"] = _ => [""],
        ["GetPauses"] = _ => [""],
    };

    /// <summary>What is about the company itself: see GuardTests for the refusal, UsageApiTests, AnalyzeUsageTests, ImportApiTests, RuleApiTests, StopKindApiTests and TemplateApiTests for what the company chooses.</summary>
    private static readonly string[] OfTheCompany = ["GetMe", "GetOwnTenant", "GetOwnUsage", "GetUsageAnalytics", "GetUsageAnalyticsCsv", "PatchOwnTenant", "GetOwnTenantVersions", "GetOwnOnboarding", "GetTenantById", "PostDriver", "PostImport", "PostWebhookEndpoint", "PostPause", "GetRules", "PatchRule", "GetStopKinds", "PutStopKinds", "GetTemplates", "PostTemplateSubmission", "PostTemplatePreview"];

    /// <summary>What no key may call: see UserApiTests, ApiKeyApiTests, InvitationTests, NumberPoolApiTests, PlatformTenantApiTests, CorporateApiTests, ParentApiTests, LimitApiTests, OnboardingApiTests, PauseApiTests, BillingApiTests, PaymentApiTests and AnalyticsApiTests.</summary>
    private static readonly string[] OfPeople =
    [
        "GetUsers", "PatchUser", "DeleteUser", "GetKeys", "PostKey", "PostKeyRotation", "DeleteKey", "GetAudit", "PostInvitation", "PostInvitationAcceptance", "GetInvitations", "DeleteInvitation", "GetPoolNumbers", "PostPoolNumber", "PostPoolNumberCode",
        "GetChildren", "GetChildById", "GetChildDrivers", "GetChildTransports", "GetCorporateUsage", "GetCorporateUsageCsv", "PutParent", "DeleteParent", "PutLimits", "DeleteLimits",
        "GetPlatformTenants", "GetPlatformTenantById", "PostPlatformTenant", "PatchPlatformTenant",
        "GetPlatformOnboarding", "PostPlatformOnboarding", "DeletePlatformOnboarding",
        "GetPlatformPauses", "PostPlatformPause", "DeletePlatformPause", "GetPlatformTenantPauses", "DeletePlatformTenantPause", "PostSuspension", "DeleteSuspension",
        "GetInvoices", "GetInvoiceById", "GetInvoicePage", "GetInvoicePdf", "GetInvoicePreview", "GetInvoiceLineUsage", "GetInvoiceLineUsageCsv", "GetRateCards", "PostRateCard", "GetAgreements", "PostAgreement", "GetBillingAccount", "PutBillingAccount",
        "GetBillingProgress", "PostBillingRun", "GetPlatformInvoices", "GetAdjustments", "PostAdjustment", "DeleteAdjustment", "PostCreditNote", "PostBankPayment", "PostBankRefund", "PostBankReversal", "PostVoid", "GetInvoicePayments", "GetPaymentMethod", "PostPaymentLink", "GetPlatformPaymentMethod", "PutDunningHold", "DeleteDunningHold", "PostRefund", "GetMetaRates", "PostMetaRate", "GetMonthMargin", "GetMonthMarginCsv",
    ];

    [Fact]
    public void Every_guarded_route_is_tried()
        => Findings.AssertNone(Route.All.Select(route => route.Function)
            .Except(OpenRoutes.Names).Except(SignedRoutes.Names)
            .Except(ById.Keys).Except(Lists.Keys).Except(OfTheCompany).Except(OfPeople));

    public static TheoryData<string> RoutesById => [.. ById.Keys];

    public static TheoryData<string> RoutesOfLists => [.. Lists.Keys];

    [Theory]
    [MemberData(nameof(RoutesById))]
    public async Task Another_companys_id_gets_the_same_404_as_a_missing_one_and_one_that_is_no_id(string function)
    {
        var route = Route.All.Single(r => r.Function == function);

        var foreign = await AskAsync(route, ById[function](api.A).ToString());
        var missing = await AskAsync(route, Missing);
        var strange = await AskAsync(route, "no-id");

        Assert.Equal(missing, foreign);
        Assert.Equal(missing, strange);
    }

    [Theory]
    [MemberData(nameof(RoutesById))]
    public async Task Ones_own_id_is_found(string function)
    {
        var route = Route.All.Single(r => r.Function == function);
        using var response = await SendAsync(api.A, route, ById[function](api.A).ToString());

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [MemberData(nameof(RoutesOfLists))]
    public async Task Lists_hold_nothing_of_another_company(string function)
    {
        var route = Route.All.Single(r => r.Function == function);
        // Whatever the routes above have handled meanwhile.
        await api.A.AddInboundAsync("Where now?");
        foreach (var query in Lists[function](api.A))
        {
            var mine = (await api.A.GetJsonAsync(route.Path + query)).ToString();
            var theirs = (await api.B.GetJsonAsync(route.Path + query)).ToString();

            Assert.Contains("\"id\"", mine, StringComparison.Ordinal);
            foreach (var id in new object[] { api.A.Driver, api.A.Conversation, api.A.Transport, api.A.Message, api.A.WebhookEndpoint, api.A.Import, api.A.Tenant })
                Assert.DoesNotContain(id.ToString()!, theirs, StringComparison.Ordinal);
            if (query.Contains("_id=", StringComparison.Ordinal)) Assert.Contains("\"data\":[]", theirs, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Message_of_another_company_is_no_end_for_ones_own_entries()
    {
        using var response = await api.B.PostAsync($"/api/conversations/{api.B.Conversation}/handled", $$"""{"through_message_id":"{{api.A.Message}}"}""");

        await HttpAssert.ProblemAsync(response, HttpStatusCode.BadRequest, "conversations.message_not_found");
    }

    [Fact]
    public async Task Driver_of_another_company_is_none_for_ones_own_conversation()
    {
        using var response = await api.B.PostAsync($"/api/conversations/{api.B.Conversation}/driver", $$"""{"driver_id":"{{api.A.Driver}}"}""");

        await HttpAssert.ProblemAsync(response, HttpStatusCode.BadRequest, "conversations.driver_not_found");
    }

    private async Task<string> AskAsync(Route route, string id)
    {
        using var response = await SendAsync(api.B, route, id);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        var headers = response.Headers.Concat(response.Content.Headers).Where(HttpAssert.IsComparable).Select(header => $"{header.Key}: {string.Join(',', header.Value)}");
        return $"{string.Join('\n', headers)}\n\n{await response.Content.ReadAsStringAsync()}";
    }

    private static Task<HttpResponseMessage> SendAsync(ApiCompany company, Route route, string id)
    {
        var path = route.Path.Replace("{id}", id, StringComparison.Ordinal).Replace("{number}", "2", StringComparison.Ordinal);
        return company.SendJsonAsync(new(route.Method), path, Bodies.GetValueOrDefault(route.Function)?.Invoke(company));
    }
}
