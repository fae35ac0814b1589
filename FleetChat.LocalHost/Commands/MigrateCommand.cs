using FleetChat.Core.Data;
using FleetChat.LocalRuntime;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

/// <summary>The same as the published functions' own <c>migrate</c>, with settings from the environment and from the local.settings.json of the folder that it is called in.</summary>
internal static class MigrateCommand
{
    /// <exception cref="DatabaseRefusedException">A setting is missing, the server is too old, or a script failed.</exception>
    public static async Task RunAsync(IAnsiConsole console, CancellationToken ct)
        => console.WriteLine($"The database is at {await MigrateDatabase.RunAsync(AppConfiguration.Read(Directory.GetCurrentDirectory()), ct)}.");
}
