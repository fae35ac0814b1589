using CsCheck;

namespace FleetChat.Tests.LocalRuntime.Durable.Model;

/// <summary>Makes orchestrations, and keeps those that run under their keys.</summary>
internal static class Plans
{
    public static readonly string[] Events = ["red", "green", "Blue"];

    private static readonly Gen<string> EventName = Gen.Int[0, Events.Length - 1].Select(i => Events[i]);
    private static readonly Gen<int> Units = Gen.Int[1, 6];

    private static readonly Gen<Step> Leaf = Gen.Frequency(
        (6, Gen.Select(Gen.Frequency((4, Gen.Const(0)), (2, Gen.Int[1, 3])), Gen.Int[1, 3], Step (failures, attempts) => new Step.Call(failures, attempts))),
        (2, Units.Select(Step (units) => new Step.Pause(units))),
        (2, EventName.Select(Step (name) => new Step.Await(name))),
        (2, Gen.Select(EventName, Units, Step (name, units) => new Step.AwaitOr(name, units))),
        (2, EventName.Select(Step (name) => new Step.Tell(name))),
        (1, Gen.Const(Step () => new Step.Throw())),
        (1, Gen.Const(Step () => new Step.Show())),
        (1, Gen.Const(Step () => new Step.NewId())));

    /// <param name="depth">How deep its tree is at most.</param>
    public static Gen<Plan> Of(int depth) => Gen.Select(
        StepOf(depth).Array[1, 3], Gen.Bool, Gen.Frequency((3, Gen.Const(1)), (1, Gen.Const(3))), (steps, preserves, most) => new Plan([.. steps.Take(most)], preserves));

    /// <summary>With all the plans of its children.</summary>
    public static IEnumerable<(string Key, Plan Plan)> Flatten(string key, Plan plan)
        => plan.Generations.SelectMany((step, generation) => Children(key, step, Place.Root(generation))).Prepend((key, plan));

    private static IEnumerable<(string Key, Plan Plan)> Children(string key, Step step, string place) => step switch
    {
        Step.Sub sub => Flatten($"{key}/{place}", sub.Plan),
        Step.Sequence sequence => Children(key, sequence.Steps, place),
        Step.All all => Children(key, all.Branches, place),
        Step.Any any => Children(key, any.Branches, place),
        Step.Try attempt => Children(key, [attempt.Body, attempt.Handler], place),
        _ => [],
    };

    private static IEnumerable<(string Key, Plan Plan)> Children(string key, Step[] steps, string place)
        => steps.SelectMany((step, i) => Children(key, step, Place.Of(place, i)));

    private static Gen<Step> StepOf(int depth)
    {
        if (depth == 0) return Leaf;
        var inner = StepOf(depth - 1);
        return Gen.Frequency(
            (3, Leaf),
            (5, inner.Array[0, 4].Select(Step (steps) => new Step.Sequence(steps))),
            (3, inner.Array[1, 4].Select(Step (branches) => new Step.All(branches))),
            (3, inner.Array[1, 3].Select(Step (branches) => new Step.Any(branches))),
            (2, Gen.Select(inner, inner, Step (body, handler) => new Step.Try(body, handler))),
            (2, Gen.Select(Of(depth - 1), Gen.Bool, Gen.Int[1, 2], Step (plan, isNamed, attempts) => new Step.Sub(plan, isNamed, attempts))));
    }
}

internal static class Place
{
    public static string Root(int generation) => generation.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public static string Of(string parent, int child) => $"{parent}.{Root(child)}";
}
