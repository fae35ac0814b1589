using System.Diagnostics;

namespace FleetChat.Core.Inbox;

/// <summary>A lane's calls to the outside, refilled as they end: a slow one takes its own place, and no other's.</summary>
internal static class Refill
{
    // Well below the queue's time: what is left then is nudged anew, and the company's other lanes have their turn (FairShare).
    private static readonly TimeSpan WorkingTime = TimeSpan.FromSeconds(5);

    /// <param name="atOnce">Calls at the most.</param>
    /// <param name="most">With more than so many under way no further ones are begun.</param>
    /// <param name="begin">Begins calls, at most as many as it is given. LookAgain: it begun none, and there may be more behind what it ended.</param>
    /// <returns>True if the time ran out, so that there may be more.</returns>
    public static async Task<bool> RunAsync(int atOnce, int most, Func<int, Task<(IReadOnlyCollection<Task> Begun, bool LookAgain)>> begin)
    {
        var (watch, calls) = (Stopwatch.StartNew(), new HashSet<Task>());
        while (true)
        {
            if (watch.Elapsed < WorkingTime && calls.Count <= most)
            {
                var (begun, lookAgain) = await begin(atOnce - calls.Count);
                calls.UnionWith(begun);
                if (lookAgain) continue;
            }
            if (calls.Count == 0) return watch.Elapsed >= WorkingTime;
            var ended = await Task.WhenAny(calls);
            calls.Remove(ended);
            await ended;
        }
    }
}
