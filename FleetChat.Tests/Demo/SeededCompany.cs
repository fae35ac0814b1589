using System.Globalization;
using FleetChat.Benchmarks.Fleet;
using FleetChat.Core.Drivers;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Tests.Demo;

/// <summary>A company that FleetChat knows by its rows alone, for tests of what comes after a company was brought in, also where no simulator runs.</summary>
internal static class SeededCompany
{
    /// <param name="samsara">Where its Samsara answers.</param>
    /// <returns>A new API key of the company that may read and write.</returns>
    public static async Task<string> EnterAsync(IServiceProvider core, Company company, Uri samsara)
    {
        var tenant = TenantId.Parse(company.Tenant);
        Must(await SetUpTenant.Of(core).HandleAsync(
            new(tenant, company.Name, "US", "America/Chicago", company.Language, "USD",
                new(samsara, company.OrgId.ToString(CultureInfo.InvariantCulture), company.WebhookId, company.WebhookSecret, company.SamsaraToken) { GroupId = company.Tag?.Id ?? "" },
                new($"+{company.Phone}", company.NumberId, company.WabaId, company.WhatsAppToken)), default));
        foreach (var driver in company.Drivers)
            Must(await core.GetRequiredService<AddDriver>().HandleAsync(new(tenant, driver.Id, driver.Name, $"+{driver.Phone}", driver.Language, "granted"), default));
        return await NewKeyAsync(core, company);
    }

    public static async Task<string> NewKeyAsync(IServiceProvider core, Company company)
        => Must(await core.GetRequiredService<CreateApiKey>().HandleAsync(new(TenantId.Parse(company.Tenant), "local", ApiScopes.All, ExpiresAt: null, Actor: "test"), default)).Token;

    private static T Must<T>(Core.Result<T> result)
    {
        Assert.True(result.IsOk, result.Error?.Message);
        return result.Value;
    }
}
