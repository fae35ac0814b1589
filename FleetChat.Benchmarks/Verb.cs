namespace FleetChat.Benchmarks;

/// <summary>One thing that can be measured.</summary>
/// <param name="MeasureAsync">Reports what it finds to the run that it gets.</param>
internal sealed record Verb(string Name, string Summary, IReadOnlyList<Option> Options, Func<Run, CancellationToken, Task> MeasureAsync);

/// <summary>A number that somebody may set, written <c>--name N</c>.</summary>
internal sealed record Option(string Name, double Default, string Meaning);
