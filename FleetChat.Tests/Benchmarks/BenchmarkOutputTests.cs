using System.Text.Json;
using FleetChat.Benchmarks;

namespace FleetChat.Tests.Benchmarks;

/// <summary>That something is measured and said in the agreed form; how fast it is, no test decides.</summary>
public sealed class BenchmarkOutputTests
{
    [Fact]
    public async Task Http_ends_with_one_line_of_JSON_after_its_table()
    {
        var (exitCode, lines) = await RunAsync("http", "--json", "--seconds", "0.2", "--warm-up", "0", "--rounds", "1", "--clients", "2");

        Assert.Equal(0, exitCode);
        Assert.Equal(lines[^1], Assert.Single(lines, line => line.StartsWith('{')));
        Assert.Contains(lines, line => line.Contains("empty_ratio_to_bare", StringComparison.Ordinal) && line != lines[^1]);
        var measures = Measures(lines[^1], "http");
        Assert.Superset(new HashSet<string> { "bare_requests_per_second", "empty_ratio_to_bare", "queued_ratio_to_bare" }, measures.ToHashSet());
        Assert.Distinct(measures);
    }

    [Fact]
    public async Task Without_json_it_ends_with_the_table()
    {
        var (exitCode, lines) = await RunAsync("http", "--seconds", "0.1", "--warm-up", "0", "--rounds", "1", "--clients", "1");

        Assert.Equal(0, exitCode);
        Assert.DoesNotContain(lines, line => line.StartsWith('{'));
    }

    [Fact]
    public async Task Help_names_every_verb_with_its_options()
    {
        var (exitCode, lines) = await RunAsync("help");

        Assert.Equal(0, exitCode);
        Assert.All(new[] { "  http ", "    --seconds N" }, start => Assert.Contains(lines, line => line.StartsWith(start, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("warp")]
    [InlineData("http", "--warp", "1")]
    [InlineData("http", "--seconds")]
    [InlineData("http", "--seconds", "soon")]
    [InlineData("http", "--seconds", "-1")]
    public async Task What_is_not_understood_is_refused_before_anything_starts(params string[] arguments)
    {
        var (exitCode, lines) = await RunAsync(arguments);

        Assert.Equal(2, exitCode);
        Assert.Empty(lines);
    }

    /// <returns>The measures' names; every one has been found to be well formed.</returns>
    private static IReadOnlyList<string> Measures(string line, string verb)
    {
        using var document = JsonDocument.Parse(line);
        Assert.Equal(["verb", "measures"], document.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal(verb, document.RootElement.GetProperty("verb").GetString());
        return [.. document.RootElement.GetProperty("measures").EnumerateArray().Select(NameOf)];
    }

    private static string NameOf(JsonElement measure)
    {
        Assert.Equal(["name", "value", "unit"], measure.EnumerateObject().Select(property => property.Name));
        Assert.True(double.IsFinite(measure.GetProperty("value").GetDouble()));
        Assert.NotEmpty(measure.GetProperty("unit").GetString()!);
        return measure.GetProperty("name").GetString()!;
    }

    private static async Task<(int ExitCode, string[] Lines)> RunAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        var exitCode = await CommandLine.RunAsync(arguments, output);
        return (exitCode, output.ToString().Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
    }
}
