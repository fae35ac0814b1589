using System.Net;
using FleetChat.Core.Billing;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Billing;

/// <summary>Usage as a company reads it: by the names that the product promises, and its own.</summary>
public sealed class UsageApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Names_are_those_of_the_product()
    {
        var usage = await api.A.GetJsonAsync("/api/usage");

        Assert.Equal(["active_drivers", "monthly_messages", "webhook_requests", "storage_usage_mb"], usage.GetProperty("current_metrics").EnumerateObject().Select(member => member.Name));
        Assert.Equal(["max_drivers", "max_monthly_messages", "storage_limit_mb"], usage.GetProperty("resource_limits").EnumerateObject().Select(member => member.Name));
        Assert.Equal(api.A.Tenant.Value, usage.GetProperty("tenant_id").GetString());
        Assert.Equal("starter", usage.GetProperty("service_tier").GetString());
    }

    [Fact]
    public async Task Another_companys_limits_and_drivers_change_nothing()
    {
        var before = (await api.B.GetJsonAsync("/api/usage")).ToString();

        await api.Host.Get<OverrideLimits>().HandleAsync(new(api.A.Tenant, new(500, 7, 9, new(2099, 1, 1)), "operator"), default);
        await api.A.AddDriverAsync("usage-1", "Cy", "+15558239901");

        Assert.Equal(before, (await api.B.GetJsonAsync("/api/usage")).ToString());
        Assert.Equal(500, (await api.A.GetJsonAsync("/api/usage")).GetProperty("resource_limits").GetProperty("max_drivers").GetInt32());
    }

    [Fact]
    public async Task Driver_over_the_limit_gets_409_and_what_to_do()
    {
        using var company = await ApiCompany.SetUpAsync(api.Host, "full_haulage_001");
        await api.Host.Get<OverrideLimits>().HandleAsync(new(company.Tenant, new(1, null, null, new(2099, 1, 1)), "operator"), default);

        using var response = await company.PostAsync("/api/drivers", """{"samsara_driver_id":"one-more","name":"Bo"}""");

        await HttpAssert.ProblemAsync(response, HttpStatusCode.Conflict, "limits.drivers_reached");
    }
}
