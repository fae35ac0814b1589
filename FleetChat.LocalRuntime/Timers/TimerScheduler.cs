using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FleetChat.LocalRuntime.Hosting;
using FleetChat.LocalRuntime.Invocation;
using FleetChat.LocalRuntime.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace FleetChat.LocalRuntime.Timers;

/// <summary>Fires each timer once, in whichever process claims it first, when the business clock has reached its due time.</summary>
internal sealed partial class TimerScheduler(
    FunctionCatalog catalog,
    FunctionInvoker invoker,
    TimerStore store,
    HostPresence presence,
    HostActivity activity,
    BusinessClock clock,
    ILogger<TimerScheduler> logger) : IAsyncDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>A machine's clock is set right by fractions of a second all the time; no time comes again for that.</summary>
    private static readonly TimeSpan Jitter = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _stopFiring = new();
    private readonly CancellationTokenSource _stopRunning = new();
    private readonly ImmutableArray<Timer> _timers =
    [
        .. catalog.TriggeredBy<TimerTriggerBinding>().Select(t => new Timer(t.Function, t.Trigger, TimerSchedule.Parse(t.Function.Name, t.Trigger.Schedule))),
    ];

    private Task _loops = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellation)
    {
        var startedAt = clock.GetUtcNow();
        var joins = await store.HasEldersAsync(presence.HostId, cancellation);
        if (!joins) await store.ForgetOthersAsync([.. _timers.Select(t => t.Name)], cancellation);
        foreach (var timer in _timers) await store.RegisterAsync(timer.Name, timer.Schedule, timer.Schedule.NextAfter(startedAt), cancellation);

        clock.OnSetBack = BeginFollowing;

        // Until each timer has looked at what it missed, and whether the clock was set back while nobody ran.
        BeginFollowing();
        _loops = Task.WhenAll(_timers.Select(t => Task.Run(() => FireUntilStoppedAsync(t, startedAt, joins), CancellationToken.None)));
    }

    /// <summary>Fires no more and lets what runs come to its end; when the token says that there is no more time, cancels it.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        clock.OnSetBack = null;
        await _stopFiring.CancelAsync();
        await Draining.FinishAsync(_loops, _stopRunning, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopFiring.IsCancellationRequested) await StopAsync(new CancellationToken(canceled: true));
        _stopFiring.Dispose();
        _stopRunning.Dispose();
    }

    private async Task FireUntilStoppedAsync(Timer timer, DateTimeOffset startedAt, bool joins)
    {
        var first = !joins;
        while (!_stopFiring.IsCancellationRequested)
        {
            try
            {
                if (first)
                {
                    await StartAsync(timer, startedAt);
                    first = false;
                }
                await FireNextAsync(timer, startedAt);
            }
            catch (OperationCanceledException) when (_stopFiring.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogFireFailed(timer.Name, exception);
                await Task.Delay(LookAgain, TimeProvider.System, _stopFiring.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>A due time that passed while nobody ran: a timer under account makes up for it once, any other lets it go.</summary>
    private async Task StartAsync(Timer timer, DateTimeOffset startedAt)
    {
        var row = await store.FindAsync(timer.Name, _stopFiring.Token);
        if (row is not null && row.NextDue < startedAt)
        {
            if (timer.IsMonitored) return;
            await store.SkipAsync(timer.Name, row.NextDue, timer.Schedule.NextAfter(startedAt), _stopFiring.Token);
        }
        if (timer.Trigger.RunOnStartup) await RunAsync(timer, row, isPastDue: false);
    }

    private async Task FireNextAsync(Timer timer, DateTimeOffset startedAt)
    {
        if (await store.FindAsync(timer.Name, _stopFiring.Token) is not { } row)
        {
            await store.RegisterAsync(timer.Name, timer.Schedule, timer.Schedule.NextAfter(clock.GetUtcNow()), _stopFiring.Token);
            return;
        }

        // Claimed by this process, which runs it nowhere: the claim was made and its answer lost.
        var isClaimed = row.RunningHost == presence.HostId;
        if (row.RunningHost is not null && !isClaimed)
        {
            // Another process runs it. Should that die, its claim is taken back, and this one sees it here.
            await Task.Delay(LookAgain, TimeProvider.System, _stopFiring.Token);
            return;
        }
        if (!isClaimed)
        {
            if (!await TryFollowClockAsync(timer, row) || !await TryWaitAsync(timer, row.NextDue)) return;
            if (!await store.TryClaimAsync(timer.Name, presence.HostId, row.NextDue, _stopFiring.Token)) return;
        }
        await RunAsync(timer, row, isPastDue: timer.IsMonitored && row.NextDue < startedAt);
        await FinishAsync(timer, row.NextDue);
    }

    /// <summary>When the clock was set back, times come again that the timer has behind it.</summary>
    /// <returns>False if the row has changed or may have to.</returns>
    private async Task<bool> TryFollowClockAsync(Timer timer, TimerRow row)
    {
        var setBacks = clock.SetBacks;
        if (timer.FollowedSetBacks == setBacks) return true;
        var (state, now) = (clock.State, clock.GetUtcNow());
        if (row.NextDue <= timer.Schedule.NextAfter(now + Jitter))
        {
            EndFollowing(timer, setBacks);
            return true;
        }

        // Without success somebody else was quicker, or the clock was set once more and tells so soon.
        if (!await store.TryBringForwardAsync(timer.Name, row.NextDue, timer.Schedule.NextAfter(now), state.Version, _stopFiring.Token))
            await Task.Delay(LookAgain, TimeProvider.System, _stopFiring.Token);
        return false;
    }

    /// <summary>The stepper of the clock must not look for the next due time before all are right.</summary>
    private void BeginFollowing()
    {
        foreach (var timer in _timers)
        {
            activity.Begin();
            Interlocked.Increment(ref timer.Following);
        }
    }

    private void EndFollowing(Timer timer, int setBacks)
    {
        timer.FollowedSetBacks = setBacks;
        if (clock.SetBacks != setBacks) return;
        for (var following = Interlocked.Exchange(ref timer.Following, 0); following > 0; following--) activity.End();
    }

    /// <returns>False if the clock was set back meanwhile.</returns>
    private async Task<bool> TryWaitAsync(Timer timer, DateTimeOffset due)
    {
        while (true)
        {
            var changed = clock.Changed;
            if (timer.FollowedSetBacks != clock.SetBacks) return false;
            if (clock.GetUtcNow() >= due) return true;
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopFiring.Token);
            await Task.WhenAny(clock.WaitUntilAsync(due, stop.Token), changed);
            await stop.CancelAsync();
            _stopFiring.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Until it is noted: else it would be run again, or never.</summary>
    private async Task FinishAsync(Timer timer, DateTimeOffset due)
    {
        while (true)
        {
            try
            {
                var now = clock.GetUtcNow();
                await store.FinishAsync(timer.Name, presence.HostId, due, timer.Schedule.NextAfter(now > due ? now : due), now, CancellationToken.None);
                return;
            }
            catch (Exception exception) when (!_stopFiring.IsCancellationRequested)
            {
                LogFireFailed(timer.Name, exception);
                await Task.Delay(LookAgain, TimeProvider.System, _stopFiring.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task RunAsync(Timer timer, TimerRow? row, bool isPastDue)
    {
        activity.Begin();
        using var span = StartSpan(timer, row);
        try
        {
            var info = new TimerInfo { IsPastDue = isPastDue, ScheduleStatus = timer.IsMonitored && row is not null ? StatusOf(row) : null };
            var input = TriggerInput.Of(timer.Trigger.Name, JsonSerializer.Serialize(info), new Dictionary<string, object?>());
            await invoker.InvokeAsync(timer.Function, input, _stopRunning.Token);
        }
        catch (Exception)
        {
            // Logged by the invoker. A timer that failed waits for its next time, as on the real host.
        }
        finally
        {
            activity.End();
        }
    }

    private static Activity? StartSpan(Timer timer, TimerRow? row) => InvocationTelemetry.Start(timer.Name, ActivityKind.Internal, timer.Function, traceParent: "")?
        .SetTag("faas.cron", timer.Schedule.Text)
        .SetTag("faas.time", row?.NextDue.ToString("O", CultureInfo.InvariantCulture));

    private static ScheduleStatus StatusOf(TimerRow row) => new()
    {
        Last = row.LastDue?.UtcDateTime ?? default,
        Next = row.NextDue.UtcDateTime,
        LastUpdated = row.UpdatedAt?.UtcDateTime ?? default,
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "The timer {Name} could not be looked after; trying again")]
    private partial void LogFireFailed(string name, Exception exception);

    private sealed record Timer(FunctionEntry Function, TimerTriggerBinding Trigger, TimerSchedule Schedule)
    {
        public string Name => Function.Name;

        /// <summary>Up to which setting back of the clock its due time is right; at first it may be of any time.</summary>
        public int FollowedSetBacks { get; set; } = -1;

        /// <summary>How many settings back it has yet to follow; so often this process counts as running something.</summary>
        public int Following;

        public bool IsMonitored => Trigger.UseMonitor && Schedule.IsMonitorable;
    }
}
