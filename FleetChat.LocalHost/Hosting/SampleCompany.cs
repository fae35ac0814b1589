using System.Text;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Simulators.OpenId;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.LocalHost.Hosting;

/// <param name="Key">Its API key.</param>
internal sealed record SampleAccess(string Key, Company Company);

/// <summary>
/// One company to play with, brought in when the database is empty. The simulators forget everything when they stop: the sample's
/// ids are constants and its secrets are kept, so that they can be told again.
/// </summary>
internal sealed class SampleCompany(FolderSecretStore secrets, SamsaraControl samsara, WhatsAppControl whatsApp)
{
    private const string KeyName = "sample-api-key";

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    private static readonly Company Sample = new("sample_trucking_001", "Sample Trucking", "en", 1001, "1002", "1000000000000001", "1000000000000002", "15125550100",
    [
        new("1003", "Sam Driver", "15125550101", "en", new("", "Austin to Waco", [])),
    ]);

    /// <summary>Whether it was brought in before: then nobody has to sign in for it.</summary>
    public async Task<bool> IsInAsync(CancellationToken ct) => await secrets.FindTextAsync(KeyName, ct) is not null;

    /// <param name="issuer">Knows who may bring it in.</param>
    /// <returns>Null if the database holds companies and none of them is the sample.</returns>
    public async Task<SampleAccess?> EnterAsync(LocalHostSettings settings, IssuerSimulator issuer, CancellationToken ct)
    {
        var setUp = new CompanySetUp(samsara, whatsApp);
        var now = TimeProvider.System.GetUtcNow();
        var company = Sample with
        {
            Drivers = [.. Sample.Drivers.Select(driver => driver with { Trip = NewTrip(driver.Trip.Name, now) })],
            WebhookSecret = await secrets.FindOrMakeAsync("sample-samsara-webhook-secret", () => Sample.WebhookSecret, ct),
            SamsaraToken = await secrets.FindOrMakeAsync("sample-samsara-token", () => Sample.SamsaraToken, ct),
            WhatsAppToken = await secrets.FindOrMakeAsync("sample-whatsapp-token", () => Sample.WhatsAppToken, ct),
        };
        await setUp.SubscribeAsync(settings.Url, settings.VerifyToken, ct);
        var key = await secrets.FindTextAsync(KeyName, ct);
        if (key is null && !await IsEmptyAsync(settings, ct)) return null;

        await TellSimulatorsAsync(setUp, company, settings.Url, now, ct);
        return new(key ?? await BringInAsync(settings, issuer, company, ct), company);
    }

    /// <summary>The webhook and the templates are there already, so that nobody waits for Meta.</summary>
    private async Task<string> BringInAsync(LocalHostSettings settings, IssuerSimulator issuer, Company company, CancellationToken ct)
    {
        using var bringIn = new BringIn(settings, issuer, whatsApp) { PassAsync = token => Task.Delay(Look, token) };
        try
        {
            var key = (await bringIn.AllAsync([company], ct))[0].Key;
            await secrets.TryCreateAsync(KeyName, Encoding.UTF8.GetBytes(key), ct);
            return key;
        }
        catch (Exception refused) when (refused is TimeoutException or HttpRequestException)
        {
            throw new StartRefusedException($"The sample company could not be brought in: {refused.Message}", refused);
        }
    }

    // Simulators of their own process may remember it from the last time.
    private async Task TellSimulatorsAsync(CompanySetUp setUp, Company company, Uri host, DateTimeOffset now, CancellationToken ct)
    {
        if ((await samsara.ViewAsync(ct)).Orgs.Any(org => org.Id == company.OrgId))
        {
            foreach (var driver in company.Drivers) await setUp.AddTripAsync(company, driver, driver.Trip, now, ct);
            return;
        }
        await setUp.EnterWholeAsync(company, host, now, ct);
        foreach (var driver in company.Drivers) await whatsApp.AddUserAsync(new(driver.Phone, driver.Name), ct);
    }

    // A new trip each time: of an old one FleetChat knows that the truck was there.
    private static Trip NewTrip(string name, DateTimeOffset now)
    {
        var number = now.ToUnixTimeSeconds();
        return new($"{number}0", name, [new($"{number}1", "Austin yard"), new($"{number}2", "Waco warehouse")]);
    }

    private const string IsEmpty = """
        select not exists (
            select
            from directory.tenants
        )
        """;

    private static async Task<bool> IsEmptyAsync(LocalHostSettings settings, CancellationToken ct)
    {
        await using var core = SetUpServices.Create(settings, TimeProvider.System);
        return await core.GetRequiredService<SystemDb>().FindAsync(IsEmpty, row => row.GetBoolean(0), ct);
    }
}
