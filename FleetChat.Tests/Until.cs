using System.Diagnostics;

namespace FleetChat.Tests;

/// <summary>The one way tests wait: looks again and again until a condition holds, and fails with a reason when the deadline passes.</summary>
public static class Until
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <param name="because">What was awaited, as the end of the sentence "waited for ...".</param>
    /// <param name="deadline">Two minutes if null: it is waited for as long only where something is wrong.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, string because, TimeSpan? deadline = null)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < (deadline ?? Deadline), $"waited {watch.Elapsed.TotalSeconds:F1} s in vain for {because}");
            await Task.Delay(Pause);
        }
    }

    public static Task TrueAsync(Func<bool> condition, string because, TimeSpan? deadline = null)
        => TrueAsync(() => Task.FromResult(condition()), because, deadline);
}
