using System.Text.Json;
using Spectre.Console;

namespace FleetChat.Benchmarks;

/// <param name="Unit">As people write it after the number.</param>
internal sealed record Measure(string Name, double Value, string Unit);

/// <summary>One execution of a verb: what was asked for, and what came out.</summary>
internal sealed class Run(Verb verb, IReadOnlyDictionary<string, double> options, TextWriter output)
{
    private readonly List<Measure> _measures = [];

    public int Count(Option option) => (int)Value(option);

    public double Number(Option option) => Value(option);

    public TimeSpan Seconds(Option option) => TimeSpan.FromSeconds(Value(option));

    /// <summary>Tells the person who waits what is going on.</summary>
    public void Say(string text) => output.WriteLine(text);

    /// <summary>Four digits say more than the machine repeats.</summary>
    public void Report(string name, double value, string unit)
        => _measures.Add(new(name, double.IsFinite(value) ? Rounded(value) : throw new NotMeasuredException($"There is no figure for {name}: give it more rounds or longer windows."), unit));

    public void PrintTable()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        var table = new Table().AddColumn(verb.Name).AddColumn(new TableColumn("").RightAligned()).AddColumn("");
        foreach (var measure in _measures) table.AddRow(new Text(measure.Name), new Text($"{measure.Value:#,##0.###}"), new Text(measure.Unit));
        console.Write(table);
    }

    public void PrintJson() => output.WriteLine(JsonSerializer.Serialize(new { Verb = verb.Name, Measures = _measures }, JsonSerializerOptions.Web));

    private double Value(Option option) => options.GetValueOrDefault(option.Name, option.Default);

    private static double Rounded(double value)
    {
        if (value == 0) return 0;
        var digits = 3 - (int)Math.Floor(Math.Log10(Math.Abs(value)));
        return digits < 0 ? Math.Round(value) : Math.Round(value, Math.Min(digits, 6));
    }
}
