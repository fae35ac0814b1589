using System.Globalization;
using System.Text;
using Xunit.Abstractions;

namespace FleetChat.Tests.Guards;

/// <summary>Every mutant with the tests that have to catch it, run once.</summary>
public sealed class GuardRun : IAsyncLifetime
{
    internal IReadOnlyList<GuardResult> Results { get; private set; } = [];

    public async Task InitializeAsync() => Results = await GuardProcess.StartAsync();

    public Task DisposeAsync() => Task.CompletedTask;
}

/// <summary>
/// Each guard by itself: the product without it is caught by the tests that name it, and by no others, so that it is the guard
/// that they see. FLEETCHAT_TEST_SIZE=long runs every test of their classes with every mutant.
/// </summary>
public sealed class GuardTests(GuardRun run, ITestOutputHelper output) : IClassFixture<GuardRun>
{
    public static TheoryData<Guard> Guards => [.. Enum.GetValues<Guard>()];

    [Theory]
    [MemberData(nameof(Guards))]
    public void Guard_that_is_missing_is_noticed_by_the_tests_that_name_it_and_by_no_others(Guard guard)
    {
        var mutant = Assert.Single(Mutant.All, mutant => mutant.Guard == guard);
        var named = GuardedTests.ThatCatch(guard).Select(test => test.Name).ToList();
        var results = run.Results.Where(result => result.Guard == guard).ToList();

        Assert.NotEmpty(named);
        if (!Mutant.Run.Contains(mutant)) return;
        var failed = results.Where(result => result.Failure is not null).ToList();
        var wrong = failed.ExceptBy(named, result => result.Test).Select(result => $"fails and does not name it: {result.Test}: {result.Failure}")
            .Concat(named.Except(failed.Select(result => result.Test)).Select(test => $"names it and {(results.Exists(r => r.Test == test) ? "passes" : "did not run")}: {test}"))
            .ToList();
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Contains(results, result => result.Failure is null);
    }

    [Fact]
    public void List_is_printed()
    {
        var list = new StringBuilder();
        foreach (var mutant in Mutant.All.Except(Mutant.Run)) list.AppendLine(CultureInfo.InvariantCulture, $"{mutant.Guard}: {mutant.What} ({mutant.Seams})");
        foreach (var mutant in Mutant.Run)
        {
            var results = run.Results.Where(result => result.Guard == mutant.Guard).ToLookup(result => result.Failure is null, result => result.Test);
            list.AppendLine(CultureInfo.InvariantCulture, $"{mutant.Guard}: {mutant.What} ({mutant.Seams}): {results[false].Count()} caught it, {results[true].Count()} others passed");
            foreach (var test in results[false].Order(StringComparer.Ordinal)) list.AppendLine(CultureInfo.InvariantCulture, $"    {test["FleetChat.Tests.".Length..]}");
        }
        output.WriteLine(list.ToString());
        Assert.NotEmpty(run.Results);
    }
}
