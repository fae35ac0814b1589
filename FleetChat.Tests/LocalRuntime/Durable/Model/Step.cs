using System.Globalization;
using System.Text.Json.Serialization;

namespace FleetChat.Tests.LocalRuntime.Durable.Model;

/// <summary>A part of a generated orchestration. Its place in the tree is its name: "0.2.1" is the second child of the third of generation 0.</summary>
internal abstract record Step
{
    /// <summary>An activity whose first executions fail, with so many attempts.</summary>
    internal sealed record Call(int Failures, int Attempts) : Step;

    internal sealed record Pause(int Units) : Step;

    internal sealed record Await(string Event) : Step;

    internal sealed record AwaitOr(string Event, int Units) : Step;

    /// <param name="IsNamed">Whether the orchestrator chooses the child's id.</param>
    internal sealed record Sub(Plan Plan, bool IsNamed, int Attempts) : Step;

    internal sealed record Sequence(Step[] Steps) : Step;

    internal sealed record All(Step[] Branches) : Step;

    /// <summary>The first branch to end counts; the others go on.</summary>
    internal sealed record Any(Step[] Branches) : Step;

    internal sealed record Try(Step Body, Step Handler) : Step;

    internal sealed record Throw : Step;

    /// <summary>An event to the root.</summary>
    internal sealed record Tell(string Event) : Step;

    internal sealed record Show : Step;

    internal sealed record NewId : Step;

    public string Text() => this switch
    {
        Call(var failures, var attempts) => Invariant($"call({failures},{attempts})"),
        Pause(var units) => Invariant($"pause({units})"),
        Await(var name) => $"await({name})",
        AwaitOr(var name, var units) => Invariant($"await({name},{units})"),
        Sub(var plan, var isNamed, var attempts) => Invariant($"sub{(isNamed ? "Named" : "")}({plan.Text()},{attempts})"),
        Sequence(var steps) => $"[{Join(steps)}]",
        All(var branches) => $"all({Join(branches)})",
        Any(var branches) => $"any({Join(branches)})",
        Try(var body, var handler) => $"try({body.Text()},{handler.Text()})",
        Tell(var name) => $"tell({name})",
        _ => GetType().Name,
    };

    private static string Join(Step[] steps) => string.Join(' ', steps.Select(s => s.Text()));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>An orchestration: between its generations it continues as new.</summary>
internal sealed record Plan(Step[] Generations, bool PreservesEvents)
{
    public string Text() => $"{(PreservesEvents ? "keep " : "")}{string.Join(" => ", Generations.Select(g => g.Text()))}";
}

/// <param name="Key">Where the plan is found: the root's id, then the places of the calls that lead to it.</param>
internal sealed record PlanInput(string Key, int Generation, string SoFar)
{
    [JsonIgnore]
    public string Root => Key.Split('/')[0];

    public PlanInput Next(string value) => this with { Generation = Generation + 1, SoFar = value + ";" };
}

/// <summary>What an activity is told: its place, and how often it fails.</summary>
internal sealed record CallInput(string Place, int Failures);
