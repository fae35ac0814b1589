using FleetChat.Core.Data;
using FleetChat.LocalRuntime;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

/// <summary>The same as the published functions' own <c>migrate</c>, with settings from local.settings.json and the environment.</summary>
internal static class MigrateCommand
{
    /// <exception cref="DatabaseRefusedException">A setting is missing, the server is too old, or a script failed.</exception>
    public static async Task RunAsync(IAnsiConsole console, CancellationToken ct)
        => console.WriteLine($"The database is at {await MigrateDatabase.RunAsync(AppConfiguration.Read(AppContext.BaseDirectory), ct)}.");
}
