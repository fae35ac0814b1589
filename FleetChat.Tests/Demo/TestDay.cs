using FleetChat.LocalHost.Demo;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Tests.Demo;

/// <summary>The fleet's day on a test database and a host in this process.</summary>
internal static class TestDay
{
    /// <param name="change">Replaces services of the host.</param>
    /// <param name="changeSchema">Run by a superuser before the host starts.</param>
    public static async Task<DayOutcome> PlayAsync(string name, Action<IServiceCollection>? change = null, string? changeSchema = null)
    {
        await using var database = await TestDatabase.CreateAsync(name);
        if (changeSchema is not null) await database.ExecuteAsAdminAsync(changeSchema);
        var folder = Directory.CreateTempSubdirectory("fleetchat-day-").FullName;
        try
        {
            var settings = TestSettings.Of(database, folder, new("http://127.0.0.1"));
            await using var simulators = await DemoSimulators.StartAsync(settings.Url);
            await using var host = new InProcessHost(change);
            return await FleetDay.Small(host, settings, simulators, Story.Untold()).RunAsync(CancellationToken.None);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
