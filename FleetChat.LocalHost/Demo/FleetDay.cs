using FleetChat.Core.Security;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.LocalHost.Demo;

/// <summary>Ten minutes of two companies' day on the business clock, and then what has to be true.</summary>
public sealed class FleetDay(IDemoHost host, LocalHostSettings settings, SamsaraControl samsara, WhatsAppControl whatsApp, Story story)
{
    // Real time: a day that does not come to rest is a defect, and somebody waits for the answer.
    private static readonly TimeSpan LongestDay = TimeSpan.FromMinutes(4);

    /// <summary>Business seconds in a real one; null: as fast as it goes.</summary>
    public double? Speed { get; init; }

    /// <exception cref="StartRefusedException"/>
    /// <exception cref="TimeoutException">The host never came to rest.</exception>
    public async Task<DayOutcome> RunAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(LongestDay);
        try
        {
            return await RunToTheEndAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"the day did not come to rest within {LongestDay}");
        }
    }

    private async Task<DayOutcome> RunToTheEndAsync(CancellationToken ct)
    {
        await using var stage = new Stage(settings, samsara, whatsApp, story) { Speed = Speed };
        var (freight, cargo) = (Cast.Freight(), Cast.Cargo());
        await SetUpAsync(stage, [freight, cargo], ct);
        story.Begin([freight, cargo]);

        var notes = new DayNotes();
        await new DayScript(stage, freight, cargo, notes).PlayAsync(ct);
        var evidence = await Evidence.ReadAsync(stage, freight, cargo, notes, ct);
        return Expectations.Judge(evidence);
    }

    /// <summary>The companies through Core, the host beside it; the first message waits for both.</summary>
    private async Task SetUpAsync(Stage stage, IReadOnlyList<Company> companies, CancellationToken ct)
    {
        await stage.FreezeAsync(ct);
        await DataKeys.EnsureMasterKeyAsync(new FolderSecretStore(settings.SecretsFolder), ct);
        await Task.WhenAll(host.StartAsync(settings, ct), EnterAsync(stage, companies, ct));
        await whatsApp.ChangeSettingsAsync((await whatsApp.SettingsAsync(ct)) with { AppSecret = settings.AppSecret }, ct);
        await new CompanySetUp(samsara, whatsApp).SubscribeAsync(settings.Url, settings.VerifyToken, ct);
    }

    private async Task EnterAsync(Stage stage, IReadOnlyList<Company> companies, CancellationToken ct)
    {
        var setUp = new CompanySetUp(samsara, whatsApp);
        await using var core = SetUpServices.Create(settings, new FixedTime(stage.Now));
        foreach (var company in companies)
        {
            stage.Enter(company, await setUp.EnterInFleetChatAsync(core, company, ct));
            await setUp.EnterInSimulatorsAsync(company, settings.Url, stage.Now, ct);
        }

        // One phone may be in both companies' rosters, or twice in one.
        foreach (var phone in companies.SelectMany(c => c.Drivers).GroupBy(d => d.Phone, d => d.Name))
            await whatsApp.AddUserAsync(new(phone.Key, string.Join(" or ", phone.Distinct())), ct);
        await whatsApp.AddUserAsync(new(Cast.Stranger, "Somebody"), ct);
        await whatsApp.AddWabaAsync(new(Cast.NobodysWabaId, "Nobody's"), ct);
        await whatsApp.AddNumberAsync(new(Cast.NobodysNumberId, Cast.NobodysWabaId, Cast.NobodysPhone, "Nobody's"), ct);
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
