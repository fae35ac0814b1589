namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

/// <summary>How long after a fault the clients' instances end as often as before it.</summary>
internal static class Recovery
{
    private const double Share = 0.98;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    /// <param name="began">When the load had warmed up.</param>
    /// <param name="healed">When the fault was over.</param>
    /// <returns>Null if it did not happen.</returns>
    public static TimeSpan? After(List<DateTimeOffset> ends, DateTimeOffset began, DateTimeOffset broken, DateTimeOffset healed)
    {
        var wanted = Share * ends.Count(e => e >= began && e < broken) / (broken - began).TotalSeconds * Window.TotalSeconds;
        foreach (var end in ends.Where(e => e >= healed))
        {
            if (ends.Count(e => e > end - Window && e <= end) >= wanted) return end - healed;
        }
        return null;
    }
}
