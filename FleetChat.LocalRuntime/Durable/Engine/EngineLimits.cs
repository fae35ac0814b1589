namespace FleetChat.LocalRuntime.Durable;

/// <param name="Orchestrators">How many instances have a turn under way in this process at most.</param>
/// <param name="Activities">How many activities run in this process at most.</param>
internal sealed record EngineLimits(int Orchestrators, int Activities);

/// <summary>Places for work. Whoever takes one gives it back.</summary>
internal sealed class Places(int count)
{
    private int _free = count;

    public int Free => Math.Max(0, Volatile.Read(ref _free));

    public bool TryTake()
    {
        if (Interlocked.Decrement(ref _free) >= 0) return true;
        Interlocked.Increment(ref _free);
        return false;
    }

    /// <summary>For work that is already ours, whatever the limit.</summary>
    public void Take() => Interlocked.Decrement(ref _free);

    public void GiveBack() => Interlocked.Increment(ref _free);
}
