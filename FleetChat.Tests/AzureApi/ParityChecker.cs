using System.Reflection;

namespace FleetChat.Tests.AzureApi;

/// <summary>
/// Holds what an assembly declares against the real packages' lists: what compiles against ours has to compile, and mean the same, against theirs.
/// Types that the assembly leaves out are no finding: code that needs one does not compile here.
/// </summary>
public static class ParityChecker
{
    /// <summary>Namespaces of ours that the real packages have nothing to do with.</summary>
    private const string OwnNamespace = "FleetChat.";

    /// <summary>The real client and worker show types of an assembly that LocalRuntime does not build on; no function of ours can name them.</summary>
    private const string LeftOut = "DurableTask.Core.";

    /// <summary>Types that are real although no list has them, each with the reason why LocalRuntime needs it.</summary>
    private static readonly Dictionary<string, string> RealBesideTheLists = new()
    {
        ["DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException"]
            = "The real client throws it for an instance id that is taken, and an application that starts instances twice has to catch it.",
    };

    public static bool IsRealBesideTheLists(string type) => RealBesideTheLists.ContainsKey(type);

    public static IReadOnlyList<Finding> Compare(Assembly ours, IReadOnlyList<ApiFile> real) => Compare(PublicApi.Of(ours), PublicApi.Parse(real));

    /// <summary>Members of the lists that are not asked for, because their signature names a type that is left out.</summary>
    public static IEnumerable<ApiMember> MembersLeftOut(PublicApi real) => real.Types.Values.SelectMany(t => t.Members).Where(IsLeftOut);

    private static IReadOnlyList<Finding> Compare(PublicApi ours, PublicApi real)
    {
        var declared = ours.Types.Values
            .Where(t => !t.Name.StartsWith(OwnNamespace, StringComparison.Ordinal) && !IsRealBesideTheLists(t.Name))
            .ToList();
        return
        [
            .. declared.SelectMany(type => CompareType(type, real)),
            .. declared.SelectMany(type => UnimplementedMembers(type, real)),
            .. MissingOverloads(declared, real),
        ];
    }

    private static IEnumerable<Finding> CompareType(ApiType ours, PublicApi real)
    {
        if (!real.Types.TryGetValue(ours.Name, out var theirs))
        {
            return [new Finding(Difference.Invented, ours.Name, "no such type in the lists")];
        }

        return ours.Declaration == theirs.Declaration
            ? ours.Members.SelectMany(member => CompareMember(member, theirs))
            : ours.Members.SelectMany(member => CompareMember(member, theirs))
                .Prepend(new Finding(Difference.Changed, ours.Name, Contrast(ours.Declaration, theirs.Declaration)));
    }

    private static IEnumerable<Finding> CompareMember(ApiMember ours, ApiType theirs)
    {
        if (theirs.Members.Any(m => m.Text == ours.Text))
        {
            yield break;
        }

        var counterpart = theirs.Members.FirstOrDefault(m => m.Shape == ours.Shape);
        yield return counterpart is null
            ? new Finding(Difference.Invented, $"{ours.TypeName}.{ours.Shape}", $"not in the lists: {ours.Text}")
            : new Finding(Difference.Changed, $"{ours.TypeName}.{ours.Shape}", Contrast(ours.Text, counterpart.Text));
    }

    private static IEnumerable<Finding> UnimplementedMembers(ApiType ours, PublicApi real)
        => ours.IsOpen && real.Types.TryGetValue(ours.Name, out var theirs)
            ? theirs.Members
                .Where(m => m.MustBeImplemented && m.CallGroups.Count == 0 && !IsLeftOut(m) && ours.Members.All(o => o.Shape != m.Shape))
                .Concat(theirs.Members.Where(m => m.MustBeImplemented && m.CallGroups.Count > 0 && !IsLeftOut(m) && ours.Members.All(o => o.Name != m.Name)))
                .Select(m => new Finding(Difference.MissingAbstract, $"{m.TypeName}.{m.Shape}", $"implementers need: {m.Text}"))
            : [];

    private static IEnumerable<Finding> MissingOverloads(IReadOnlyList<ApiType> ours, PublicApi real)
    {
        var groups = ours.SelectMany(t => t.Members).SelectMany(m => m.CallGroups).ToHashSet(StringComparer.Ordinal);
        groups.UnionWith(ours.SelectMany(type => InheritedGroups(type, groups, real)).ToList());
        var shapes = ours.SelectMany(t => t.Members).Select(m => (m.TypeName, m.Shape)).ToHashSet();
        return real.Types.Values.SelectMany(t => t.Members)
            .Where(m => m.CallGroups.Any(groups.Contains) && !shapes.Contains((m.TypeName, m.Shape)) && !IsLeftOut(m))
            .Select(m => new Finding(Difference.MissingOverload, $"{m.TypeName}.{m.Shape}", $"the lists also have: {m.Text}"));
    }

    // A name that a base declares is called on the derived type too, where the lists may have more overloads of it.
    private static IEnumerable<string> InheritedGroups(ApiType type, HashSet<string> declared, PublicApi real)
        => from ancestor in Ancestors(type, real)
           from member in ancestor.Members
           where member.Name != ".ctor" && declared.Contains(ApiMember.CallGroup(ancestor.Name, member.Name))
           select ApiMember.CallGroup(type.Name, member.Name);

    private static IEnumerable<ApiType> Ancestors(ApiType type, PublicApi real)
        => type.Bases.Where(real.Types.ContainsKey).Select(name => real.Types[name]).SelectMany(t => Ancestors(t, real).Prepend(t));

    private static bool IsLeftOut(ApiMember member)
        => member.Text.Split(' ', '<', '(', ',').Any(word => word.StartsWith(LeftOut, StringComparison.Ordinal));

    private static string Contrast(string ours, string theirs) => $"\n      ours: {ours}\n      list: {theirs}";
}

public enum Difference
{
    Invented,
    Changed,
    MissingOverload,
    MissingAbstract,
}

/// <param name="Where">Type, or type and member with its parameter types.</param>
public sealed record Finding(Difference Difference, string Where, string Detail)
{
    public override string ToString() => $"{Difference} {Where}: {Detail}";
}
