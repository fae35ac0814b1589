using System.Globalization;
using FleetChat.LocalHost.Postgres;
using FleetChat.Tests.Guards;
using FleetChat.Tests.LocalRuntime;
using FleetChat.Tests.LocalRuntime.Durable.Chaos;

namespace FleetChat.Tests;

/// <summary>
/// What a test runs as a process of its own, because it wants to kill it or to be another user. Each mode prints one line
/// when it is ready and ends when its standard input does, so that nothing outlives the test.
/// </summary>
public static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        if (arguments is ["runtime-host", var postgres])
        {
            await RuntimeProcess.RunAsync(postgres);
            return 0;
        }

        if (arguments is [DurableProcess.Mode, var database, var lease])
        {
            await DurableProcess.RunAsync(database, TimeSpan.FromMilliseconds(double.Parse(lease, CultureInfo.InvariantCulture)));
            return 0;
        }

        if (arguments is [GuardProcess.Mode, var results])
        {
            await GuardProcess.RunAsync(results);
            return 0;
        }

        await using var cluster = arguments switch
        {
            ["temporary-cluster" or "temporary-cluster-and-exit", var purpose] => await PostgresCluster.StartTemporaryAsync(purpose, CancellationToken.None),
            ["cluster", var folder] => await PostgresCluster.OpenAsync(folder, CancellationToken.None),
            _ => throw new ArgumentException($"No such mode: {string.Join(' ', arguments)}"),
        };
        Console.WriteLine($"{cluster.ServerProcessId}|{cluster.Folder}|{cluster.AdminConnectionString}");
        await Console.In.ReadToEndAsync();
        if (arguments[0] == "temporary-cluster-and-exit")
        {
            Environment.Exit(0);
        }

        return 0;
    }
}
