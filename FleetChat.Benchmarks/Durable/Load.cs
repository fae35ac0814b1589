namespace FleetChat.Benchmarks.Durable;

/// <summary>What is asked of a contender: orchestrations of one kind, a fixed number of them at any time.</summary>
internal sealed record Load(Work Work, int Callers, TimeSpan WarmUp, TimeSpan Length);

internal enum Work
{
    /// <summary>Five activities, one after another.</summary>
    Sequence,

    /// <summary>A hundred activities at once.</summary>
    FanOut,
}

/// <summary>The sizes of the work; dbos/steps.cjs has them too.</summary>
internal static class WorkSize
{
    public const int Sequence = 5;
    public const int FanOut = 100;
}
