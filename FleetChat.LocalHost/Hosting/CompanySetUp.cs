using FleetChat.Core.Messaging;
using FleetChat.Core.Samsara;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.LocalHost.Hosting;

/// <summary>What Samsara and WhatsApp know of a company, entered in the simulators by their control calls.</summary>
internal sealed class CompanySetUp(SamsaraControl samsara, WhatsAppControl whatsApp)
{
    private const string Templates = "transport_standard_v2";

    /// <summary>What is there before the company comes in: its fleet, its number, its tokens.</summary>
    /// <param name="now">The first trips begin ten minutes later.</param>
    /// <param name="isListenedTo">FleetChat has asked for what the account's numbers hear.</param>
    public async Task EnterOutsideAsync(Company company, DateTimeOffset now, bool isListenedTo, CancellationToken ct)
    {
        await EnterOrgAsync(company, ct);
        foreach (var driver in company.All.Where(driver => !driver.IsHiredLater)) await HireAsync(company, driver, ct);
        foreach (var driver in company.Drivers) await AddTripAsync(company, driver, driver.Trip, now, ct);

        await whatsApp.AddWabaAsync(new(company.WabaId, company.Name, isListenedTo), ct);
        if (!company.HasPoolNumber) await whatsApp.AddNumberAsync(new(company.NumberId, company.WabaId, company.Phone, company.Name), ct);
        await whatsApp.AddTokenAsync(new(company.WhatsAppToken, [company.WabaId]), ct);
    }

    /// <summary>And what is made when it comes in: a webhook, approved templates.</summary>
    /// <param name="host">Where the webhooks go.</param>
    public async Task EnterWholeAsync(Company company, Uri host, DateTimeOffset now, CancellationToken ct)
    {
        await EnterOutsideAsync(company, now, isListenedTo: true, ct);
        await samsara.AddWebhookAsync(company.OrgId, new(new(host, $"api/samsara/webhook/{company.Tenant}"), SamsaraEvents.Wanted, company.WebhookId, company.WebhookSecret), ct);
        foreach (var template in TemplateSet.Get(Templates).Templates)
            await whatsApp.AddTemplateAsync(new(company.WabaId, template.Name, template.Language, template.Body, template.Buttons, Category: template.Category), ct);
    }

    public Task HireAsync(Company company, Driver driver, CancellationToken ct)
        => samsara.AddDriverAsync(company.OrgId, new(driver.Name, driver.Id, driver.UserId is null ? $"+{driver.Phone}" : null, Tags: company.Tag is { } tag ? [tag] : null), ct);

    public Task AddTripAsync(Company company, Driver driver, Trip trip, DateTimeOffset now, CancellationToken ct)
        => AddTripAsync(company, driver, trip, now.AddMinutes(10), TimeSpan.FromMinutes(10), window: null, ct);

    /// <param name="window">So much earlier or later is on time; null: nobody asks.</param>
    public Task AddTripAsync(Company company, Driver driver, Trip trip, DateTimeOffset first, TimeSpan between, TimeSpan? window, CancellationToken ct)
        => samsara.AddRouteAsync(company.OrgId, RouteOf(trip, first, between, window) with { DriverId = driver.Id }, ct);

    /// <summary>A trip that is given to nobody yet.</summary>
    /// <param name="first">When its first stop is to be reached.</param>
    /// <param name="between">From each stop to the next.</param>
    public static NewRoute RouteOf(Trip trip, DateTimeOffset first, TimeSpan between, TimeSpan? window = null)
        => new(trip.Name, [.. trip.Stops.Select((stop, index) => new NewStop(stop.Name, first + (index * between), Id: stop.Id, OnTimeBeforeMs: Window(window), OnTimeAfterMs: Window(window)))],
            Id: trip.RouteId, Notes: trip.Notes, CompletionCondition: "departLastStop");

    private static long? Window(TimeSpan? window) => (long?)window?.TotalMilliseconds;

    // The second company of an organization has a token of its own, that sees its tag alone.
    private async Task EnterOrgAsync(Company company, CancellationToken ct)
    {
        if ((await samsara.ViewAsync(ct)).Orgs.Any(org => org.Id == company.OrgId))
            await samsara.AddTokenAsync(company.OrgId, new(company.SamsaraToken, company.Tag is { } tag ? [tag.Id] : null), ct);
        else
            await samsara.AddOrgAsync(new(company.OrgId, company.Name, company.SamsaraToken), ct);
    }

    /// <exception cref="StartRefusedException">Meta's handshake failed.</exception>
    public async Task SubscribeAsync(Uri host, string verifyToken, CancellationToken ct)
    {
        var handshake = await whatsApp.SubscribeAsync(new(host, "api/whatsapp/webhook"), verifyToken, ct);
        if (!handshake.Verified) throw new StartRefusedException($"WhatsApp could not subscribe to the host's webhook: {handshake.Answer}");
    }
}
