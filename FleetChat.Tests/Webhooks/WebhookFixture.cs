using FleetChat.Core.Inbox;
using FleetChat.Core.Webhooks;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Tests.Webhooks;

/// <summary>A fleet whose companies may have their receivers on this machine.</summary>
public sealed class WebhookFixture : IAsyncLifetime
{
    private TestDatabase? _database;

    public TestFleet Fleet { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync("webhooks");
        Fleet = await TestFleet.StartAsync(_database, services => services.Configure<WebhookOptions>(options => options.AllowLoopback = true));
    }

    public async Task DisposeAsync()
    {
        await Fleet.DisposeAsync();
        await _database!.DisposeAsync();
    }
}

/// <summary>What tests of webhooks do with a fleet.</summary>
internal static class HookWork
{
    public static async Task<WebhookEndpointWithSecret> AddEndpointAsync(this TestFleet fleet, TestCompany company, string url, params string[] types)
    {
        var made = await fleet.Get<CreateWebhookEndpoint>().HandleAsync(new(company.Id, url, types, "test"), default);
        Assert.True(made.IsOk, made.Error?.Code);
        return made.Value;
    }

    /// <summary>Somebody whom nobody knows writes: a message, an entry for the dispatcher.</summary>
    public static async Task WriteAsync(this TestFleet fleet, TestCompany company, string wamid, string text = "Where do I park?")
    {
        fleet.AcceptAll();
        var at = fleet.Clock.GetUtcNow().AddSeconds(-5).ToUnixTimeSeconds();
        await fleet.WorkAsync((await fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [Payloads.Text("15550001111", text, wamid, at)]))).Nudges);
    }

    /// <summary>As the queue and the sweep would: every lane that may have something.</summary>
    public static async Task DeliverAsync(this TestFleet fleet, TestCompany company)
        => await Task.WhenAll(Enumerable.Range(0, Lanes.PerTenant).Select(lane => fleet.Get<DeliverWebhooks>().HandleAsync(new(company.Id, (short)lane), default)));

    public static async Task<IReadOnlyList<WebhookDeliveryView>> DeliveriesAsync(this TestFleet fleet, TestCompany company, WebhookEndpointWithSecret endpoint)
        => (await fleet.Get<ListWebhookDeliveries>().HandleAsync(new(company.Id, endpoint.Endpoint.Id, null, new(200, null)), default)).Value.Data;

    public static async Task<WebhookEndpointView> EndpointAsync(this TestFleet fleet, TestCompany company, WebhookEndpointWithSecret endpoint)
        => (await fleet.Get<GetWebhookEndpoint>().HandleAsync(company.Id, endpoint.Endpoint.Id, default)).Value;

    public static async Task TestAsync(this TestFleet fleet, TestCompany company, WebhookEndpointWithSecret endpoint)
        => Assert.True((await fleet.Get<TestWebhookEndpoint>().HandleAsync(company.Id, endpoint.Endpoint.Id, default)).IsOk);
}
