namespace FleetChat.LocalRuntime.Durable;

/// <summary>
/// Claims of which nobody knows, after an error, whether they took place: they are given back until that succeeds. A living
/// process' claims are taken by nobody else.
/// </summary>
internal sealed class LostClaims(Claims claims)
{
    private readonly Lock _lock = new();
    private HashSet<long> _instanceTokens = [];
    private HashSet<long> _activityTokens = [];
    private List<(long Key, long Token)> _instances = [];
    private List<ClaimedActivity> _activities = [];

    public void AddInstance(long key, long token)
    {
        lock (_lock) _instances.Add((key, token));
    }

    public void AddActivity(ClaimedActivity activity)
    {
        lock (_lock) _activities.Add(activity);
    }

    /// <summary>All instances or activities that bear the token.</summary>
    public void AddTokens(long instanceToken, long activityToken)
    {
        lock (_lock)
        {
            _instanceTokens.Add(instanceToken);
            _activityTokens.Add(activityToken);
        }
    }

    /// <returns>True if there was something to give back.</returns>
    public async Task<bool> GiveBackAsync(long host, CancellationToken cancellation)
    {
        HashSet<long> instanceTokens, activityTokens;
        List<(long Key, long Token)> instances;
        List<ClaimedActivity> activities;
        lock (_lock)
        {
            if (_instanceTokens.Count + _activityTokens.Count + _instances.Count + _activities.Count == 0) return false;
            (instanceTokens, activityTokens, instances, activities) = (_instanceTokens, _activityTokens, _instances, _activities);
            (_instanceTokens, _activityTokens, _instances, _activities) = ([], [], [], []);
        }
        try
        {
            if (instances.Count > 0) await claims.ReleaseAsync(host, instances, cancellation);
            if (activities.Count > 0) await claims.ReleaseAsync(host, activities, cancellation);
            if (instanceTokens.Count + activityTokens.Count > 0) await claims.ReleaseAsync(host, [.. instanceTokens], [.. activityTokens], cancellation);
            return true;
        }
        catch (Exception)
        {
            lock (_lock)
            {
                _instanceTokens.UnionWith(instanceTokens);
                _activityTokens.UnionWith(activityTokens);
                _instances.AddRange(instances);
                _activities.AddRange(activities);
            }
            throw;
        }
    }
}
