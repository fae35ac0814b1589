using System.Runtime.InteropServices;
using FleetChat.Core.Data;
using FleetChat.LocalHost.Hosting;
using FleetChat.LocalHost.Postgres;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

/// <summary>
/// What a person types. Exit codes: 0 done, 1 an expectation of the demo failed, the doctor found something wrong, or it does not start, 2 not understood,
/// 130 interrupted before it was done, as shells say it.
/// </summary>
internal static class CommandLine
{
    private const int Done = 0;
    private const int Failed = 1;
    private const int NotUnderstood = 2;
    private const int Interrupted = 130;

    private const string Help = """
        FleetChat on one machine, without a cloud account.

        usage: FleetChat.LocalHost [command] [options]

          up (the default)   Start FleetChat with a simulated Samsara and WhatsApp, and keep its data.
                             Prints the addresses and an API key. Ctrl-C stops everything.
            --port N         listen on 127.0.0.1:N (7071); the simulators take the next two ports
            --data FOLDER    where the data lies
          demo               Play ten minutes of two companies' day, then check what happened.
                             Everything is temporary. Exit code 1 if an expectation fails.
            --json           end with one line of JSON
            --speed N        let N seconds of the day pass in one second; else it goes as fast as it can
          functions          List the functions with their routes, queues and schedules. No host has to run.
            --json           as JSON, here and below; durations are seconds
          rules              The default rules, as docs/rules.md has them.
            --json           as data
          queues             What waits in each queue, since when, and what failed too often.
            --data FOLDER    of a running 'up', here and below
          instances          The orchestrations, those that changed last first.
            --status S       only Running, Pending, Suspended, Completed, Failed or Terminated
            --prefix X       only those whose ids begin so
            --limit N        at most so many (50)
          instance ID        One orchestration: what it waits for, what failed, and all that happened.
          doctor             Look at the machine, the database, keys, settings, ports and stuck work, and say
                             what to do. Starts and changes nothing. Exit code 1 if something is wrong.
            --port N         where the host listens or would (7071)
          help               Show this.

        FLEETCHAT_POSTGRES   connection string of a Postgres administrator, to use that server
                             instead of one started from this machine's PostgreSQL binaries

        """;

    public static async Task<int> RunAsync(string[] args)
    {
        using var end = new CancellationTokenSource();
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        try
        {
            return await RunAsync(args, end);
        }
        catch (FormatException wrong)
        {
            await Console.Error.WriteLineAsync($"{wrong.Message}\n\n{Help}");
            return NotUnderstood;
        }
        catch (Exception refused) when (refused is StartRefusedException or PostgresUnavailableException or DatabaseRefusedException)
        {
            await Console.Error.WriteLineAsync(refused.Message);
            return Failed;
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return Interrupted;
        }

        // A child's parent tells it when to end: a terminal's Ctrl-C reaches both, and the parent still has questions.
        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            if (!(signal.Signal == PosixSignal.SIGINT && args is ["serve", "--settings", _])) end.Cancel();
        }
    }

    private static async Task<int> RunAsync(string[] args, CancellationTokenSource end)
    {
        switch (args)
        {
            case ["help" or "--help" or "-h", ..]:
                Console.Write(Help);
                return Done;
            case ["serve"]:
                await ServeCommand.RunAsync(end.Token);
                return Done;
            case ["serve", "--settings", var file]:
                await ServeCommand.RunAsChildAsync(file, end.Token);
                return Done;
            case ["demo", .. var options]:
                return await DemoCommand.RunAsync(CommandOptions.ReadDemo(options), AnsiConsole.Console, end.Token) ? Done : Failed;
            case ["functions", .. var options]:
                FunctionsCommand.Run(CommandOptions.ReadFunctions(options), AnsiConsole.Console);
                return Done;
            case ["rules", .. var options]:
                RulesCommand.Run(CommandOptions.ReadRules(options));
                return Done;
            case ["queues", .. var options]:
                await QueuesCommand.RunAsync(CommandOptions.ReadView("queues", options), AnsiConsole.Console, end.Token);
                return Done;
            case ["instances", .. var options]:
                await InstancesCommand.RunAsync(CommandOptions.ReadInstances(options), AnsiConsole.Console, end.Token);
                return Done;
            case ["instance", .. var options]:
                await InstanceCommand.RunAsync(CommandOptions.ReadInstance(options), AnsiConsole.Console, end.Token);
                return Done;
            case ["doctor", .. var options]:
                return await DoctorCommand.RunAsync(CommandOptions.ReadDoctor(options), AnsiConsole.Console, end.Token) ? Done : Failed;
            case ["up", .. var options]:
                await UpCommand.RunAsync(CommandOptions.ReadUp(options), end.Token);
                return Done;
            case [] or [['-', '-', ..], ..]:
                await UpCommand.RunAsync(CommandOptions.ReadUp(args), end.Token);
                return Done;
            default:
                throw new FormatException($"There is no command '{args[0]}'.");
        }
    }
}
