using FleetChat.LocalHost.Hosting;
using FleetChat.LocalHost.Postgres;

namespace FleetChat.LocalHost.Commands;

/// <summary>Only the host, on a database that is ready.</summary>
internal static class ServeCommand
{
    /// <summary>With settings from local.settings.json and the environment.</summary>
    public static async Task RunAsync(CancellationToken end)
    {
        await using var app = await LocalHostApp.StartAsync(settings: null, end);
        Console.WriteLine(app.Address);
        await WaitAsync(Task.Delay(Timeout.Infinite, end));
    }

    /// <summary>As somebody's child: see <see cref="ServeProcess"/>.</summary>
    public static async Task RunAsChildAsync(string settingsFile, CancellationToken end)
    {
        // Listening from the first moment: the parent may die while we start.
        var parentEnds = ReadToEndAsync();
        await using (var app = await LocalHostApp.StartAsync(await LocalHostSettings.ReadAsync(settingsFile, end), end))
        {
            Console.WriteLine(app.Address);
            await WaitAsync(await Task.WhenAny(parentEnds, Task.Delay(Timeout.Infinite, end)));
        }

        // A parent that was killed could not clean up behind itself.
        if (parentEnds is { IsCompletedSuccessfully: true, Result: false }) await PostgresCluster.RemoveAbandonedAsync(CancellationToken.None);
    }

    /// <returns>Whether the parent said that it ends us; if not, it died.</returns>
    private static async Task<bool> ReadToEndAsync()
    {
        await Task.Yield();
        return (await Console.In.ReadToEndAsync()).Trim() == ServeProcess.StopWord;
    }

    private static async Task WaitAsync(Task end)
    {
        try
        {
            await end;
        }
        catch (OperationCanceledException)
        {
            // The end that was waited for.
        }
    }
}
