namespace FleetChat.LocalRuntime.Durable;

/// <param name="Orchestrators">How many instances have a turn under way in this process at most.</param>
/// <param name="Activities">How many activities run in this process at most.</param>
internal sealed record EngineLimits(int Orchestrators, int Activities);

/// <summary>Places for work. Whoever takes one gives it back.</summary>
internal sealed class Places(int count)
{
    private int _free = count;

    public bool TryTake()
    {
        if (Interlocked.Decrement(ref _free) >= 0) return true;
        Interlocked.Increment(ref _free);
        return false;
    }

    /// <summary>Places for what is about to be claimed: taken before the look, so that nobody else fills them while it is under way.</summary>
    /// <param name="most">No more than so many.</param>
    public Reservation Reserve(int most)
    {
        var taken = 0;
        while (taken < most && TryTake()) taken++;
        return new(this, taken);
    }

    /// <summary>For work that is already ours, whatever the limit.</summary>
    public void Take() => Interlocked.Decrement(ref _free);

    public void GiveBack() => Interlocked.Increment(ref _free);
}

/// <summary>Places that are kept free for a while. What is not used is given back.</summary>
internal sealed class Reservation(Places places, int count) : IDisposable
{
    public int Left { get; private set; } = count;

    /// <summary>The place is its user's from now on, who gives it back.</summary>
    public void Use() => Left--;

    public void Dispose()
    {
        for (; Left > 0; Left--) places.GiveBack();
    }
}
