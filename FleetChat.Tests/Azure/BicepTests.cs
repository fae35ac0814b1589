using System.Text.RegularExpressions;
using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.Azure;

public sealed partial class BicepTests
{
    [Fact]
    public void The_template_compiles_and_the_linter_says_nothing()
    {
        Assert.Equal("", Bicep.Build.Errors);
        Assert.Equal(0, Bicep.Build.ExitCode);
    }

    [Theory]
    [InlineData("main")]
    [InlineData("dev")]
    [InlineData("staging")]
    [InlineData("prod")]
    public void Every_parameter_file_makes_resources_without_a_word_of_the_compiler(string parameterFile)
    {
        var snapshot = Bicep.Of(parameterFile);

        Assert.Equal("", snapshot.Said.Errors);
        Assert.Empty(snapshot.Json["diagnostics"]!.AsArray());
        Assert.NotEmpty(snapshot.AppSettings);
    }

    [Fact]
    public void There_is_a_parameter_file_for_each_environment_and_one_for_azd()
        => Assert.Equal(Bicep.Environments.Append("main").Order(), Sources.Files("infra", ".bicepparam").Select(file => Path.GetFileNameWithoutExtension(file)).Order());

    [Fact]
    public void Every_module_is_used_and_none_comes_from_a_registry()
    {
        var used = Sources.Files("infra", ".bicep").Concat(Sources.Files("infra", ".bicepparam")).SelectMany(file => Paths().Matches(Sources.Read(file)).Select(match => match.Groups["path"].Value)).ToList();

        Findings.AssertNone(used.Where(path => path.Contains(':')));
        Findings.AssertNone(Sources.Files("infra", ".bicep").Select(file => Path.GetFileName(file)).Except(used.Select(path => Path.GetFileName(path))));
    }

    [Fact]
    public void A_mistake_is_an_error()
    {
        var broken = Path.Combine(Directory.CreateTempSubdirectory("fleetchat-bicep-").FullName, "broken.bicep");
        File.Copy(Path.Combine(Sources.Root, "infra/bicepconfig.json"), Path.Combine(Path.GetDirectoryName(broken)!, "bicepconfig.json"));
        File.WriteAllText(broken, "param nobodyReadsThis string\n");

        var said = Bicep.Run("build", broken, "--stdout");

        Directory.Delete(Path.GetDirectoryName(broken)!, recursive: true);
        Assert.Contains("Error no-unused-params", said.Errors, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^(?:module \w+ |import .* from |using )'(?<path>[^']+)'", RegexOptions.Multiline)]
    private static partial Regex Paths();
}
