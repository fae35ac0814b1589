using FleetChat.LocalHost.Hosting;
using FleetChat.LocalRuntime;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;
using Npgsql;

namespace FleetChat.LocalHost.Demo;

/// <summary>What the day is played with: the simulators' controls, the companies' keys, the business clock.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly NpgsqlDataSource _clockSource;
    private readonly BusinessClockControl _clock;
    private readonly Story _story;
    private readonly Dictionary<Company, FleetApi> _apis = [];

    public Stage(LocalHostSettings settings, SamsaraControl samsara, WhatsAppControl whatsApp, Story story)
    {
        (Settings, Samsara, WhatsApp, _story) = (settings, samsara, whatsApp, story);
        _clockSource = NpgsqlDataSource.Create(settings.Database.LocalRuntime);
        _clock = new(_clockSource);
        // Real time is meant: the day begins now, at the full minute.
        var now = TimeProvider.System.GetUtcNow();
        Now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMinute));
    }

    public LocalHostSettings Settings { get; }

    public SamsaraControl Samsara { get; }

    public WhatsAppControl WhatsApp { get; }

    public StatusWatch Watch { get; } = new();

    /// <summary>Business time.</summary>
    public DateTimeOffset Now { get; private set; }

    /// <summary>Business seconds in a real one; null: as fast as it goes.</summary>
    public double? Speed { get; init; }

    public FleetApi ApiOf(Company company) => _apis[company];

    public Task FreezeAsync(CancellationToken ct) => _clock.FreezeAsync(Now, ct);

    public void Enter(Company company, string key) => _apis[company] = new(Settings.Url, key);

    public void Tell(string what) => _story.Tell(Now, what);

    /// <summary>Business time passes, and what becomes due on the way happens.</summary>
    public async Task PassAsync(TimeSpan time, CancellationToken ct)
    {
        if (Speed is { } speed) await Task.Delay(time / speed, ct);
        Now += time;
        await SettleAsync(ct);
    }

    /// <summary>Waits until nothing is under way, here or in the simulators, and looks at what happened.</summary>
    public async Task SettleAsync(CancellationToken ct)
    {
        await _clock.StepToAsync(Now, new() { ShortestPeriod = TimeSpan.FromSeconds(30), IsQuietElsewhere = IsQuietAsync }, ct);
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
        => (await Samsara.ArriveAsync(company.OrgId, driver.Trip.RouteId, driver.Trip.Stops[stop].Id, options, ct)).Single().EventId;

    /// <summary>Taps a button under the message about a stop.</summary>
    /// <returns>The wamid of the tap; null if the driver has no such message.</returns>
    public async Task<string?> TapAsync(Company company, Driver driver, int stop, int button, CancellationToken ct)
    {
        var chats = await WhatsApp.ChatsAsync(company.NumberId, driver.Phone, ct);
        // What said that the stop comes up names it too, and came before.
        var message = chats.SelectMany(c => c.Messages).LastOrDefault(m => m.Buttons.Count > button && m.Text.Contains(driver.Trip.Stops[stop].Name, StringComparison.Ordinal));
        return message is null ? null : await WhatsApp.TapAsync(company.NumberId, driver.Phone, message.Wamid, message.Buttons[button], ct: ct);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var api in _apis.Values) api.Dispose();
        await _clockSource.DisposeAsync();
    }

    private async Task<bool> IsQuietAsync(CancellationToken ct)
        => await Samsara.PendingAsync(ct) == 0 && await WhatsApp.PendingAsync(ct) == 0;
}
