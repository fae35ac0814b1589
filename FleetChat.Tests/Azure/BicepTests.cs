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
    public void Production_is_not_deployed_while_nobody_is_on_call()
    {
        var refused = Bicep.With("prod", new() { ["FLEETCHAT_ALERT_MAILBOXES"] = "[]" });

        Assert.NotEqual(0, refused.Said.ExitCode);
        Assert.Contains("FLEETCHAT_ALERT_MAILBOXES", refused.Said.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_restored_server_and_its_task_hub_stay_with_the_next_deployment()
    {
        var restored = Bicep.With("main", new() { ["FLEETCHAT_DATABASE_SERVER"] = "psql-restored", ["FLEETCHAT_TASK_HUB"] = "fleetchat2", ["FLEETCHAT_HOSTS_STOPPED"] = "true" });

        Assert.Equal("psql-restored", Assert.Single(restored.OfType("Microsoft.DBforPostgreSQL/flexibleServers")).Name);
        Assert.Contains(restored.OfType("Microsoft.Network/privateEndpoints"), endpoint => endpoint.Name == "pep-psql-restored");
        Assert.All(restored.JobSettings, settings => Assert.Contains("flexibleServers/psql-restored'", settings["FleetChat__Migration__Administrator"], StringComparison.Ordinal));
        Assert.All(restored.RestoreSettings, settings => Assert.Contains("flexibleServers/psql-restored'", settings["FleetChat__Postgres__App"], StringComparison.Ordinal));
        Assert.All(restored.AppSettings, settings => Assert.Equal("fleetchat2", settings["AzureFunctionsJobHost__extensions__durableTask__hubName"]));
        Assert.All(restored.OfType("Microsoft.Web/sites"), app => Assert.False(app.Properties["enabled"]!.GetValue<bool>()));
        Assert.All(Bicep.All.SelectMany(snapshot => snapshot.OfType("Microsoft.Web/sites")), app => Assert.True(app.Properties["enabled"]!.GetValue<bool>()));
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
