namespace FleetChat.LocalRuntime.Hosting;

internal static class Draining
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Waits for running calls; when there is no more time, cancels them, and leaves those behind that do not listen.</summary>
    public static async Task FinishAsync(Task running, CancellationTokenSource cancelRunning, CancellationToken outOfTime)
    {
        try
        {
            await running.WaitAsync(outOfTime);
        }
        catch (OperationCanceledException) when (outOfTime.IsCancellationRequested)
        {
            await cancelRunning.CancelAsync();
            await Task.WhenAny(running, Task.Delay(Grace, TimeProvider.System, CancellationToken.None));
        }
    }
}
