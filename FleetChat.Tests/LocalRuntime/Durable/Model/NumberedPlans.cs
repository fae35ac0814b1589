using System.Collections.Concurrent;
using System.Globalization;
using CsCheck;

namespace FleetChat.Tests.LocalRuntime.Durable.Model;

/// <summary>Every process makes the same plan of the same root's id, which ends with a number.</summary>
internal static class NumberedPlans
{
    private static readonly Gen<Plan> Any = Plans.Of(depth: 2);
    private static readonly ConcurrentDictionary<string, Dictionary<string, Plan>> Cases = new();

    /// <param name="key">See <see cref="PlanInput"/>.</param>
    public static Plan Of(string key)
        => Cases.GetOrAdd(key.Split('/')[0], root => Plans.Flatten(root, Make(root)).ToDictionary(p => p.Key, p => p.Plan))[key];

    private static Plan Make(string root) => Any.Generate(new PCG(1, ulong.Parse(root.Split('-')[^1], CultureInfo.InvariantCulture)), null, out _);
}
