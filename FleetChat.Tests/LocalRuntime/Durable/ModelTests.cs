using System.Globalization;
using CsCheck;
using FleetChat.LocalRuntime.Durable;
using FleetChat.Tests.LocalRuntime.Durable.Model;
using Xunit.Abstractions;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>
/// Random orchestrations in the engine's own replay, against a plain interpretation of the same tree. A failure prints the
/// smallest case found and its seed, which FLEETCHAT_TEST_SEED repeats; FLEETCHAT_TEST_SIZE=long tries ten thousand.
/// </summary>
public sealed class ModelTests(ITestOutputHelper output)
{
    private static readonly int Cases = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 10_000 : 250;

    private static readonly string? Seed = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SEED") is { Length: > 0 } given ? given : null;

    private static readonly Gen<(Plan, int)> OneCase = Gen.Select(Plans.Of(depth: 3), Gen.Int[0, 1_000_000]);

    private static readonly Gen<(Plan, Plan, int)> ChangedCase = Gen.Select(Plans.Of(depth: 1), Plans.Of(depth: 1), Gen.Int[0, 1_000_000]);

    [Fact]
    public void Changed_code_is_recognised_where_it_asks_for_something_else_and_only_there()
    {
        var (met, other) = (0, 0);
        ChangedCase.Sample(
            (plan, changed, seed) =>
            {
                if (World.RunAndChange(plan, changed, seed) is not { } replayed) return;
                Interlocked.Increment(ref met);
                if (replayed.IsOther) Interlocked.Increment(ref other);
                var isRecognised = replayed.Result.Ending is Ending.Failed { Failure.Type: "DurableTask.Core.Exceptions.NonDeterministicOrchestrationException" };
                Assert.Equal(replayed.IsOther, isRecognised);
            },
            seed: Seed,
            iter: Cases,
            print: one => string.Create(CultureInfo.InvariantCulture, $"{one.Item1.Text()} / {one.Item2.Text()} / {one.Item3}"));
        output.WriteLine($"{met} histories met changed code, {other} of them saw it");
    }

    [Fact]
    public void Whatever_an_orchestration_does_every_turn_comes_to_what_a_plain_interpretation_comes_to()
    {
        var turns = 0L;
        OneCase.Sample(
            (plan, seed) => Interlocked.Add(ref turns, World.Run(plan, seed)),
            seed: Seed,
            iter: Cases,
            print: one => string.Create(CultureInfo.InvariantCulture, $"{one.Item1.Text()} / {one.Item2}"));
        output.WriteLine($"{Cases} orchestrations with their children, {turns} turns, 0 differences");
    }
}
