using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.LocalRuntime;
using Npgsql;

namespace FleetChat.LocalHost.Hosting;

/// <summary>
/// Steps the business clock of an installation from one due thing to the next, be it a timer, an orchestration's or a row's, so that
/// in one step of hours all of it happens at its own time.
/// </summary>
internal sealed class BusinessSteps : IAsyncDisposable
{
    /// <summary>The sweep comes round more often; it finds what is due at each stop.</summary>
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromSeconds(30);

    /// <summary>Longer than the period of whatever keeps the house.</summary>
    private static readonly TimeSpan UpkeepAside = TimeSpan.FromHours(2);

    private readonly NpgsqlDataSource _runtime;
    private readonly NpgsqlDataSource _system;
    private readonly BusinessClockControl _clock;
    private readonly FindNextDue _nextDue;

    public BusinessSteps(LocalHostSettings settings)
    {
        (_runtime, _system) = (NpgsqlDataSource.Create(settings.Database.LocalRuntime), NpgsqlDataSource.Create(settings.Database.System));
        (_clock, _nextDue) = (new(_runtime), new(new(_system)));
    }

    /// <summary>Whether what is outside the host has come to rest.</summary>
    public Func<CancellationToken, Task<bool>>? IsQuietElsewhere { get; init; }

    public Task FreezeAsync(DateTimeOffset at, CancellationToken ct) => _clock.FreezeAsync(at, ct);

    /// <param name="withPolls">False: polls and hourly upkeep do not stop the clock, but happen at each stop that something else makes. For steps of hours.</param>
    public Task StepToAsync(DateTimeOffset until, bool withPolls, CancellationToken ct) => _clock.StepToAsync(until, new()
    {
        ShortestPeriod = withPolls ? ShortestPeriod : UpkeepAside,
        IsQuietElsewhere = IsQuietElsewhere,
        NextDueElsewhere = (now, token) => _nextDue.HandleAsync(now, withPolls, token),
    }, ct);

    public async ValueTask DisposeAsync()
    {
        await _runtime.DisposeAsync();
        await _system.DisposeAsync();
    }
}
