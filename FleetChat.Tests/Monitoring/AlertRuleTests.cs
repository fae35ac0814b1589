using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring;
using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.Monitoring;

/// <summary>Alerts and the workbook ask for what the code tells, and for the promises as docs/slo.md has them.</summary>
public sealed partial class AlertRuleTests
{
    /// <summary>Application Insights' own tables, and Log Analytics' account of itself.</summary>
    private static readonly string[] Tables = ["customMetrics", "requests", "exceptions", "dependencies", "traces", "_LogOperation"];

    /// <summary>What the Functions host adds to what is logged.</summary>
    private static readonly string[] HostsDimensions = ["CategoryName"];

    private static readonly string Metrics = Sources.Read("FleetChat.Core/Monitoring/FleetMetrics.cs");

    [Fact]
    public void Every_query_asks_a_table_that_is_there() => Findings.AssertNone(
        from query in Queries()
        let table = query.Query.Split(['\n', '|', ' '], 2)[0]
        where !Tables.Contains(table)
        select $"{query.Name}: {table}");

    [Fact]
    public void Every_metric_that_is_asked_for_or_written_of_is_one_that_is_told()
    {
        var told = Measured.Names();
        Findings.AssertNone(
            from text in Queries().Select(q => (q.Name, Text: q.Query)).Concat(Documents().Select(file => (Name: file, Text: Sources.Read(file))))
            from metric in MetricName().Matches(text.Text).Select(match => match.Value)
            where !told.Contains(metric)
            select $"{text.Name}: {metric}");
    }

    [Fact]
    public void Every_metric_that_is_told_is_looked_at_and_stands_in_the_document()
    {
        var asked = string.Join('\n', Queries().Select(query => query.Query));
        Findings.AssertNone(Measured.Names().Where(name => !asked.Contains($"'{name}'", StringComparison.Ordinal)).Select(name => $"nobody asks for {name}"));
        Findings.AssertNone(Measured.Names().Where(name => !Sources.Read("docs/slo.md").Contains($"`{name}`", StringComparison.Ordinal)).Select(name => $"not in docs/slo.md: {name}"));
    }

    [Fact]
    public void Every_dimension_that_is_asked_for_is_a_tag_that_is_told() => Findings.AssertNone(
        from query in Queries().Concat(Documents().Select(file => (Name: file, Query: Sources.Read(file))))
        from dimension in Dimension().Matches(query.Query).Select(match => match.Groups["name"].Value)
        where !Tags().Contains(dimension) && !HostsDimensions.Contains(dimension)
        select $"{query.Name}: {dimension}");

    // Who reads metrics has no business with who it was; and each value is a series more.
    [Fact]
    public void Tags_are_words_of_the_code_and_none_says_who() => Assert.Equal(["code", "error", "function", "kind", "result", "severity", "source", "stage"], Tags().Order());

    [Fact]
    public void The_document_promises_what_the_rules_and_the_code_hold()
    {
        var rows = Row().Matches(Sources.Read("docs/slo.md")).ToDictionary(row => row.Groups["name"].Value);
        Assert.Equal(AlertRules.Promises.Select(promise => AlertRules.Text(promise, "name")).Order(), rows.Keys.Order());
        foreach (var promise in AlertRules.Promises)
        {
            var row = rows[AlertRules.Text(promise, "name")];
            var objective = decimal.Parse(AlertRules.Text(promise, "objective"), CultureInfo.InvariantCulture);
            Assert.Equal((AlertRules.Text(promise, "objective"), AlertRules.Text(promise, "metric")), (row.Groups["objective"].Value, row.Groups["metric"].Value));
            Assert.Equal(100 - objective, 100 * decimal.Parse(AlertRules.Text(promise, "budget"), CultureInfo.InvariantCulture));
        }
        Assert.Contains(Seconds(Promises.WebhookAnswer), rows["webhook-acknowledged"].Value, StringComparison.Ordinal);
        Assert.Contains(Seconds(Promises.ApiAnswer), rows["api"].Value, StringComparison.Ordinal);
        Assert.Contains(Seconds(Promises.EventProcessed), rows["event-to-send"].Value, StringComparison.Ordinal);
        Assert.Contains(Seconds(Promises.WorkBegun), rows["send"].Value, StringComparison.Ordinal);
        Assert.Contains($"{Promises.InvoiceFinal.TotalHours} h", rows["billing-run"].Value, StringComparison.Ordinal);
    }

    // A pace that uses up so much of the month's budget in its window: no more and no less than the document says.
    [Theory]
    [InlineData("fast", 14.4, 1, 2)]
    [InlineData("slow", 6, 6, 5)]
    [InlineData("creeping", 3, 24, 10)]
    public void Burn_rules_use_up_what_the_document_says(string name, double factor, int hours, int percent)
    {
        var burn = AlertRules.Burns.Single(b => AlertRules.Text(b, "name") == name);
        var row = Sources.Read("docs/slo.md").Split('\n').Single(line => line.StartsWith($"| `{name}` |", StringComparison.Ordinal));

        Assert.Equal(factor, double.Parse(AlertRules.Text(burn, "factor"), CultureInfo.InvariantCulture));
        Assert.Equal(TimeSpan.FromHours(hours), System.Xml.XmlConvert.ToTimeSpan(AlertRules.Text(burn, "window")));
        Assert.Equal(percent, Math.Round(100 * factor * hours / (30 * 24)));
        Assert.Contains($"| {factor.ToString(CultureInfo.InvariantCulture)} |", row, StringComparison.Ordinal);
        Assert.Contains($"| {percent} % |", row, StringComparison.Ordinal);
    }

    [Fact]
    public void What_counts_as_good_is_a_word_that_the_code_tells()
        => Assert.All(AlertRules.Promises, promise => Assert.True(AlertRules.Text(promise, "good") is Promises.Good or DeliveryStatus.Delivered));

    [Fact]
    public void What_is_logged_about_money_is_logged_by_functions_that_exist()
    {
        using var host = JsonDocument.Parse(Sources.Read("host.json"), new() { CommentHandling = JsonCommentHandling.Skip });
        var functions = Triggers.FunctionsIn(Sources.Functions).Select(function => function.Name).ToHashSet();
        var logged = host.RootElement.GetProperty("logging").GetProperty("logLevel").EnumerateObject().Select(level => level.Name).Where(name => name.StartsWith("Function.", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(logged);
        Findings.AssertNone(logged.Select(name => name["Function.".Length..]).Where(name => !functions.Contains(name)));
    }

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s";

    private static IEnumerable<(string Name, string Query)> Queries()
    {
        using var workbook = JsonDocument.Parse(Sources.Read("infra/modules/workbook.json"));
        var asked = workbook.RootElement.GetProperty("items").EnumerateArray()
            .Where(item => item.GetProperty("type").GetInt32() == 3)
            .Select(item => ($"workbook, {item.GetProperty("name").GetString()}", item.GetProperty("content").GetProperty("query").GetString()!))
            .ToList();
        Assert.NotEmpty(asked);
        return AlertRules.Queries.Concat(asked);
    }

    private static IEnumerable<string> Documents() => Sources.Files(AlertRunbooks.Folder, ".md").Append("docs/slo.md");

    private static HashSet<string> Tags() => Tag().Matches(Metrics).Select(match => match.Groups["name"].Value).ToHashSet();

    // A file's path names none.
    [GeneratedRegex(@"(?<!/)\bfleetchat\.[a-z]+(?:\.[a-z]+)?\b(?![.-])")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"customDimensions\.(?<name>\w+)")]
    private static partial Regex Dimension();

    [GeneratedRegex("""new(?: KeyValuePair<string, object\?>)?\("(?<name>\w+)", """)]
    private static partial Regex Tag();

    [GeneratedRegex(@"^\| `(?<name>[a-z-]+)` \|[^|]*\|[^|]*\| (?<objective>[\d.]+) % \| `(?<metric>[a-z.]+)`[^|]*\|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
