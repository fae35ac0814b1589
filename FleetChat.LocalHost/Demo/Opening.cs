using FleetChat.Core.Security;
using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo;

/// <summary>How every play begins: an empty database, a host on it, what is outside, and the companies that come in.</summary>
/// <param name="settings">With the simulators as what is outside.</param>
internal sealed class Opening(IDemoHost host, LocalHostSettings settings, DemoSimulators simulators)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private CompanySetUp Outside => new(simulators.Samsara, simulators.WhatsApp);

    /// <summary>What is outside, and the host beside it; the first company waits for both.</summary>
    /// <param name="review">How long Meta looks at templates; null: as long as the simulator says.</param>
    public async Task StartAsync(Stage stage, Func<Task> enterOutside, TimeSpan? review, CancellationToken ct)
    {
        await stage.FreezeAsync(ct);
        await DataKeys.EnsureMasterKeyAsync(new FolderSecretStore(settings.SecretsFolder), ct);
        await Task.WhenAll(host.StartAsync(settings, ct), enterOutside());
        await simulators.WhatsApp.ChangeSettingsAsync((await simulators.WhatsApp.SettingsAsync(ct)) with { AppSecret = settings.AppSecret, TemplateReview = review }, ct);
        await Outside.SubscribeAsync(settings.Url, settings.VerifyToken, ct);
    }

    /// <param name="first">When the first trips begin.</param>
    public async Task EnterOutsideAsync(IReadOnlyList<Company> companies, DateTimeOffset first, CancellationToken ct)
    {
        foreach (var company in companies) await Outside.EnterOutsideAsync(company, first, isListenedTo: false, ct);
        // One phone may be in both companies' rosters, or twice in one.
        foreach (var phone in companies.SelectMany(c => c.Everybody).GroupBy(d => d.Phone))
        {
            var userId = phone.First().UserId;
            await simulators.WhatsApp.AddUserAsync(new(phone.Key, string.Join(" or ", phone.Select(d => d.Name).Distinct()), UserId: userId, HidesPhone: userId is not null), ct);
        }
    }

    public async Task<IReadOnlyList<BroughtIn>> BringInAsync(Stage stage, IReadOnlyList<Company> companies, CancellationToken ct)
    {
        using var bringIn = new BringIn(settings, simulators.Issuer, simulators.WhatsApp) { PassAsync = token => stage.StepToAsync(stage.Now + Minute, token) };
        var all = await bringIn.AllAsync(companies, ct);
        foreach (var entered in all) stage.Enter(entered.Company, entered.Key);
        return all;
    }
}
