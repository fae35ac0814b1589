using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FleetChat.Core;
using FleetChat.Core.Data;
using FleetChat.Core.Restores;
using FleetChat.LocalHost.Doctor;
using FleetChat.Tests.Conventions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FleetChat.Tests.Azure;

/// <summary>The settings that code reads, that Bicep gives, that the sample shows and that the docs explain are the same ones.</summary>
public sealed partial class AzureSettingTests
{
    /// <summary>Read by code and not given on Azure, and why.</summary>
    private static readonly Dictionary<string, string> s_notOnAzure = new()
    {
        ["FleetChat:Secrets:Folder"] = "a vault there",
        ["FleetChat:Media:Folder"] = "a container there",
        ["FleetChat:Audit:Folder"] = "a container there",
        ["FleetChat:Mail:Folder"] = "a server there",
    };

    /// <summary>Given on Azure and read by the host, its extensions or Azure's libraries.</summary>
    private static readonly string[] s_ofTheHost =
    [
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "APPLICATIONINSIGHTS_CONNECTION_STRING", "AZURE_CLIENT_ID", "AzureFunctionsJobHost__extensions__durableTask__hubName",
        "AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName", "AzureFunctionsJobHost__extensions__durableTask__storageProvider__type",
        "AzureWebJobsStorage__accountName", "AzureWebJobsStorage__clientId", "AzureWebJobsStorage__credential", "DURABLE_TASK_SCHEDULER_CONNECTION_STRING",
    ];

    /// <summary>Flex Consumption refuses a deployment with one of these.</summary>
    private static readonly string[] s_refusedByFlex =
    [
        "FUNCTIONS_EXTENSION_VERSION", "FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_WORKER_RUNTIME_VERSION", "FUNCTIONS_MAX_HTTP_CONCURRENCY", "FUNCTIONS_WORKER_PROCESS_COUNT",
        "FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED", "SCM_DO_BUILD_DURING_DEPLOYMENT", "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING", "WEBSITE_CONTENTSHARE", "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT",
        "WEBSITE_RUN_FROM_PACKAGE", "WEBSITE_SKIP_CONTENTSHARE_VALIDATION", "WEBSITE_USE_PLACEHOLDER_DOTNETISOLATED", "WEBSITE_VNET_ROUTE_ALL", "ENABLE_ORYX_BUILD",
    ];

    private static readonly JsonDocumentOptions s_withComments = new() { CommentHandling = JsonCommentHandling.Skip };

    private static IEnumerable<string> Read
        => from type in typeof(DatabaseOptions).Assembly.GetTypes()
           where type.Name.EndsWith("Options", StringComparison.Ordinal)
           let section = type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string
           where section is not null
           from property in type.GetProperties()
           where property.CanWrite
           from key in property.PropertyType.GetElementType() is { Namespace: { } space } item && space.StartsWith("FleetChat.", StringComparison.Ordinal)
               ? item.GetProperties().Where(part => part.CanWrite).Select(part => $"{section}:{property.Name}:0:{part.Name}")
               : [$"{section}:{property.Name}"]
           select key;

    private static IEnumerable<string> Given(Snapshot snapshot)
        => snapshot.AppSettings.Concat(snapshot.JobSettings).SelectMany(settings => settings.Keys).Where(key => key.StartsWith("FleetChat__", StringComparison.Ordinal))
            .Select(key => OfList().Replace(key.Replace("__", ":", StringComparison.Ordinal), ":0:")).Distinct();

    [Fact]
    public void Bicep_gives_every_setting_that_is_read() => Findings.AssertNone(Read.Except(s_notOnAzure.Keys).Except(Given(Bicep.Production), StringComparer.Ordinal));

    [Fact]
    public void Bicep_gives_no_setting_that_nobody_reads() => Findings.AssertNone(Bicep.All.SelectMany(Given).Except(Read, StringComparer.Ordinal));

    [Fact]
    public void What_is_not_given_on_Azure_is_read_elsewhere() => Findings.AssertNone(s_notOnAzure.Keys.Except(Read));

    [Fact]
    public void Settings_of_the_host_are_known_ones_and_none_that_Flex_refuses()
    {
        var others = Bicep.All.SelectMany(snapshot => snapshot.AppSettings).SelectMany(settings => settings.Keys).Where(key => !key.StartsWith("FleetChat__", StringComparison.Ordinal)).Distinct().ToList();

        Assert.Equal(s_ofTheHost.Order(), others.Order());
        Findings.AssertNone(others.Intersect(s_refusedByFlex, StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public void The_sample_and_the_docs_have_the_same_settings()
    {
        using var sample = JsonDocument.Parse(Sources.Read("local.settings.sample.json"), s_withComments);
        var shown = sample.RootElement.GetProperty("Values").EnumerateObject().Select(value => value.Name).ToList();

        Assert.Equal(shown.Union(s_ofTheHost).Order(), Explained().Order());
    }

    [Theory]
    [InlineData("main")]
    [InlineData("dev")]
    [InlineData("staging")]
    [InlineData("prod")]
    public void The_host_starts_with_the_settings_that_Bicep_gives(string parameterFile)
        => Assert.All(Bicep.Of(parameterFile).AppSettings, settings => Findings.AssertNone(
            KnownSettings.FaultsOf(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key.Replace("__", ":", StringComparison.Ordinal), Known(setting.Key, setting.Value)))).Build())
                .Select(fault => fault.Text)));

    // By its own name for each, from the text that Azure's scale controller reads.
    [Fact]
    public void Host_json_says_where_orchestrations_live_as_the_settings_do()
    {
        Assert.All(Bicep.All, snapshot => Assert.All(snapshot.AppSettings, settings =>
        {
            var scheduler = settings.ContainsKey("DURABLE_TASK_SCHEDULER_CONNECTION_STRING");
            var durable = HostJson(scheduler ? "host.scheduler.json" : "host.json")["extensions"]!["durableTask"]!;

            Assert.Equal(settings["AzureFunctionsJobHost__extensions__durableTask__hubName"], durable["hubName"]!.GetValue<string>());
            foreach (var part in new[] { "type", "connectionStringName" })
                Assert.Equal(settings.GetValueOrDefault($"AzureFunctionsJobHost__extensions__durableTask__storageProvider__{part}"), durable["storageProvider"]?[part]?.GetValue<string>());
        }));
        Assert.Equal(["AzureStorage", "DurableTaskScheduler"], Backends().Order());

        static IEnumerable<string> Backends()
            => Bicep.All.SelectMany(snapshot => snapshot.AppSettings).Select(settings => settings.ContainsKey("DURABLE_TASK_SCHEDULER_CONNECTION_STRING") ? "DurableTaskScheduler" : "AzureStorage").Distinct();
    }

    [Fact]
    public void Host_json_of_the_scheduler_differs_in_that_alone()
    {
        var (one, other) = (HostJson("host.json"), HostJson("host.scheduler.json"));

        foreach (var file in new[] { one, other }) Assert.True(file["extensions"]!.AsObject().Remove("durableTask"));
        Assert.Equal(one.ToJsonString(), other.ToJsonString());
    }

    [Fact]
    public void The_package_has_the_host_json_of_its_backend()
        => Assert.Equal(
            ["../host.json: '$(FLEETCHAT_DURABLE_BACKEND)' != 'DurableTaskScheduler'", "../host.scheduler.json: '$(FLEETCHAT_DURABLE_BACKEND)' == 'DurableTaskScheduler'"],
            XDocument.Parse(Sources.Read("FleetChat.Functions/FleetChat.Functions.csproj")).Descendants("None").Where(file => file.Attribute("Link")!.Value == "host.json")
                .Select(file => $"{file.Attribute("Include")!.Value}: {file.Attribute("Condition")!.Value}").Order());

    /// <summary>A job is given no value of a vault: what marks a restored database must not ask for one.</summary>
    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    public async Task A_restore_needs_no_more_than_its_job_is_given(string parameterFile)
    {
        foreach (var given in Bicep.Of(parameterFile).RestoreSettings)
        {
            Assert.DoesNotContain(given, setting => setting.Value.Contains("@Microsoft.KeyVault", StringComparison.Ordinal));
            var settings = new ConfigurationBuilder().AddInMemoryCollection(given.Where(setting => setting.Key.StartsWith("FleetChat__", StringComparison.Ordinal))
                .Select(setting => KeyValuePair.Create(setting.Key.Replace("__", ":", StringComparison.Ordinal), setting.Key is "FleetChat__Postgres__App" or "FleetChat__Postgres__System" ? Connection(setting.Value).ConnectionString : Known(setting.Key, setting.Value)))).Build();
            await using var core = new ServiceCollection().AddLogging().AddFleetChatCore(settings).BuildServiceProvider();

            Assert.All([typeof(BeginRestore), typeof(GetRestore), typeof(EndRestore)], use => Assert.NotNull(core.GetRequiredService(use)));
        }
    }

    [Fact]
    public void Connections_go_through_PgBouncer_with_full_verification_and_those_that_migrate_straight()
    {
        var through = Bicep.Production.AppSettings.SelectMany(settings => new[] { settings["FleetChat__Postgres__App"], settings["FleetChat__Postgres__System"] }).Select(text => Connection(text));
        var straight = Bicep.Production.JobSettings.Select(settings => Connection(settings["FleetChat__Migration__Administrator"])).ToList();

        Assert.All(through, connection => Assert.Equal((6432, SslMode.VerifyFull, true), (connection.Port, connection.SslMode, connection.NoResetOnClose)));
        Assert.All(straight, connection => Assert.Equal((5432, SslMode.VerifyFull, "postgres"), (connection.Port, connection.SslMode, connection.Database)));
        Assert.All(Bicep.Production.AppSettings, settings => Assert.Equal("false", settings["FleetChat__Postgres__Prepare"]));
    }

    private static JsonObject HostJson(string file) => JsonNode.Parse(Sources.Read(file), documentOptions: s_withComments)!.AsObject();

    // The format string of the expression that Azure fills with the server's name and the identity's.
    internal static NpgsqlConnectionStringBuilder Connection(string expression)
        => new(string.Join(';', Pair().Matches(expression).Select(pair => $"{pair.Groups["key"].Value.Trim()}={(pair.Groups["value"].Value.StartsWith('{') ? "1" : pair.Groups["value"].Value)}").DistinctBy(pair => pair.Split('=')[0])));

    /// <summary>A setting as Azure might fill it.</summary>
    private static string? Known(string key, string value) => !value.StartsWith('[') && !value.StartsWith('@') ? value : key switch
    {
        "FleetChat__Stripe__ApiKey" => "sk_live_x",
        _ when value.Contains("@Microsoft.KeyVault(", StringComparison.Ordinal) => "a-secret-of-some-length",
        "FleetChat__Audit__Proxies" => "1",
        "FleetChat__PublicBaseUrl" or "FleetChat__Secrets__Vault" or "FleetChat__Media__Blobs" or "FleetChat__Audit__Blobs" => "https://name.example.com/",
        _ => "filled",
    };

    private static IEnumerable<string> Explained() => Row().Matches(Sources.Read("docs/settings.md")).Select(row => row.Groups["key"].Value);

    [GeneratedRegex(@":\d+:")]
    private static partial Regex OfList();

    [GeneratedRegex(@"(?<key>Host|Port|Database|SSL Mode|Maximum Pool Size|No Reset On Close|Username)=(?<value>[^;'\]]+)")]
    private static partial Regex Pair();

    [GeneratedRegex(@"^\| `(?<key>\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
