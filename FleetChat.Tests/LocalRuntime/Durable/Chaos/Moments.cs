using System.Diagnostics;

namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

internal static class Moments
{
    /// <summary>Real time, for what only real time brings about, such as a lease that runs out.</summary>
    public static Task PassAsync(TimeSpan time, string because)
    {
        var watch = Stopwatch.StartNew();
        return Until.TrueAsync(() => watch.Elapsed >= time, because);
    }
}
