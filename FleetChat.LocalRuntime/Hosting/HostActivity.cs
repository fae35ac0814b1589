namespace FleetChat.LocalRuntime.Hosting;

/// <summary>How many calls run in this process, and how many ever began: equal counts at two looks with nothing running mean that nothing ran between.</summary>
internal sealed class HostActivity
{
    private int _running;
    private long _begun;

    public int Running => Volatile.Read(ref _running);

    public long Begun => Volatile.Read(ref _begun);

    public void Begin()
    {
        Interlocked.Increment(ref _running);
        Interlocked.Increment(ref _begun);
    }

    public void End() => Interlocked.Decrement(ref _running);
}
