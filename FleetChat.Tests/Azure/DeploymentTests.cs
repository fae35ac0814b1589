using System.Globalization;
using System.Text.RegularExpressions;
using FleetChat.Tests.Conventions;
using YamlDotNet.RepresentationModel;

namespace FleetChat.Tests.Azure;

/// <summary>azure.yaml, the workflows and Dependabot's file: they parse, and what they name is there.</summary>
public sealed partial class DeploymentTests
{
    private static readonly string[] s_workflows = [".github/workflows/ci.yml", ".github/workflows/deploy.yml"];

    [Fact]
    public void Azd_deploys_a_project_that_is_there_from_a_folder_of_Bicep_that_is_there()
    {
        var azd = Yaml("azure.yaml");
        var service = (YamlMappingNode)Part(azd, "services", "fleetchat");

        Assert.True(File.Exists(Path.Combine(Sources.Root, Text(service, "project"), "FleetChat.Functions.csproj")));
        Assert.Equal("function", Text(service, "host"));
        Assert.True(File.Exists(Path.Combine(Sources.Root, Text(Part(azd, "infra"), "path"), $"{Text(Part(azd, "infra"), "module")}.bicep")));
        // The service is found by this tag.
        Assert.Contains("'azd-service-name': 'fleetchat'", Sources.Read("infra/modules/functionApp.bicep"), StringComparison.Ordinal);
    }

    [Fact]
    public void Hooks_and_workflows_run_scripts_that_are_there_and_can_be_run()
    {
        var named = s_workflows.Append("azure.yaml").SelectMany(file => Script().Matches(Sources.Read(file)).Select(match => match.Value)).Distinct().ToList();

        Assert.Contains("infra/scripts/migrate.sh", named);
        Findings.AssertNone(named.Where(script => !File.Exists(Path.Combine(Sources.Root, script))));
        Findings.AssertNone(named.Where(script => !CanRun(Path.Combine(Sources.Root, script))));

        static bool CanRun(string script) => OperatingSystem.IsWindows() || File.GetUnixFileMode(script).HasFlag(UnixFileMode.UserExecute);
    }

    [Fact]
    public void Outputs_that_scripts_read_are_outputs_of_the_template()
    {
        var outputs = Bicep.Production.Json["outputs"]!.AsObject().Select(output => output.Key).ToList();
        var read = Sources.Files("infra/scripts", ".sh").SelectMany(file => Output().Matches(Sources.Read(file)).Select(match => match.Groups["name"].Value)).Distinct().ToList();

        Assert.NotEmpty(read);
        Findings.AssertNone(read.Except(outputs));
    }

    [Fact]
    public void Parts_of_a_site_that_scripts_read_are_there()
    {
        // Behind a Front Door only Azure knows all of them.
        var parts = Bicep.Of("main").Json["outputs"]!["SITES"]!.AsArray().SelectMany(site => site!.AsObject().Select(part => part.Key)).Distinct().ToList();
        var read = Sources.Files("infra/scripts", ".sh").SelectMany(file => SitePart().Matches(Sources.Read(file)).Select(match => match.Groups["name"].Value)).Distinct().ToList();

        Assert.NotEmpty(read);
        Findings.AssertNone(read.Except(parts));
    }

    [Fact]
    public void Variables_that_parameter_files_read_are_explained()
    {
        var docs = Sources.Read("docs/azure.md");

        Findings.AssertNone(Sources.Files("infra", ".bicepparam").SelectMany(file => Variable().Matches(Sources.Read(file)).Select(match => match.Groups["name"].Value)).Distinct()
            .Where(name => !docs.Contains($"`{name}`", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(".github/workflows/ci.yml")]
    [InlineData(".github/workflows/deploy.yml")]
    public void A_workflow_parses_and_every_job_has_a_machine_a_limit_and_steps_that_do_something(string file)
        => Assert.All((YamlMappingNode)Part(Yaml(file), "jobs"), job =>
        {
            Assert.NotEmpty(Text(job.Value, "runs-on"));
            Assert.True(int.Parse(Text(job.Value, "timeout-minutes"), CultureInfo.InvariantCulture) > 0);
            Assert.All((YamlSequenceNode)Part(job.Value, "steps"), step => Assert.True(Has(step, "uses") ^ Has(step, "run")));
        });

    [Fact]
    public void A_deployment_signs_in_by_federation_after_the_tests_and_one_at_a_time()
    {
        var deploy = Yaml(".github/workflows/deploy.yml");

        Assert.Equal("write", Text(Part(deploy, "jobs", "deploy", "permissions"), "id-token"));
        Assert.Contains("test", Part(deploy, "jobs", "deploy", "needs").ToString(), StringComparison.Ordinal);
        Assert.Contains("needs.test.result == 'success' || (inputs.skip_tests && needs.test.result == 'skipped')", Text(Part(deploy, "jobs", "deploy"), "if"), StringComparison.Ordinal);
        Assert.Equal("false", Text(Part(deploy, "on", "workflow_dispatch", "inputs", "skip_tests"), "default"));
        Assert.Equal("false", Text(Part(deploy, "concurrency"), "cancel-in-progress"));
        Assert.DoesNotContain("AZURE_CREDENTIALS", Sources.Read(".github/workflows/deploy.yml"), StringComparison.Ordinal);
        Assert.Contains("azure/login", Sources.Read(".github/workflows/deploy.yml"), StringComparison.Ordinal);
    }

    // GitHub's assertion holds for minutes; the resources take half an hour, and a migration may.
    [Fact]
    public void Each_step_that_talks_to_Azure_begins_with_a_login_of_its_own()
    {
        var steps = ((YamlSequenceNode)Part(Yaml(".github/workflows/deploy.yml"), "jobs", "deploy", "steps")).ToList();
        var logins = steps.Index().Where(step => Has(step.Item, "uses") && Text(step.Item, "uses").StartsWith("azure/login@", StringComparison.Ordinal)).ToList();

        Assert.Equal(["Resources", "Database", "Code"], logins.Select(login => Text(steps[login.Index + 1], "name")));
        Assert.Single(logins.Select(login => login.Item.ToString()).Distinct());
    }

    [Fact]
    public void A_deployment_whose_output_was_not_understood_goes_no_further()
    {
        var resources = ((YamlSequenceNode)Part(Yaml(".github/workflows/deploy.yml"), "jobs", "deploy", "steps")).Single(step => Has(step, "name") && Text(step, "name") == "Resources");

        // GitHub's own bash is one without pipefail: jq would hide what az said.
        Assert.Equal("bash", Text(resources, "shell"));
        Assert.Contains("exit 1", Text(resources, "run"), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_package_is_kept_for_the_way_back_under_the_name_that_the_docs_fetch()
    {
        var kept = ((YamlSequenceNode)Part(Yaml(".github/workflows/deploy.yml"), "jobs", "deploy", "steps")).Single(step => Has(step, "uses") && Text(step, "uses").StartsWith("actions/upload-artifact@", StringComparison.Ordinal));

        Assert.Equal("90", Text(kept["with"], "retention-days"));
        foreach (var file in new[] { "artifacts/fleetchat.zip", "artifacts/version" }) Assert.Contains(file, Text(kept["with"], "path"), StringComparison.Ordinal);
        foreach (var page in new[] { "docs/deploying.md", "docs/runbooks/README.md" })
        {
            Assert.Contains($"gh run download RUN -n {Text(kept["with"], "name")}", Sources.Read(page), StringComparison.Ordinal);
            // The package as it is kept names no region's task hub: the script puts it in.
            Assert.Contains("infra/scripts/deploy.sh", Sources.Read(page), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_letter_about_an_alert_leads_to_a_page_that_a_browser_opens()
    {
        Assert.Matches("FLEETCHAT_RUNBOOKS: .*server_url.*/docs/runbooks", Sources.Read(".github/workflows/deploy.yml"));
        Findings.AssertNone(Sources.Files("infra", ".bicepparam").Where(file => !Sources.Read(file).Contains("param runbooks = readEnvironmentVariable('FLEETCHAT_RUNBOOKS'", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_database_is_migrated_before_the_code_comes()
    {
        var workflow = Sources.Read(".github/workflows/deploy.yml");
        var migrates = workflow.IndexOf("infra/scripts/migrate.sh", StringComparison.Ordinal);
        var deploys = workflow.IndexOf("infra/scripts/deploy.sh", StringComparison.Ordinal);

        Assert.True(migrates > 0 && deploys > migrates);
        Assert.Contains("infra/scripts/migrate.sh", Text(Part(Yaml("azure.yaml"), "services", "fleetchat", "hooks", "predeploy"), "run"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_build_server_builds_both_configurations_and_runs_the_tests()
    {
        var ci = Sources.Read(".github/workflows/ci.yml");

        Assert.Contains(".ci/run", ci, StringComparison.Ordinal);
        Assert.Contains("dotnet build FleetChat.sln -c Azure", ci, StringComparison.Ordinal);
    }

    [Fact]
    public void Dependabot_looks_after_packages_and_actions_in_folders_that_are_there()
    {
        var updates = (YamlSequenceNode)Part(Yaml(".github/dependabot.yml"), "updates");

        Assert.Equal(["github-actions", "nuget"], updates.Select(update => Text(update, "package-ecosystem")).Order());
        Assert.All(updates, update => Assert.True(Directory.Exists(Path.Combine(Sources.Root, Text(update, "directory").TrimStart('/')))));
    }

    private static YamlNode Yaml(string file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Sources.Read(file)));
        return stream.Documents[0].RootNode;
    }

    private static YamlNode Part(YamlNode node, params string[] path) => path.Aggregate(node, (part, name) => part[name]);

    private static string Text(YamlNode node, string name) => ((YamlScalarNode)node[name]).Value!;

    private static bool Has(YamlNode node, string name) => ((YamlMappingNode)node).Children.ContainsKey(new YamlScalarNode(name));

    [GeneratedRegex(@"infra/scripts/[\w-]+\.sh|\.ci/run\b")]
    private static partial Regex Script();

    // As azd and the workflow hand them over.
    [GeneratedRegex(@"\$\{?(?<name>SITES|AZURE_RESOURCE_GROUP)\b")]
    private static partial Regex Output();

    [GeneratedRegex(@"\(part (?<name>\w+)\)")]
    private static partial Regex SitePart();

    [GeneratedRegex(@"readEnvironmentVariable\('(?<name>\w+)'")]
    private static partial Regex Variable();
}
