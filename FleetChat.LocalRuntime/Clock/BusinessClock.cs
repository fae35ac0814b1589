using FleetChat.LocalRuntime.Clock;

namespace FleetChat.LocalRuntime;

/// <summary>
/// The business clock that all processes on one database share: real time plus an offset, or frozen and stepped.
/// Timers and timestamps of this TimeProvider stay real, because they measure how long something takes, not what day it is.
/// </summary>
public sealed class BusinessClock : TimeProvider
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);
    private int _setBacks;
    private volatile ClockState _state = ClockState.Real;
    private volatile TaskCompletionSource _changed = NewSignal();

    internal BusinessClock()
    {
    }

    /// <summary>False while the clock is frozen or stepped.</summary>
    public bool IsRunning => _state.FrozenAt is null;

    /// <summary>How far the business clock is ahead of real time at this moment.</summary>
    public TimeSpan Offset => GetUtcNow() - System.GetUtcNow();

    internal ClockState State => _state;

    /// <summary>How often the clock was set back: what was due later than it is now may have to be due earlier.</summary>
    internal int SetBacks => Volatile.Read(ref _setBacks);

    /// <summary>Called before the clock goes back, so that this process is not at rest until it has followed.</summary>
    internal Action? OnSetBack { get; set; }

    /// <summary>Completes when the clock is set next.</summary>
    internal Task Changed => _changed.Task;

    public override DateTimeOffset GetUtcNow() => _state.At(System.GetUtcNow());

    internal void Apply(ClockState state)
    {
        if (state == _state) return;
        var realNow = System.GetUtcNow();
        var isSetBack = state.At(realNow) < _state.At(realNow);
        if (isSetBack) OnSetBack?.Invoke();
        _state = state;
        if (isSetBack) Interlocked.Increment(ref _setBacks);
        Interlocked.Exchange(ref _changed, NewSignal()).SetResult();
    }

    /// <summary>Completes when the business clock has reached the moment, however it gets there.</summary>
    internal async Task WaitUntilAsync(DateTimeOffset due, CancellationToken cancellation)
    {
        while (true)
        {
            var changed = _changed.Task;
            var state = _state;
            var left = due - state.At(System.GetUtcNow());
            if (left <= TimeSpan.Zero) return;
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var elapsed = Task.Delay(state.FrozenAt is null && left < LongestWait ? left : LongestWait, System, stop.Token);
            await Task.WhenAny(changed, elapsed);
            await stop.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
