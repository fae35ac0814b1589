using System.Reflection;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.Guards;

/// <summary>A test method of one of its classes.</summary>
internal sealed record GuardedTest(Type Class, MethodInfo Method)
{
    public string Name => $"{Class.FullName}.{Method.Name}";

    private IEnumerable<CatchesAttribute> Catches => Method.GetCustomAttributes<CatchesAttribute>();

    public bool Is(Guard guard, bool isLong) => Catches.Any(c => c.Guard == guard && (isLong || !c.IsLong));
}

/// <summary>Which tests run with which mutant.</summary>
internal static class GuardedTests
{
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long";

    // The way through PgBouncer is the same product once more.
    private static readonly IReadOnlyList<GuardedTest> s_all =
    [
        .. typeof(Program).Assembly.GetTypes().Where(type => type is { IsPublic: true, IsAbstract: false } && type.GetCustomAttribute<ThroughAttribute>()?.Door != Door.PgBouncer)
            .SelectMany(type => type.GetMethods().Where(method => method.GetCustomAttribute<FactAttribute>() is not null).Select(method => new GuardedTest(type, method))),
    ];

    /// <summary>Those that have to fail.</summary>
    public static IReadOnlyList<GuardedTest> ThatCatch(Guard guard) => [.. s_all.Where(test => test.Is(guard, IsLong))];

    /// <summary>
    /// In the long size the whole of every class that names a guard; in the short one those that have to fail, and those of the
    /// next guard: so each that fails with its own mutant is seen to pass with another's.
    /// </summary>
    public static IReadOnlyList<GuardedTest> RunWith(Mutant mutant)
    {
        if (IsLong)
        {
            var classes = Mutant.Run.SelectMany(other => ThatCatch(other.Guard)).Select(test => test.Class).ToHashSet();
            return [.. s_all.Where(test => classes.Contains(test.Class))];
        }
        var next = Mutant.Run.SkipWhile(other => other != mutant).Skip(1).FirstOrDefault() ?? Mutant.Run.First();
        return [.. ThatCatch(mutant.Guard).Union(ThatCatch(next.Guard))];
    }
}
