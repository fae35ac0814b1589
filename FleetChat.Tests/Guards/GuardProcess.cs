using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using FleetChat.LocalHost.Postgres;
using FleetChat.Tests.Postgres;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace FleetChat.Tests.Guards;

/// <param name="Test">A test method; of one with data, all of it.</param>
/// <param name="Failure">Of the first that failed; null if none did.</param>
internal sealed record GuardResult(Guard Guard, string Test, string? Failure);

/// <summary>The tests with one mutant after the other, in a process that runs on <see cref="MutantAssembly"/>.</summary>
internal static class GuardProcess
{
    public const string Mode = "guards";

    public static async Task<IReadOnlyList<GuardResult>> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("fleetchat-guards-").FullName;
        try
        {
            var results = Path.Combine(folder, "results.json");
            var start = new ProcessStartInfo("dotnet", [MutantAssembly.Create(folder), Mode, results]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment[PostgresServer.Variable] = await TestPostgres.AdminConnectionStringAsync();
            // At length such tests are run by themselves, and not with every mutant.
            start.Environment["FLEETCHAT_TEST_ROUNDS"] = "3";
            using var process = Process.Start(start)!;
            var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, string.Concat(said));
            return JsonSerializer.Deserialize<GuardResult[]>(await File.ReadAllTextAsync(results))!;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What <see cref="Program"/> runs in that process.</summary>
    public static async Task RunAsync(string file)
    {
        // Nothing outlives who started it. The console reads in the caller's thread, whatever its name says.
        _ = Task.Run(() => Console.In.ReadToEnd()).ContinueWith(_ => Environment.Exit(1), TaskScheduler.Default);
        var assembly = new TestAssembly(Reflector.Wrap(typeof(Program).Assembly));
        var cases = new Dictionary<Type, IReadOnlyList<IXunitTestCase>>();
        var results = new List<GuardResult>();
        foreach (var mutant in Mutant.Run)
        {
            var tests = GuardedTests.RunWith(mutant);
            foreach (var type in tests.Select(test => test.Class).Distinct()) cases[type] = cases.GetValueOrDefault(type) ?? Discovery.Find(type);
            var names = tests.Select(test => test.Name).ToHashSet();
            Mutant.Wake(mutant);
            using var outcome = new Outcome();
            using var runner = new XunitTestAssemblyRunner(
                assembly, tests.Select(test => test.Class).Distinct().SelectMany(type => cases[type]).Where(c => names.Contains(NameOf(c.TestMethod))), outcome, outcome, new Options());
            await runner.RunAsync();
            Mutant.Wake(null);
            results.AddRange(outcome.Failures.Select(failure => new GuardResult(mutant.Guard, failure.Key, failure.Value)));
        }
        await TestPostgres.StopAsync();
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(results));
        Environment.Exit(0);
    }

    private static string NameOf(ITestMethod method) => $"{method.TestClass.Class.Name}.{method.Method.Name}";

    private sealed class Outcome : LongLivedMarshalByRefObject, IMessageSink, IDisposable
    {
        public ConcurrentDictionary<string, string?> Failures { get; } = new();

        public bool OnMessage(IMessageSinkMessage message)
        {
            if (message is ITestPassed passed) Failures.TryAdd(NameOf(passed.TestMethod), null);
            if (message is ITestFailed failed) Failures.AddOrUpdate(NameOf(failed.TestMethod), _ => string.Join(' ', failed.Messages), (_, known) => known ?? string.Join(' ', failed.Messages));
            return true;
        }

        public void Dispose()
        {
        }
    }

    private sealed class Discovery : LongLivedMarshalByRefObject, IMessageSink
    {
        private readonly List<IXunitTestCase> _found = [];
        private readonly TaskCompletionSource _done = new();

        public static IReadOnlyList<IXunitTestCase> Find(Type type)
        {
            var discovery = new Discovery();
            using var discoverer = new XunitTestFrameworkDiscoverer(Reflector.Wrap(type.Assembly), new NoSources(), discovery);
            discoverer.Find(type.FullName!, includeSourceInformation: false, discovery, new Options());
            discovery._done.Task.GetAwaiter().GetResult();
            return discovery._found;
        }

        public bool OnMessage(IMessageSinkMessage message)
        {
            if (message is ITestCaseDiscoveryMessage { TestCase: IXunitTestCase found }) _found.Add(found);
            if (message is IDiscoveryCompleteMessage) _done.TrySetResult();
            return true;
        }
    }

    private sealed class NoSources : LongLivedMarshalByRefObject, ISourceInformationProvider
    {
        public ISourceInformation GetSourceInformation(ITestCase testCase) => new SourceInformation();

        public void Dispose()
        {
        }
    }

    /// <summary>xunit's own.</summary>
    private sealed class Options : ITestFrameworkDiscoveryOptions, ITestFrameworkExecutionOptions
    {
        private readonly Dictionary<string, object?> _values = [];

        public TValue GetValue<TValue>(string name) => _values.GetValueOrDefault(name) is TValue value ? value : default!;

        public void SetValue<TValue>(string name, TValue value) => _values[name] = value;
    }
}
