using Microsoft.Extensions.Logging;

namespace FleetChat.LocalRuntime.Durable;

internal sealed partial class DurableEngine
{
    private static readonly TimeSpan RefusedFor = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>The last claim found nothing: what is visible now and stays so has no receiver.</summary>
    private bool _isIdle = true;

    private async Task ClaimUntilStoppedAsync()
    {
        var polled = 0L;
        var pause = TimeSpan.FromMilliseconds(20);
        while (!_stopClaiming.IsCancellationRequested)
        {
            try
            {
                if (polled == 0 || TimeProvider.System.GetElapsedTime(polled) >= Poll)
                {
                    polled = TimeProvider.System.GetTimestamp();
                    await PollAsync();
                }
                var more = await ClaimInstancesAsync();
                more |= await ClaimActivitiesAsync();
                pause = TimeSpan.FromMilliseconds(20);
                if (!more) await WaitForWorkAsync();
            }
            catch (Exception exception)
            {
                LogClaimFailed(exception);
                await Task.Delay(pause, TimeProvider.System, _stopClaiming.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                _mayHaveInstances = _mayHaveActivities = true;
            }
        }
    }

    private async Task WaitForWorkAsync()
    {
        try
        {
            await _wake.WaitAsync(Poll, _stopClaiming.Token);
        }
        catch (OperationCanceledException)
        {
            // The loop sees by itself that it has to end.
        }
    }

    /// <summary>Whatever a lost signal, another process' death or an error left behind.</summary>
    private async Task PollAsync()
    {
        await _lost.GiveBackAsync(HostId, CancellationToken.None);
        if (_isIdle) await _node.Claims.SweepAsync(_node.Clock.GetUtcNow(), CancellationToken.None);
        foreach (var key in _sessions.Keys) RequestRead(key);
        foreach (var (key, until) in _refused)
            if (until < TimeProvider.System.GetTimestamp()) _refused.TryRemove(key, out _);
        _mayHaveInstances = _mayHaveActivities = true;
    }

    /// <returns>True if it is worth asking again at once.</returns>
    private async Task<bool> ClaimInstancesAsync()
    {
        if (!_mayHaveInstances) return false;
        using var places = _turnPlaces.Reserve(LargestClaim);
        if (places.Left == 0) return false;

        // Cleared before the look: a signal that comes during it must not be lost.
        _mayHaveInstances = false;
        var announced = _announced.Keys;
        var now = _node.Clock.GetUtcNow();
        var claim = await ClaimInstancesAsync(now, places.Left);
        if (claim.NextDue is { } due) Expect(due);
        foreach (var key in claim.DueHere) RequestRead(key);
        _isIdle = claim.Claimed.Count == 0;
        if (!_isIdle) await BeginAsync(claim.Claimed, places, now);
        ReadAnnounced(announced);

        // The limit counts messages, and one instance may have had them all.
        _mayHaveInstances |= !_isIdle;
        return !_isIdle;
    }

    private void ReadAnnounced(ICollection<long> announced)
    {
        foreach (var key in announced)
        {
            _announced.TryRemove(key, out _);
            if (_sessions.TryGetValue(key, out var session) && session.TryRequestRead() is true) Track(WorkAsync(session, hasPlace: false));
        }
    }

    private async Task<InstanceClaim> ClaimInstancesAsync(DateTimeOffset now, int most)
    {
        var token = NewToken();
        try
        {
            // Not cancelled: a claim whose answer is thrown away would have to be given back.
            return await _node.Claims.ClaimInstancesAsync(
                HostId, token, now, most, [.. _refused.Keys], _runner.OrchestratorNames, [.. _sessions.Keys], CancellationToken.None);
        }
        catch (Exception)
        {
            _lost.AddTokens(token, token);
            throw;
        }
    }

    private async Task BeginAsync(List<ClaimedInstance> claimed, Reservation places, DateTimeOffset now)
    {
        try
        {
            var accepted = new List<(ClaimedInstance Instance, List<HistoryEvent>? Past)>();
            foreach (var instance in claimed)
            {
                if (await _runner.AcceptsAsync(instance.Info, _stopRunning.Token)) accepted.Add((instance, instance.Turns == 0 ? [] : _cache.Take(instance)));
                else Refuse(instance);
            }
            var unread = accepted.FindAll(a => a.Past is null).ConvertAll(a => a.Instance);
            var (messages, histories) = await _node.Claims.ReadAsync([.. accepted.Select(a => a.Instance.Key)], unread, now, CancellationToken.None);
            var mail = messages.ToLookup(m => m.Instance, Mail.Of);
            foreach (var (instance, past) in accepted)
            {
                var session = new Session(instance, past ?? histories.GetValueOrDefault(instance.Key) ?? []);
                Replace(session);
                session.TryAdd([.. mail[instance.Key]]);
                places.Use();
                Track(WorkAsync(session, hasPlace: true));
            }
            if (accepted.Count < claimed.Count) await OfferRefusedAsync();
        }
        catch (Exception)
        {
            // A session of an earlier claim is no reason to keep this one.
            foreach (var instance in claimed)
                if (_sessions.GetValueOrDefault(instance.Key)?.Token != instance.Token) _lost.AddInstance(instance.Key, instance.Token);
            throw;
        }
    }

    /// <summary>Left to others, and not looked at again for a while.</summary>
    private void Refuse(ClaimedInstance instance)
    {
        _refused[instance.Key] = TimeProvider.System.GetTimestamp() + (long)(RefusedFor.TotalSeconds * TimeProvider.System.TimestampFrequency);
        _lost.AddInstance(instance.Key, instance.Token);
    }

    private async Task OfferRefusedAsync()
    {
        await _lost.GiveBackAsync(HostId, CancellationToken.None);
        _node.SignalInstances();
        _node.Tell("");
    }

    private async Task<bool> ClaimActivitiesAsync()
    {
        if (!_mayHaveActivities) return false;
        using var places = _activityPlaces.Reserve(LargestClaim);
        var most = places.Left;
        if (most == 0) return false;
        _mayHaveActivities = false;
        var token = NewToken();
        List<ClaimedActivity> claimed;
        try
        {
            claimed = await _node.Claims.ClaimActivitiesAsync(HostId, token, most, _runner.ActivityNames, CancellationToken.None);
        }
        catch (Exception)
        {
            _lost.AddTokens(token, token);
            throw;
        }
        foreach (var activity in claimed)
        {
            places.Use();
            BeginActivity(activity);
        }
        _mayHaveActivities |= claimed.Count >= most;
        return claimed.Count > 0;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Orchestrations could not be claimed; trying again")]
    private partial void LogClaimFailed(Exception exception);
}
