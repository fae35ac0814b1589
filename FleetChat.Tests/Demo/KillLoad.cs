using System.Diagnostics;
using FleetChat.LocalHost.Demo;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.WhatsApp;
using Driver = FleetChat.LocalHost.Hosting.Driver;

namespace FleetChat.Tests.Demo;

/// <summary>Trucks that arrive, drivers who tap, stop and start, and all that the simulators can do wrong, round after round, whether somebody listens or not.</summary>
internal sealed class KillLoad(Stage stage, IReadOnlyList<Company> companies, Random random)
{
    private const int ArrivalsOfARound = 4;

    private static readonly CallTrouble[] OfWhatsApp =
        [CallTrouble.TimeOutBefore, CallTrouble.TimeOutAfter, CallTrouble.ResetBefore, CallTrouble.ResetAfter, CallTrouble.TooMany, CallTrouble.ServerError, CallTrouble.Slow];

    private static readonly WebhookTrouble[] NotLost = [WebhookTrouble.Twice, WebhookTrouble.Shuffled, WebhookTrouble.Delayed];

    /// <summary>With the minutes until all that it holds has been tried again. The rare ones hold a whole company.</summary>
    private static readonly (int Code, int Status, int Minutes)[] Refusals =
    [
        (131000, 500, 13), (2, 503, 13), (131016, 503, 13), (130429, 429, 13), (80007, 429, 13), (131056, 400, 13), (131057, 503, 13), (131026, 400, 13), (131047, 400, 13),
        (132015, 400, 65), (131064, 400, 125), (190, 401, 65), (131048, 400, 245),
    ];

    private readonly Dictionary<string, Driver> _stopped = [];
    private readonly HashSet<string> _lateTold = [];
    private int _trips;
    private long _seen;

    /// <summary>Of the second company no status is lost.</summary>
    public static bool LosesStatuses(int company) => company == 0;

    /// <summary>Names of the stops reached.</summary>
    public List<string> Arrivals { get; } = [];

    /// <summary>Samsara's ids of the stops that a driver called done.</summary>
    public HashSet<string> Tapped { get; } = [];

    /// <summary>By phone: whether it was STOP that he said last.</summary>
    public Dictionary<string, bool> LastWords { get; } = [];

    public int Words { get; private set; }

    /// <summary>All kinds of trouble, until the next round's.</summary>
    /// <returns>How much time has to pass until what they stopped has been tried again.</returns>
    public async Task<TimeSpan> TroubleAsync()
    {
        await stage.WhatsApp.PlanFaultsAsync(new(random.Next(), Calls: 0.2, Webhooks: 0.3, OfWhatsApp, NotLost, SlowMs: 200, TimeOutMs: 200, DelayMs: 200));
        await stage.Samsara.PlanFaultsAsync(new(random.Next(), Calls: 0.1, Webhooks: 0.3, SlowMs: 200, TimeOutMs: 200, DelayMs: 200));
        await stage.WhatsApp.ClearFaultsAsync();
        var minutes = 13;
        for (var number = 0; number < companies.Count; number++)
        {
            var (id, fails) = (companies[number].NumberId, random.Next(6) == 0);
            await stage.WhatsApp.PlanStatusesAsync(new(
                id, Shuffled: IsHeads(), Copies: random.Next(1, 3), SkipDelivered: IsHeads(), FailAfterSent: fails ? Pick(131000, 131026, 131049) : null, Troubled: 0.5,
                Troubles: LosesStatuses(number)
                    ? [StatusTrouble.Silent, StatusTrouble.Silent, .. Enum.GetValues<StatusTrouble>()]
                    : [StatusTrouble.First, StatusTrouble.Failed, StatusTrouble.DeliveredAfterFailed], Seed: random.Next()));
            var refusal = Refusals[random.Next(5) == 0 ? random.Next(Refusals.Length) : random.Next(Refusals.Length - 4)];
            await stage.WhatsApp.FailSendsAsync(new(random.Next(1, 4), id, refusal.Code, refusal.Status, refusal.Status == 429 ? random.Next(1, 120) : null));
            minutes = Math.Max(minutes, refusal.Minutes);
        }
        return TimeSpan.FromMinutes(minutes);
    }

    /// <summary>No more trouble; whatever comes late has come.</summary>
    public async Task EndTroubleAsync()
    {
        await stage.WhatsApp.EndFaultsAsync();
        await stage.Samsara.EndFaultsAsync();
        await stage.WhatsApp.ClearFaultsAsync();
        foreach (var company in companies) await stage.WhatsApp.PlanStatusesAsync(new(company.NumberId));
    }

    /// <summary>What happens in one round.</summary>
    public async Task PlayAsync()
    {
        foreach (var company in companies) await StartAgainAsync(company);
        for (var arrival = 0; arrival < ArrivalsOfARound; arrival++)
        {
            foreach (var company in companies)
            {
                var driver = company.Drivers[random.Next(company.Drivers.Count)];
                await ArriveAsync(company, driver);
                if (random.Next(7) == 0) await StopAsync(company, driver);
                await TapAsync(company);
            }
            var (breath, watch) = (random.Next(50, 400), Stopwatch.StartNew());
            await Until.TrueAsync(() => watch.Elapsed.TotalMilliseconds > breath, because: "a breath");
        }
    }

    /// <summary>Some statuses that were lost come after all.</summary>
    /// <param name="part">Of those that nobody was told of yet.</param>
    public async Task TellLateAsync(double part)
    {
        foreach (var lost in (await stage.WhatsApp.JournalAsync(_seen)).Where(e => e.Kind == "fault.statuses" && e.Data.GetProperty("kind").GetString() is "lost" or "silent").ToList())
        {
            var wamid = lost.Data.GetProperty("wamid").GetString()!;
            if (random.NextDouble() < part && _lateTold.Add(wamid)) await stage.WhatsApp.SendStatusAsync(new(wamid, Pick("sent", "delivered", "read")));
        }
    }

    /// <summary>What was lost until now and not told stays lost.</summary>
    public async Task ForgetLostAsync() => _seen = (await stage.WhatsApp.JournalAsync(_seen)) is [.., var last] ? last.Seq : _seen;

    private async Task ArriveAsync(Company company, Driver driver)
    {
        var number = ++_trips;
        // Names of one length: none is part of another.
        var trip = new Trip($"7{number:D5}0", $"Trip {number:D5}", [new($"7{number:D5}1", $"Stop-{number:D5}"), new($"7{number:D5}2", $"End-{number:D5}")]);
        await new CompanySetUp(stage.Samsara, stage.WhatsApp).AddTripAsync(company, driver, trip, stage.Now, CancellationToken.None);
        await stage.Samsara.ArriveAsync(company.OrgId, trip.RouteId, trip.Stops[0].Id);
        Arrivals.Add(trip.Stops[0].Id);
    }

    private async Task TapAsync(Company company)
    {
        var chats = await stage.WhatsApp.ChatsAsync(company.NumberId);
        var (chat, message) = chats.SelectMany(chat => chat.Messages.Select(message => (chat, message)))
            .LastOrDefault(m => m.message.Buttons is [var first, ..] && first.StartsWith("Done", StringComparison.Ordinal) && m.message.Text.Contains("Stop-", StringComparison.Ordinal) && !Tapped.Contains(StopIn(m.message)));
        if (message is null) return;
        Tapped.Add(StopIn(message));
        await stage.WhatsApp.TapAsync(company.NumberId, chat.User, message.Wamid, message.Buttons[0]);
    }

    // Between two arrivals of his trucks: the second one's message may be about to go.
    private async Task StopAsync(Company company, Driver driver)
    {
        if (!_stopped.TryAdd(driver.Phone, driver)) return;
        await stage.WhatsApp.SendTextAsync(company.NumberId, driver.Phone, "STOP");
        (LastWords[driver.Phone], Words) = (true, Words + 1);
        await ArriveAsync(company, driver);
    }

    private async Task StartAgainAsync(Company company)
    {
        foreach (var driver in company.Drivers.Where(d => _stopped.ContainsKey(d.Phone) && random.Next(3) > 0).ToList())
        {
            _stopped.Remove(driver.Phone);
            await stage.WhatsApp.SendTextAsync(company.NumberId, driver.Phone, "START");
            (LastWords[driver.Phone], Words) = (false, Words + 1);
        }
    }

    private bool IsHeads() => random.Next(2) == 0;

    private T Pick<T>(params T[] choices) => choices[random.Next(choices.Length)];

    private static string StopIn(ChatMessageView message)
    {
        var at = message.Text.IndexOf("Stop-", StringComparison.Ordinal) + "Stop-".Length;
        return $"7{message.Text[at..(at + 5)]}1";
    }
}
