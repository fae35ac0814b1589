using System.Collections.Concurrent;
using FleetChat.LocalRuntime.Hosting;
using Microsoft.Extensions.Logging;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>
/// Runs orchestrations and activities of this process. Work is taken when a signal says that there is some, when a timer of
/// the business clock is due, and once a second in any case. An instance that goes on at once is held in memory from turn to
/// turn; one that waits for something else is given back with its turn.
/// </summary>
internal sealed partial class DurableEngine : IAsyncDisposable
{
    private const int LargestCommit = 200;
    private const int LargestClaim = 100;
    private const long CachedBytes = 32 << 20;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    private readonly DurableNode _node;
    private readonly HostPresence _presence;
    private readonly HostActivity _activity;
    private readonly ITaskRunner _runner;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopClaiming = new();
    private readonly CancellationTokenSource _stopRunning = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly ConcurrentDictionary<long, Session> _sessions = new();
    private readonly ConcurrentDictionary<Task, bool> _runs = new();
    private readonly ConcurrentDictionary<long, long> _refused = new();

    /// <summary>Instances with something new that were not held here; a claim under way may have taken them without it.</summary>
    private readonly ConcurrentDictionary<long, bool> _announced = new();

    private readonly HistoryCache _cache = new(CachedBytes);
    private readonly Places _turnPlaces;
    private readonly Places _activityPlaces;
    private readonly LostClaims _lost;
    private readonly DueTimer _due;
    private readonly Batcher<TurnCommit, CommittedTurn> _commits;
    private readonly Batcher<ActivityAnswer, bool> _answers;
    private readonly Batcher<long, List<InboxMessage>> _inboxes;
    private Task? _loop;
    private volatile bool _mayHaveInstances = true;
    private volatile bool _mayHaveActivities = true;

    public DurableEngine(DurableNode node, HostPresence presence, HostActivity activity, ITaskRunner runner, EngineLimits limits, ILogger logger)
    {
        (_node, _presence, _activity, _runner, _logger) = (node, presence, activity, runner, logger);
        _turnPlaces = new(limits.Orchestrators);
        _activityPlaces = new(limits.Activities);
        _lost = new(node.Claims);
        _due = new(node.Clock, SignalInstances);
        _commits = new(LargestCommit, CommitAsync);
        _answers = new(LargestCommit, StoreAnswersAsync);
        _inboxes = new(LargestCommit, ReadInboxesAsync);
    }

    public long HostId => _presence.HostId;

    public void Start()
    {
        _presence.OnOrchestrations += Hear;
        _node.Add(this);
        _due.Start();
        _loop = Task.Run(ClaimUntilStoppedAsync);
    }

    /// <summary>Takes no more work and lets what runs come to its end; when the token says that there is no more time, cancels it. What is left is given back.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        if (_stopClaiming.IsCancellationRequested) return;
        await _stopClaiming.CancelAsync();
        _node.Remove(this);
        _presence.OnOrchestrations -= Hear;
        if (_loop is not null) await _loop;
        await _due.DisposeAsync();
        await Draining.FinishAsync(FinishRunsAsync(), _stopRunning, cancellation);
        await GiveAllBackAsync();
    }

    public ValueTask DisposeAsync() => DisposeAsync(new CancellationToken(canceled: true));

    public async ValueTask DisposeAsync(CancellationToken outOfTime)
    {
        await StopAsync(outOfTime);
        _stopClaiming.Dispose();
        _stopRunning.Dispose();
        _wake.Dispose();
    }

    public long NewToken() => _node.NewToken(HostId);

    /// <summary>Makes room for an instance that is about to be stored; whoever gets it begins it or gives the room back.</summary>
    public bool TryReserveTurn() => _runner.TakesEverything && !_stopClaiming.IsCancellationRequested && _turnPlaces.TryTake();

    /// <summary>Whether an instance that goes on by itself is better left to others.</summary>
    public bool IsStopping => _stopClaiming.IsCancellationRequested;

    public void GiveBackTurn() => _turnPlaces.GiveBack();

    /// <summary>An instance that this process stored as its own: it begins without a look into the database.</summary>
    public void BeginReserved(ClaimedInstance instance, long startMessage)
    {
        var session = new Session(instance, []);
        Replace(session);
        session.TryAdd(new Mail(startMessage, MessageKind.Start, instance.CreatedAt, null, null));
        Track(WorkAsync(session, hasPlace: true));
    }

    /// <summary>There may be instances or activities to take.</summary>
    public void SignalWork()
    {
        _mayHaveActivities = true;
        SignalInstances();
    }

    public bool TakesEverything => _runner.TakesEverything && _runner.ActivityNames is null;

    /// <summary>There may be instances with something to do.</summary>
    public void SignalInstances()
    {
        _mayHaveInstances = true;
        Wake();
    }

    /// <summary>A message becomes visible then, in business time.</summary>
    public void Expect(DateTimeOffset due) => _due.Expect(due);

    public bool HasOthers => _presence.HasOthers;

    /// <summary>Nobody knows whether the claims with this token took place.</summary>
    public void ClaimLost(long token) => _lost.AddTokens(token, token);

    /// <summary>An instance's key: its inbox has something new. "*": something ended. Nothing: there is work.</summary>
    private void Hear(string told)
    {
        if (told == "*")
        {
            _node.Waits.Look();
            return;
        }
        if (long.TryParse(told, out var key)) RequestRead(key);
        SignalWork();
    }

    /// <summary>The instance's inbox has something new, wherever the instance is.</summary>
    public void RequestRead(long key)
    {
        if (_sessions.TryGetValue(key, out var session) && session.TryRequestRead() is { } starts)
        {
            if (starts) Track(WorkAsync(session, hasPlace: false));
        }
        else
        {
            _announced[key] = true;
            SignalInstances();
        }
    }

    private void Wake()
    {
        try
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else woke it between the look and the release.
        }
        catch (ObjectDisposedException)
        {
            // The last piece of work came to its end after the engine did.
        }
    }

    private void Track(Task run)
    {
        _runs.TryAdd(run, true);
        run.ContinueWith(done => _runs.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>After a pause in which this process seemed dead, an instance can come back to it while the old session still believes.</summary>
    private void Replace(Session session)
    {
        if (_sessions.TryRemove(session.Key, out var stale)) Abandon(stale);
        _sessions[session.Key] = session;
    }

    private void Remove(Session session) => _sessions.TryRemove(KeyValuePair.Create(session.Key, session));

    /// <summary>What runs may begin something by its end: an activity's answer wants its turn.</summary>
    private async Task FinishRunsAsync()
    {
        while (!_runs.IsEmpty) await Task.WhenAll(_runs.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task GiveAllBackAsync()
    {
        try
        {
            await _node.Claims.ReleaseAllAsync(HostId, CancellationToken.None);
        }
        catch (Exception exception)
        {
            LogNotGivenBack(exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Orchestrations could not be given back at the end; others take them when this process is gone")]
    private partial void LogNotGivenBack(Exception exception);
}
