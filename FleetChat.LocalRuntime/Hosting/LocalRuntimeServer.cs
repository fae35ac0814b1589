using FleetChat.LocalRuntime.Clock;
using FleetChat.LocalRuntime.Hosting;
using FleetChat.LocalRuntime.Http;

namespace FleetChat.LocalRuntime;

/// <summary>The running host, for whoever started it in the same process.</summary>
public sealed class LocalRuntimeServer
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private readonly HttpServer _http;
    private readonly HostActivity _activity;
    private readonly LocalDatabase _database;
    private readonly BusinessClock _clock;

    internal LocalRuntimeServer(HttpServer http, HostActivity activity, LocalDatabase database, BusinessClock clock)
    {
        _http = http;
        _activity = activity;
        _database = database;
        _clock = clock;
    }

    /// <exception cref="InvalidOperationException">The host has not started yet.</exception>
    public Uri Address => _http.Address ?? throw new InvalidOperationException("The host has not started yet.");

    /// <summary>Waits until this process runs no function and no process has a message or a due timer to take care of; failed messages that wait for another try don't count.</summary>
    public async Task WaitUntilIdleAsync(CancellationToken cancellation)
    {
        long? quietAt = null;
        while (true)
        {
            var begun = _activity.Begun;
            var quiet = _activity.Running == 0 && !await PendingWork.ExistsAsync(_database.Durable, _clock.GetUtcNow(), cancellation);
            if (quiet && quietAt == begun) return;
            quietAt = quiet ? begun : null;
            if (!quiet) await Task.Delay(Pause, TimeProvider.System, cancellation);
        }
    }
}
