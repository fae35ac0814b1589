namespace FleetChat.LocalRuntime.Queues;

/// <summary>How long to leave a failing database alone: twice as long each time, so that a restart is noticed soon and an outage is not made worse.</summary>
internal readonly record struct RetryPause(TimeSpan Length)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    public static RetryPause None => new(TimeSpan.Zero);

    public RetryPause Longer() => new(Length == TimeSpan.Zero ? Shortest : Length * 2 < Longest ? Length * 2 : Longest);

    public Task WaitAsync(CancellationToken cancellation) => Task.Delay(Length, TimeProvider.System, cancellation);
}
