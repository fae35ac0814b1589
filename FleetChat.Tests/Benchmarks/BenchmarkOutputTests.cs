using System.Text.Json;
using FleetChat.Benchmarks;

namespace FleetChat.Tests.Benchmarks;

/// <summary>That something is measured and said in the agreed form; how fast it is, no test decides.</summary>
public sealed class BenchmarkOutputTests
{
    [Fact]
    public async Task Http_ends_with_one_line_of_JSON_after_its_table()
    {
        var lines = await MeasureAsync("http", "--json", "--seconds", "0.2", "--warm-up", "0", "--rounds", "1", "--clients", "2");

        Assert.Equal(lines[^1], Assert.Single(lines, line => line.StartsWith('{')));
        Assert.Contains(lines, line => line.Contains("empty_ratio_to_bare", StringComparison.Ordinal) && line != lines[^1]);
        var measures = Measures(lines[^1], "http");
        Assert.Superset(new HashSet<string> { "bare_requests_per_second", "empty_ratio_to_bare", "queued_ratio_to_bare" }, measures.ToHashSet());
        Assert.Distinct(measures);
    }

    [Theory]
    [InlineData("steps_per_second", "durable", "--dbos-pool", "0", "--seconds", "0.2", "--warm-up", "0", "--rounds", "1", "--callers", "2", "--fan-outs", "1")]
    [InlineData("lateness_p99_ms", "timers", "--instances", "20", "--seconds", "0.5")]
    [InlineData("cpu_percent_of_one_core", "idle", "--instances", "20", "--settle", "0", "--seconds", "0.2")]
    [InlineData("output_memory_mb", "memory", "--events", "10", "--waiting", "10", "--output", "1")]
    public async Task What_is_durable_is_measured_too(string measure, string verb, params string[] options)
    {
        var lines = await MeasureAsync([verb, "--json", .. options]);

        Assert.Contains(measure, Measures(lines[^1], verb));
    }

    public static TheoryData<string, string, string[]> OfTheProduct { get; } = MakeOfTheProduct();

    [Theory]
    [MemberData(nameof(OfTheProduct))]
    public async Task The_way_from_event_to_message_is_measured_too(string measure, string verb, string[] options)
    {
        var lines = await MeasureAsync([verb, "--json", .. options]);

        Assert.Contains(measure, Measures(lines[^1], verb));
    }

    // Each starts a cluster, a host and a load: one of them is enough for every day.
    private static TheoryData<string, string, string[]> MakeOfTheProduct()
    {
        string[] small = ["--tenants", "2", "--drivers", "5"];
        string[] quick = [.. small, "--seconds", "1", "--warm-up", "0", "--connections", "4"];
        var data = new TheoryData<string, string, string[]> { { "p99_ms_at_4", "flow", [.. quick, "--rate", "4", "--hold", "0"] } };
        if (Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") != "long") return data;
        data.Add("ratio_to_ceiling", "ingest", ["--tenants", "2", "--seconds", "1", "--warm-up", "0", "--rounds", "1", "--rate", "20"]);
        data.Add("p99_ratio", "neighbours", [.. quick, "--share", "1", "--times", "5"]);
        data.Add("extra_memory_mb", "import", ["--rows", "2000", "--small", "1000"]);
        data.Add("memory_growth_ratio", "billing", ["--tenants", "3", "--drivers", "12", "--small", "2"]);
        data.Add("cost_percent", "rls", [.. small, "--samples", "10"]);
        data.Add("told_statements", "work", [.. small, "--events", "10", "--rate", "5", "--rest", "2"]);
        return data;
    }

    [Fact]
    public async Task Without_json_it_ends_with_the_table()
    {
        var lines = await MeasureAsync("idle", "--instances", "1", "--settle", "0", "--seconds", "0.1");

        Assert.DoesNotContain(lines, line => line.StartsWith('{'));
    }

    [Fact]
    public async Task Help_names_every_verb_with_its_options()
    {
        var lines = await MeasureAsync("help");

        Assert.All(new[] { "  http ", "    --seconds N" }, start => Assert.Contains(lines, line => line.StartsWith(start, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("There is nothing to measure named 'warp'.", "warp")]
    [InlineData("'http' has no option --warp.", "http", "--warp", "1")]
    [InlineData("--seconds needs a number.", "http", "--seconds")]
    [InlineData("--seconds needs a number.", "http", "--seconds", "soon")]
    [InlineData("--seconds needs a number.", "http", "--seconds", "-1")]
    public async Task What_is_not_understood_is_refused_with_a_sentence(string sentence, params string[] arguments)
    {
        await using var errors = new StringWriter();

        Assert.Equal(2, await CommandLine.RunAsync(arguments, TextWriter.Null, errors));
        Assert.StartsWith(sentence, errors.ToString(), StringComparison.Ordinal);
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

    private static async Task<string[]> MeasureAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var exitCode = await CommandLine.RunAsync(arguments, output, errors);
        Assert.True(exitCode == 0, $"exit code {exitCode}: {errors}");
        return output.ToString().Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
    }
}
