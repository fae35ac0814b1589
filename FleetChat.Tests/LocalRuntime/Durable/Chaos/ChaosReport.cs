using System.Globalization;

namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

/// <summary>The figures of a run, as lines for docs/reliability.md.</summary>
internal sealed class ChaosReport(int seed)
{
    private readonly List<(Fault Fault, TimeSpan? Recovery)> _rounds = [];

    public int Instances { get; set; }

    public long Turns { get; set; }

    public void Add(Fault fault, TimeSpan? recovery) => _rounds.Add((fault, recovery));

    public IEnumerable<string> Lines(int violations)
    {
        yield return Text($"seed {seed}, {_rounds.Count} rounds, {Instances} instances, {violations} violations");
        yield return "| fault | rounds | recovery p50 | p90 | longest | not seen |";
        yield return "|---|---|---|---|---|---|";
        foreach (var kind in _rounds.GroupBy(r => r.Fault).OrderBy(k => k.Key))
        {
            var times = kind.Select(k => k.Recovery).OfType<TimeSpan>().Order().ToList();
            yield return Text($"| {kind.Key} | {kind.Count()} | {At(times, 0.5)} | {At(times, 0.9)} | {At(times, 1)} | {kind.Count() - times.Count} |");
        }
    }

    private static string At(List<TimeSpan> times, double share)
        => times.Count == 0 ? "-" : Text($"{times[(int)Math.Ceiling(share * times.Count) - 1].TotalSeconds:F1} s");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
