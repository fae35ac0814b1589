using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using FleetChat.Benchmarks.Billing;
using FleetChat.Benchmarks.Durable;
using FleetChat.Benchmarks.Fleet;
using FleetChat.Benchmarks.Flow;
using FleetChat.Benchmarks.Http;
using FleetChat.Benchmarks.Imports;
using FleetChat.Benchmarks.Ingest;
using FleetChat.Benchmarks.Neighbours;
using FleetChat.Benchmarks.Rls;
using FleetChat.Benchmarks.Work;
using FleetChat.LocalHost.Postgres;

namespace FleetChat.Benchmarks;

/// <summary>What a person types. Exit codes: 0 done, 1 it could not be measured, 2 not understood, 130 interrupted.</summary>
internal static class CommandLine
{
    private const int Done = 0;
    private const int Failed = 1;
    private const int NotUnderstood = 2;
    private const int Interrupted = 130;

    private static readonly Verb[] Verbs =
    [
        IngestBenchmark.Verb, FlowBenchmark.Verb, NeighboursBenchmark.Verb, RlsBenchmark.Verb, WorkBenchmark.Verb, ImportBenchmark.Verb, BillingBenchmark.Verb,
        DurableBenchmark.Verb, TimersBenchmark.Verb, IdleBenchmark.Verb, MemoryBenchmark.Verb, HttpBenchmark.Verb,
    ];

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        using var end = new CancellationTokenSource();
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        try
        {
            return await RunAsync(args, output, end.Token);
        }
        catch (FormatException wrong)
        {
            await errors.WriteLineAsync($"{wrong.Message}\n\n{Help()}");
            return NotUnderstood;
        }
        catch (Exception refused) when (refused is PostgresUnavailableException or NotMeasuredException)
        {
            await errors.WriteLineAsync(refused.Message);
            return Failed;
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return Interrupted;
        }

        // Whoever measures ends his servers himself, however he is told to stop.
        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            end.Cancel();
        }
    }

    private static async Task<int> RunAsync(string[] args, TextWriter output, CancellationToken ct)
    {
        if (args is [] or ["help" or "--help" or "-h", ..])
        {
            await output.WriteAsync(Help());
            return Done;
        }

        if (await TryRunPartAsync(args, output, ct)) return Done;
        var verb = Array.Find(Verbs, v => v.Name == args[0]) ?? throw new FormatException($"There is nothing to measure named '{args[0]}'.");
        var json = args.Contains("--json");
        var run = new Run(verb, ReadOptions(verb, [.. args.Skip(1).Where(argument => argument != "--json")]), output);
        await verb.MeasureAsync(run, ct);
        run.PrintTable();
        if (json) run.PrintJson();
        return Done;
    }

    /// <summary>What a benchmark has done in a process of its own.</summary>
    private static async Task<bool> TryRunPartAsync(string[] args, TextWriter output, CancellationToken ct)
    {
        switch (args)
        {
            case [MemoryCase.Command, .. var which]:
                await MemoryCase.RunAsync(which, Console.In, output, ct);
                return true;
            case [ImportCase.Command, .. var which]:
                await ImportCase.RunAsync(which, Console.In, output, ct);
                return true;
            case [BillingCase.Command, .. var which]:
                await BillingCase.RunAsync(which, Console.In, output, ct);
                return true;
            case [LoadProcess.Command]:
                await LoadProcess.RunAsync(Console.In, output);
                return true;
            case [GraphProcess.Command, .. var arguments]:
                await GraphProcess.RunAsync(arguments, Console.In, output);
                return true;
            default:
                return false;
        }
    }

    private static Dictionary<string, double> ReadOptions(Verb verb, string[] arguments)
    {
        var read = new Dictionary<string, double>();
        for (var at = 0; at < arguments.Length; at += 2)
        {
            var option = verb.Options.FirstOrDefault(o => $"--{o.Name}" == arguments[at]) ?? throw new FormatException($"'{verb.Name}' has no option {arguments[at]}.");
            read[option.Name] = at + 1 < arguments.Length && double.TryParse(arguments[at + 1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
                ? value
                : throw new FormatException($"{arguments[at]} needs a number.");
        }

        return read;
    }

    private static string Help()
    {
        var help = new StringBuilder("""
            Measures FleetChat and its runtime on this machine, each time against something known in the same run.
            Whatever is needed is started for it, a PostgreSQL cluster too, and removed afterwards.

            usage: FleetChat.Benchmarks VERB [--json] [options]

              --json                 end with one line of JSON

            """);
        foreach (var verb in Verbs)
        {
            help.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"  {verb.Name,-22} {verb.Summary.ReplaceLineEndings("\n" + new string(' ', 25))}");
            foreach (var option in verb.Options) help.AppendLine(CultureInfo.InvariantCulture, $"    {$"--{option.Name} N",-20} {option.Meaning} ({option.Default})");
        }

        return help.ToString();
    }
}
