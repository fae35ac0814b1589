namespace FleetChat.Benchmarks;

/// <summary>A fixed number of callers, each of whom asks again as soon as he is answered.</summary>
internal static class ClosedLoop
{
    /// <param name="callAsync">One call, given the number of its caller.</param>
    /// <param name="window">
    /// Opened after the warm-up and closed after its length, or as often that length as it takes to see anything at all; calls
    /// that run then are waited for.
    /// </param>
    public static async Task RunAsync(int callers, TimeSpan warmUp, TimeSpan length, Window window, Func<int, Task> callAsync, CancellationToken ct)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var calling = Enumerable.Range(0, callers).Select(caller => Task.Run(() => CallUntilAsync(caller, callAsync, end.Token), CancellationToken.None)).ToList();
        var failed = Task.WhenAll(calling);
        await WaitAsync(warmUp, failed, ct);
        window.Open();
        do await WaitAsync(length, failed, ct);
        while (window.IsEmpty);
        window.Close();
        await end.CancelAsync();
        await failed;
    }

    private static async Task CallUntilAsync(int caller, Func<int, Task> callAsync, CancellationToken end)
    {
        while (!end.IsCancellationRequested) await callAsync(caller);
    }

    /// <summary>A caller ends before his time only by failing; then there is nothing to wait for.</summary>
    private static async Task WaitAsync(TimeSpan time, Task failed, CancellationToken ct)
    {
        if (await Task.WhenAny(Task.Delay(time, TimeProvider.System, ct), failed) == failed) await failed;
        ct.ThrowIfCancellationRequested();
    }
}
