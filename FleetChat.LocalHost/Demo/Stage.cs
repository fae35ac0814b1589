using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.Stripe;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.LocalHost.Demo;

/// <summary>What the day is played with: the simulators' controls, the companies' keys, the business clock.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly BusinessSteps _steps;
    private readonly Story _story;
    private readonly Dictionary<Company, FleetApi> _apis = [];

    /// <param name="begin">Business time; null: now, at the full minute.</param>
    public Stage(LocalHostSettings settings, SamsaraControl samsara, WhatsAppControl whatsApp, Story story, DateTimeOffset? begin = null)
    {
        (Settings, Samsara, WhatsApp, _story) = (settings, samsara, whatsApp, story);
        _steps = new(settings) { IsQuietElsewhere = IsQuietAsync };
        // Real time is meant.
        var now = begin ?? TimeProvider.System.GetUtcNow();
        Now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMinute));
    }

    public LocalHostSettings Settings { get; }

    public SamsaraControl Samsara { get; }

    public WhatsAppControl WhatsApp { get; }

    /// <summary>Null: nobody is charged.</summary>
    public StripeControl? Stripe { get; init; }

    public StatusWatch Watch { get; } = new();

    /// <summary>Business time.</summary>
    public DateTimeOffset Now { get; private set; }

    /// <summary>Business seconds in a real one; null: as fast as it goes.</summary>
    public double? Speed { get; init; }

    public FleetApi ApiOf(Company company) => _apis[company];

    public Task FreezeAsync(CancellationToken ct) => _steps.FreezeAsync(Now, ct);

    public void Enter(Company company, string key) => _apis[company] = new(Settings.Url, key);

    public void Tell(string what) => _story.Tell(Now, what);

    /// <summary>Business time passes, and what becomes due on the way happens.</summary>
    public async Task PassAsync(TimeSpan time, CancellationToken ct)
    {
        if (Speed is { } speed) await Task.Delay(time / speed, ct);
        Now += time;
        await SettleAsync(ct);
    }

    /// <summary>Until a time of the drivers' day.</summary>
    public Task PassUntilAsync(int hour, int minute, CancellationToken ct) => PassAsync(At(hour, minute) - Now, ct);

    /// <summary>A time of this day, where the drivers are.</summary>
    public DateTimeOffset At(int hour, int minute)
    {
        var local = TimeZoneInfo.ConvertTime(Now, DayClock.Zone).Date.AddHours(hour).AddMinutes(minute);
        return new DateTimeOffset(local, DayClock.Zone.GetUtcOffset(local)).ToUniversalTime();
    }

    /// <summary>Business time passes without a look at what happened: the host may be dead meanwhile.</summary>
    public Task StepToAsync(DateTimeOffset until, CancellationToken ct)
    {
        Now = until;
        return _steps.StepToAsync(until, withPolls: false, ct);
    }

    /// <summary>Waits until nothing is under way, here or in the simulators, and looks at what happened.</summary>
    public async Task SettleAsync(CancellationToken ct)
    {
        await _steps.StepToAsync(Now, withPolls: false, ct);
        foreach (var company in _apis.Keys) await LookAsync(company, ct);
        _story.TellChats(await WhatsApp.ChatsAsync(ct: ct));
    }

    public async Task<IReadOnlyList<ApiMessage>> LookAsync(Company company, CancellationToken ct)
    {
        var messages = await ApiOf(company).ListAsync<ApiMessage>("api/messages", ct);
        Watch.Look(messages);
        return messages;
    }

    /// <summary>The driver's truck reaches a stop of the trip.</summary>
    /// <returns>The event's id.</returns>
    public async Task<string> ArriveAsync(Company company, Driver driver, int stop, CancellationToken ct, EventOptions? options = null)
        => (await Samsara.ArriveAsync(company.OrgId, driver.Trip.RouteId, driver.Trip.Stops[stop].Id, options, ct))[0].EventId;

    /// <summary>The truck leaves the stop again.</summary>
    public Task DepartAsync(Company company, Driver driver, int stop, CancellationToken ct)
        => Samsara.DepartAsync(company.OrgId, driver.Trip.RouteId, driver.Trip.Stops[stop].Id, null, ct);

    /// <summary>Taps a button under the last message that names a stop: what said that it comes up names it too, and came before.</summary>
    /// <returns>The wamid of the tap; null if the driver has no such message.</returns>
    public Task<string?> TapAsync(Company company, Driver driver, int stop, int button, CancellationToken ct) => TapAsync(company, driver, driver.Trip.Stops[stop].Name, button, ct);

    /// <param name="about">Words of the message.</param>
    public async Task<string?> TapAsync(Company company, Driver driver, string about, int button, CancellationToken ct)
    {
        var chats = await WhatsApp.ChatsAsync(company.NumberId, driver.Phone, ct);
        var message = chats.SelectMany(c => c.Messages).LastOrDefault(m => m.Buttons.Count > button && m.Text.Contains(about, StringComparison.Ordinal));
        return message is null ? null : await WhatsApp.TapAsync(company.NumberId, driver.Phone, message.Wamid, message.Buttons[button], ct: ct);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var api in _apis.Values) api.Dispose();
        await _steps.DisposeAsync();
    }

    private async Task<bool> IsQuietAsync(CancellationToken ct)
        => await Samsara.PendingAsync(ct) == 0 && await WhatsApp.PendingAsync(ct) == 0 && (Stripe is null || await Stripe.PendingAsync(ct) == 0);
}
