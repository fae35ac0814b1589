using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace FleetChat.Tests.Conventions;

public sealed partial class SolutionTests
{
    private const string NeedsTheRealPackages = "FleetChat.Functions";

    private static readonly string Solution = Sources.Read("FleetChat.sln");

    [Fact]
    public void Every_project_is_in_the_solution()
        => Assert.Equal(Sources.Files(".", ".csproj").Select(file => Path.GetFileNameWithoutExtension(file)).Order(), Projects().Select(p => p.Name).Order());

    [Fact]
    public void Debug_and_Release_leave_out_the_project_that_needs_the_real_packages_and_Azure_builds_all()
    {
        foreach (var (name, id) in Projects())
        {
            Assert.Equal(name != NeedsTheRealPackages, IsBuilt(id, "Debug"));
            Assert.Equal(name != NeedsTheRealPackages, IsBuilt(id, "Release"));
            Assert.True(IsBuilt(id, "Azure"), $"{name} is not built in configuration Azure");
        }
    }

    [Fact]
    public void Every_project_that_restores_everywhere_has_a_lock_file()
        => Assert.All(Projects().Select(p => p.Name), name => Assert.Equal(name != NeedsTheRealPackages, File.Exists(Path.Combine(Sources.Root, name, "packages.lock.json"))));

    [Fact]
    public void Versions_stand_in_one_place()
    {
        var references = Sources.Files(".", ".csproj").SelectMany(file => XDocument.Parse(Sources.Read(file)).Descendants("PackageReference"));
        Assert.DoesNotContain(references, reference => reference.Attribute("Version") is not null || reference.Attribute("VersionOverride") is not null);
    }

    private static bool IsBuilt(string id, string configuration) => Solution.Contains($"{id}.{configuration}|Any CPU.Build.0 = ", StringComparison.Ordinal);

    private static IEnumerable<(string Name, string Id)> Projects()
        => ProjectLine().Matches(Solution).Select(match => (match.Groups["name"].Value, match.Groups["id"].Value));

    [GeneratedRegex("""= "(?<name>[^"]+)", "[^"]+\.csproj", "(?<id>\{[0-9A-F-]+\})""")]
    private static partial Regex ProjectLine();
}
