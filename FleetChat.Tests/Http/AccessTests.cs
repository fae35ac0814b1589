using System.Net;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Security;
using FleetChat.Tests.Conventions;
using FleetChat.Tests.Security;
using FleetChat.Tests.Security.People;

namespace FleetChat.Tests.Http;

/// <summary>Who may call what, as it is meant, against what the host answers. A route without a row here fails the class.</summary>
public sealed class AccessTests(PeopleFixture people) : IClassFixture<PeopleFixture>
{
    internal const string Missing = "0199b0a0-0000-7000-8000-00000000dead";

    /// <summary>
    /// A: tenant_admin, D: dispatcher, V: viewer, C: corporate_overseer, S: support with the company's grant, s: support without it,
    /// O: platform_operator without it, R: key with the scope read, W: key with the scope write, N: somebody who is a member of nothing.
    /// </summary>
    internal static readonly Dictionary<string, string> Table = new()
    {
        ["GetMe"] = "A D V C S s O R W N",

        ["GetOwnTenant"] = "A D V C S R",
        ["GetTenantById"] = "A D V C S R",
        ["GetOwnUsage"] = "A D V C S R",
        ["GetUsageAnalytics"] = "A D V C S R",
        ["GetUsageAnalyticsCsv"] = "A D V C S R",
        ["PatchOwnTenant"] = "A W",
        ["GetOwnTenantVersions"] = "A D V C S R",
        ["GetOwnOnboarding"] = "A D V C S R",
        ["GetRules"] = "A D V C S R",
        ["PatchRule"] = "A W",
        ["GetTemplates"] = "A D V C S R",
        ["PostTemplatePreview"] = "A D V C S R",
        ["PostTemplateSubmission"] = "A W",
        ["GetStopKinds"] = "A D V C S R",
        ["PutStopKinds"] = "A W",

        ["GetDrivers"] = "A D V C S R",
        ["GetDriverById"] = "A D V C S R",
        ["PostDriver"] = "A D W",
        ["PatchDriver"] = "A D W",
        ["GetDriverConsent"] = "A D V S R",
        ["GetDriverConsentPage"] = "A D V S R",
        ["GetConsentInvitationQr"] = "A D V S R",
        ["PostConsentQuestion"] = "A D W",
        ["PostConsentInvitation"] = "A D W",

        ["GetImports"] = "A D V C S R",
        ["GetImportById"] = "A D V C S R",
        ["GetImportRows"] = "A D V C S R",
        ["GetImportRowsCsv"] = "A D V C S R",
        ["PostImport"] = "A D W",
        ["PutImportPart"] = "A D W",
        ["PostImportCompletion"] = "A D W",
        ["PostImportCancellation"] = "A D W",

        ["GetTransports"] = "A D V C S R",
        ["GetTransportById"] = "A D V S R",

        ["GetMessages"] = "A D V S R",
        ["GetMessageById"] = "A D V S R",
        ["GetMessageWhy"] = "A D V S R",
        ["GetMediaById"] = "A D V S R",
        ["GetConversations"] = "A D V S R",
        ["PostDriverMessage"] = "A D W",
        ["PostConversationHandled"] = "A D W",
        ["PostConversationTake"] = "A D W",
        ["PostConversationDriver"] = "A D W",

        ["GetAlerts"] = "A D V S R",
        ["GetEvents"] = "A D V S R",
        ["GetEventWhy"] = "A D V S R",

        ["GetWebhookEndpoints"] = "A S R",
        ["GetWebhookEndpointById"] = "A S R",
        ["GetWebhookDeliveries"] = "A S R",
        ["PostWebhookEndpoint"] = "A W",
        ["PatchWebhookEndpoint"] = "A W",
        ["DeleteWebhookEndpoint"] = "A W",
        ["PostWebhookSecret"] = "A W",
        ["PostWebhookRedelivery"] = "A W",
        ["PostWebhookTest"] = "A W",

        ["GetUsers"] = "A",
        ["PatchUser"] = "A",
        ["DeleteUser"] = "A",
        ["PostInvitation"] = "A O",
        ["GetInvitations"] = "A",
        ["DeleteInvitation"] = "A O",
        ["PostInvitationAcceptance"] = "A D V C S s O N",

        ["GetKeys"] = "A",
        ["PostKey"] = "A",
        ["PostKeyRotation"] = "A",
        ["DeleteKey"] = "A",

        ["GetChildren"] = "A C",
        ["GetChildById"] = "A C",
        ["GetChildDrivers"] = "A C",
        ["GetChildTransports"] = "A C",
        ["GetCorporateUsage"] = "A C",
        ["GetCorporateUsageCsv"] = "A C",

        ["PutParent"] = "O",
        ["DeleteParent"] = "O",
        ["PutLimits"] = "O",
        ["DeleteLimits"] = "O",

        ["GetAudit"] = "A",

        ["GetPauses"] = "A D V C S R",
        ["PostPause"] = "A W",
        ["DeletePause"] = "A W",

        ["GetInvoices"] = "A C",
        ["GetInvoiceById"] = "A C",
        ["GetInvoicePage"] = "A C",
        ["GetInvoicePdf"] = "A C",
        ["GetInvoicePreview"] = "A C",
        ["GetInvoicePayments"] = "A C",
        ["GetPaymentMethod"] = "A C",
        ["PostPaymentLink"] = "A",
        ["GetInvoiceLineUsage"] = "A C",
        ["GetInvoiceLineUsageCsv"] = "A C",

        ["GetRateCards"] = "O",
        ["PostRateCard"] = "O",
        ["GetAgreements"] = "O",
        ["PostAgreement"] = "O",
        ["GetBillingAccount"] = "O",
        ["PutBillingAccount"] = "O",
        ["GetBillingProgress"] = "O",
        ["PostBillingRun"] = "O",
        ["GetPlatformInvoices"] = "O",
        ["GetAdjustments"] = "O",
        ["PostAdjustment"] = "O",
        ["DeleteAdjustment"] = "O",
        ["PostCreditNote"] = "O",
        ["PostBankPayment"] = "O",
        ["PostBankRefund"] = "O",
        ["PostBankReversal"] = "O",
        ["PostVoid"] = "O",
        ["GetPlatformPaymentMethod"] = "O",
        ["PutDunningHold"] = "O",
        ["DeleteDunningHold"] = "O",
        ["PostRefund"] = "O",
        ["GetMetaRates"] = "O",
        ["PostMetaRate"] = "O",
        ["GetMonthMargin"] = "O",
        ["GetMonthMarginCsv"] = "O",

        ["GetPlatformPauses"] = "S s O",
        ["PostPlatformPause"] = "O",
        ["DeletePlatformPause"] = "O",
        ["GetPlatformTenantPauses"] = "S s O",
        ["DeletePlatformTenantPause"] = "O",
        ["PostSuspension"] = "O",
        ["DeleteSuspension"] = "O",

        ["GetPoolNumbers"] = "S s O",
        ["PostPoolNumber"] = "O",
        ["PostPoolNumberCode"] = "O",

        ["GetPlatformTenants"] = "O",
        ["GetPlatformTenantById"] = "O",
        ["PostPlatformTenant"] = "O",
        ["PatchPlatformTenant"] = "O",
        ["GetPlatformOnboarding"] = "O",
        ["PostPlatformOnboarding"] = "O",
        ["DeletePlatformOnboarding"] = "O",
    };

    /// <summary>How those are refused who are not in a row.</summary>
    internal static readonly Dictionary<char, string[]> Refusals = new()
    {
        ['A'] = [],
        ['D'] = ["access.role_too_low"],
        ['V'] = ["access.role_too_low"],
        ['C'] = ["access.role_too_low"],
        ['S'] = ["access.role_too_low"],
        ['s'] = ["access.denied"],
        ['O'] = ["access.denied"],
        ['R'] = ["access.scope_missing", "access.person_needed"],
        ['W'] = ["access.scope_missing", "access.person_needed"],
        ['N'] = ["access.denied"],
    };

    internal static IEnumerable<Route> Guarded => Route.All.Where(route => !OpenRoutes.Names.Contains(route.Function) && !SignedRoutes.Names.Contains(route.Function));

    public static TheoryData<string> Functions => [.. Guarded.Select(route => route.Function)];

    public static TheoryData<string> FunctionsOfTenants => [.. Guarded.Where(IsOfTenant).Select(route => route.Function)];

    [Fact]
    public void Every_guarded_route_has_a_row_and_says_what_it_needs()
    {
        Findings.AssertNone(Guarded.Select(route => route.Function).Except(Table.Keys).Select(function => $"{function}: no row"));
        Findings.AssertNone(Table.Keys.Except(Guarded.Select(route => route.Function)).Select(function => $"{function}: a row, and no route"));
        Findings.AssertNone(Guarded.Where(route => RoutePermissions.Find(route.Function) is null).Select(route => $"{route.Function}: needs nothing"));
    }

    // A preview changes nothing, but what it is given is too much for an address.
    [Fact]
    public void What_reads_is_asked_for_by_GET_and_what_changes_is_not()
        => Findings.AssertNone(Guarded.Where(route => route.Function != "PostTemplatePreview" && RoutePermissions.Get(route.Function) is var needed && needed is not (Permission.BeKnown or Permission.BePerson)
            && Roles.IsReading(needed) != string.Equals(route.Method, "get", StringComparison.OrdinalIgnoreCase)).Select(route => $"{route.Method} {route.Function}"));

    [Theory]
    [MemberData(nameof(Functions))]
    public async Task Route_answers_each_role_as_the_table_says(string function)
    {
        var route = Guarded.Single(r => r.Function == function);
        var findings = new List<string>();
        foreach (var (who, refusals) in Refusals)
        {
            using var response = await AskAsync(who, route);
            var text = await response.Content.ReadAsStringAsync();
            var isRefused = response.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized;
            if (isRefused == Table[function].Contains(who)) findings.Add($"{who}: {(int)response.StatusCode} {text}");
            else if (isRefused && !(IsOfPlatform(route) ? [.. refusals, "access.denied"] : refusals).Any(code => text.Contains($"\"{code}\"", StringComparison.Ordinal))) findings.Add($"{who}: refused otherwise: {text}");
        }

        Findings.AssertNone(findings);
    }

    [Theory]
    [MemberData(nameof(FunctionsOfTenants))]
    public async Task Foreign_tenant_and_one_that_does_not_exist_are_denied_alike(string function)
    {
        var route = Guarded.Single(r => r.Function == function);
        var key = people.B.Key.Token;
        var other = people.Issuer.Token("other");
        var support = people.Issuer.Token(Roles.Support);
        string[] foreign = [people.A.Tenant.Value, "nobody_at_all_001", "' or 1=1", ""];

        var answers = new List<string>();
        foreach (var tenant in foreign)
        {
            answers.Add(await HttpAssert.WholeAsync(people.SendAsync(key, Path(route, people.B), tenant, route.Method)));
            answers.Add(await HttpAssert.WholeAsync(people.SendAsync(other, Path(route, people.B), tenant, route.Method)));
            if (tenant != people.A.Tenant.Value) answers.Add(await HttpAssert.WholeAsync(people.SendAsync(support, Path(route, people.B), tenant, route.Method)));
        }
        answers.Add(await HttpAssert.WholeAsync(people.SendAsync(support, Path(route, people.B), people.B.Tenant.Value, route.Method)));

        var only = Assert.Single(answers.Distinct());
        Assert.StartsWith("403", only, StringComparison.Ordinal);
        Assert.Contains("\"access.denied\"", only, StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> AskAsync(char who, Route route) => who switch
    {
        'A' => people.AskAsync(Roles.TenantAdmin, Path(route, people.A), null, route.Method),
        'D' => people.AskAsync(Roles.Dispatcher, Path(route, people.A), null, route.Method),
        'V' => people.AskAsync(Roles.Viewer, Path(route, people.A), people.A.Tenant.Value, route.Method),
        'C' => people.AskAsync(Roles.CorporateOverseer, Path(route, people.A), null, route.Method),
        'S' => people.AskAsync(Roles.Support, Path(route, people.A), people.A.Tenant.Value, route.Method),
        's' => people.AskAsync(Roles.Support, Path(route, people.B), people.B.Tenant.Value, route.Method),
        'O' => people.AskAsync(Roles.PlatformOperator, Path(route, people.B), people.B.Tenant.Value, route.Method),
        'R' => AskWithKeyAsync("read", route),
        'W' => AskWithKeyAsync("write", route),
        _ => people.AskAsync("nobody", Path(route, people.A), people.A.Tenant.Value, route.Method),
    };

    // One of each kind for all routes: a company may have a hundred keys, and there are as many questions.
    private async Task<HttpResponseMessage> AskWithKeyAsync(string scope, Route route)
    {
        if (!people.Keys.TryGetValue(scope, out var token)) people.Keys[scope] = token = (await ApiCompany.KeyAsync(people.Host, people.A.Tenant, scope)).Token;
        return await people.SendAsync(token, Path(route, people.A), null, route.Method);
    }

    // Ids that nobody has, and no bodies: whoever is let in changes nothing.
    private static string Path(Route route, ApiCompany company)
        => route.Path.Replace("{tenantId}", company.Tenant.Value, StringComparison.Ordinal).Replace("{id}", Missing, StringComparison.Ordinal);

    internal static bool IsOfTenant(Route route) => RoutePermissions.Find(route.Function) is not (Permission.BeKnown or Permission.BePerson) && !IsOfPlatform(route);

    internal static bool IsOfPlatform(Route route) => route.Path.StartsWith("/api/platform/", StringComparison.Ordinal);
}
