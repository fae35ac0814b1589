using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FleetChat.LocalHost.Commands;
using FleetChat.LocalRuntime;
using FleetChat.Tests.Conventions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using NCrontab;

namespace FleetChat.Tests.Azure;

/// <summary>What the real host will find: each function with its trigger, and every name that a binding mentions.</summary>
public sealed partial class FunctionTests
{
    private const string List = "FleetChat.Tests/Azure/functions.txt";
    private const string DefaultConnection = "AzureWebJobsStorage";

    /// <summary>What brings each kind of binding into the host, and where its settings stand in host.json.</summary>
    private static readonly Dictionary<string, (string Package, string? Section)> s_kinds = new()
    {
        ["HttpTrigger"] = ("Microsoft.Azure.Functions.Worker.Extensions.Http", "http"),
        ["HttpResult"] = ("Microsoft.Azure.Functions.Worker.Extensions.Http", "http"),
        ["QueueTrigger"] = ("Microsoft.Azure.Functions.Worker.Extensions.Storage.Queues", "queues"),
        ["QueueOutput"] = ("Microsoft.Azure.Functions.Worker.Extensions.Storage.Queues", "queues"),
        ["TimerTrigger"] = ("Microsoft.Azure.Functions.Worker.Extensions.Timer", null),
        ["OrchestrationTrigger"] = ("Microsoft.Azure.Functions.Worker.Extensions.DurableTask", "durableTask"),
        ["ActivityTrigger"] = ("Microsoft.Azure.Functions.Worker.Extensions.DurableTask", "durableTask"),
        ["DurableClient"] = ("Microsoft.Azure.Functions.Worker.Extensions.DurableTask", "durableTask"),
    };

    private static readonly Assembly s_functions = typeof(FunctionsCommand).Assembly;
    private static readonly JsonDocumentOptions s_withComments = new() { CommentHandling = JsonCommentHandling.Skip };

    [Fact]
    public void The_functions_are_those_of_the_list_and_a_change_of_name_route_queue_or_schedule_is_one_of_the_list()
    {
        var present = FunctionList.Read(s_functions, AppContext.BaseDirectory, new ConfigurationBuilder().Build())
            .Select(function => $"{function.Kind} | {function.Name} | {function.Trigger} | {string.Join(", ", function.Queues)}".TrimEnd(' ', '|')).ToList();
        var listed = Sources.Read(List).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Findings.AssertNone(present.Except(listed).Select(line => $"not in {List}: {line}").Concat(listed.Except(present).Select(line => $"in {List} and gone: {line}")));
        Assert.Equal(present.Count, listed.Length);
    }

    [Fact]
    public void Every_kind_of_binding_comes_with_a_package_that_the_project_refers_to()
    {
        var packages = XDocument.Parse(Sources.Read("FleetChat.Functions/FleetChat.Functions.csproj")).Descendants("PackageReference").Where(reference => reference.Attribute("Condition") is null)
            .Select(reference => reference.Attribute("Include")!.Value).ToList();

        var kinds = Bindings().Select(binding => Kind(binding.Attribute)).Distinct().ToList();
        Assert.Equal(s_kinds.Keys.Order(), kinds.Order());
        Findings.AssertNone(kinds.Select(kind => s_kinds[kind].Package).Except(packages));
    }

    [Fact]
    public void Host_json_has_sections_of_extensions_that_are_used_and_no_other()
    {
        using var host = JsonDocument.Parse(Sources.Read("host.json"), s_withComments);

        Findings.AssertNone(host.RootElement.GetProperty("extensions").EnumerateObject().Select(section => section.Name).Except(s_kinds.Values.Select(kind => kind.Section!)));
    }

    [Fact]
    public void Every_connection_is_in_the_sample_and_in_Bicep()
    {
        var connections = Bindings().Select(binding => binding.Attribute).Where(attribute => Kind(attribute) is not ("HttpTrigger" or "HttpResult"))
            .Select(attribute => Value(attribute, "Connection") ?? Value(attribute, "ConnectionName") ?? DefaultConnection).Distinct().ToList();

        Assert.Contains(DefaultConnection, connections);
        Findings.AssertNone(connections.Where(name => !SampleKeys().Contains(name)).Select(name => $"{name}: not in the sample"));
        Findings.AssertNone(from snapshot in Bicep.All
                            from settings in snapshot.AppSettings
                            from name in connections
                            where !settings.Keys.Any(key => key == name || key.StartsWith($"{name}__", StringComparison.Ordinal))
                            select $"{name}: not in {snapshot.Name}");
    }

    [Fact]
    public void Every_setting_in_percent_signs_is_in_the_sample_and_in_Bicep()
    {
        var names = Texts().SelectMany(text => Setting().Matches(text.Text).Select(match => match.Groups["name"].Value)).Distinct().ToList();

        Findings.AssertNone(names.Where(name => !SampleKeys().Contains(name)).Select(name => $"{name}: not in the sample"));
        Findings.AssertNone(Bicep.All.SelectMany(snapshot => snapshot.AppSettings).SelectMany(settings => names.Where(name => !settings.ContainsKey(name))).Select(name => $"{name}: not in Bicep"));
    }

    [Fact]
    public void Queues_are_named_as_Azure_lets_and_each_that_is_written_to_is_read()
    {
        var read = Bindings().Where(binding => binding.Attribute is QueueTriggerAttribute).Select(binding => Value(binding.Attribute, "QueueName")!).ToList();
        var written = Bindings().Where(binding => binding.Attribute is QueueOutputAttribute).Select(binding => Value(binding.Attribute, "QueueName")!).Distinct().ToList();

        Assert.All(read.Concat(written), name => Assert.Matches("^[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]$", name));
        Findings.AssertNone(written.Except(read));
    }

    [Fact]
    public void Schedules_are_such_as_the_host_reads()
        => Assert.All(Bindings().Select(binding => binding.Attribute).OfType<TimerTriggerAttribute>(), timer => Assert.NotNull(CrontabSchedule.TryParse(timer.Schedule, new() { IncludingSeconds = true })));

    [Fact]
    public void What_is_always_ready_is_http_durable_or_a_function_that_a_queue_starts()
    {
        var queued = FunctionList.Read(s_functions, AppContext.BaseDirectory, new ConfigurationBuilder().Build()).Where(function => function.Kind == "queue").Select(function => $"function:{function.Name}").ToList();

        Findings.AssertNone(
            from snapshot in Bicep.All
            from app in snapshot.OfType("Microsoft.Web/sites")
            from ready in app.Properties["functionAppConfig"]!["scaleAndConcurrency"]!["alwaysReady"]!.AsArray()
            let name = ready!["name"]!.GetValue<string>()
            where name is not ("http" or "durable") && !queued.Contains(name)
            select $"{snapshot.Name}: {name}");
    }

    [Fact]
    public void What_lies_in_several_zones_has_two_warm_instances_of_each_kind()
        => Findings.AssertNone(
            from snapshot in Bicep.All
            where snapshot.OfType("Microsoft.Web/serverfarms").All(plan => plan.Properties["zoneRedundant"]!.GetValue<bool>())
            from app in snapshot.OfType("Microsoft.Web/sites")
            from ready in app.Properties["functionAppConfig"]!["scaleAndConcurrency"]!["alwaysReady"]!.AsArray()
            where ready!["instanceCount"]!.GetValue<int>() < 2
            select $"{snapshot.Name}: {ready}");

    /// <summary>
    /// The sum of docs/azure.md: an always-ready instance costs its memory for every second of a month of 30 days. Where the plan lies in several zones, Azure keeps two for
    /// whatever scales by itself, asked for or not.
    /// </summary>
    [Fact]
    public void What_warm_instances_cost_is_as_the_docs_say()
    {
        const decimal PerGigabyteSecond = 0.000004m;
        var groups = ScaleGroups();

        Assert.Contains($"{groups.Count} groups", Sources.Read("docs/azure.md"), StringComparison.Ordinal);
        Assert.All(Bicep.Environments, environment =>
        {
            var scale = Bicep.Of(environment).OfType("Microsoft.Web/sites").First().Properties["functionAppConfig"]!["scaleAndConcurrency"]!;
            var asked = scale["alwaysReady"]!.AsArray().ToDictionary(ready => ready!["name"]!.GetValue<string>(), ready => ready!["instanceCount"]!.GetValue<int>());
            var isInZones = Bicep.Of(environment).OfType("Microsoft.Web/serverfarms").First().Properties["zoneRedundant"]!.GetValue<bool>();
            var gigabytes = scale["instanceMemoryMB"]!.GetValue<int>() / 1024m * groups.Sum(group => Math.Max(asked.GetValueOrDefault(group), isInZones ? 2 : 0));
            var cost = decimal.Round(gigabytes * 30 * 24 * 3600 * PerGigabyteSecond, 2);
            Assert.Contains(FormattableString.Invariant($"{environment} ${cost}"), Sources.Read("docs/azure.md"), StringComparison.Ordinal);
        });
    }

    // All HTTP functions are one, all of Durable's another, and each queue's and timer's function is one by itself.
    private static List<string> ScaleGroups()
        => [.. from line in Sources.Read(List).Split('\n', StringSplitOptions.RemoveEmptyEntries)
               let parts = line.Split(" | ")
               group line by parts[0] switch { "http" => "http", "orchestration" or "activity" => "durable", _ => $"function:{parts[1]}" } into same
               select same.Key];

    private static IEnumerable<(string Function, Attribute Attribute)> Bindings()
        => from type in s_functions.GetTypes()
           from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
           let function = method.GetCustomAttribute<FunctionAttribute>()
           where function is not null
           from attribute in method.GetCustomAttributes().Concat(method.GetParameters().SelectMany(parameter => parameter.GetCustomAttributes())).Concat(OfResult(method.ReturnType))
           where s_kinds.ContainsKey(Kind(attribute)) || attribute.GetType().BaseType!.Name.EndsWith("BindingAttribute", StringComparison.Ordinal)
           select (function.Name, attribute);

    // A result may be a class whose properties go to several places.
    private static IEnumerable<Attribute> OfResult(Type result)
        => (result.IsGenericType ? result.GetGenericArguments()[0] : result).GetProperties().SelectMany(property => property.GetCustomAttributes()).Where(attribute => s_kinds.ContainsKey(Kind(attribute)));

    private static IEnumerable<(string Function, string Text)> Texts()
        => from binding in Bindings()
           from property in binding.Attribute.GetType().GetProperties()
           where property.PropertyType == typeof(string)
           let text = property.GetValue(binding.Attribute) as string
           where text is not null
           select (binding.Function, text);

    private static string Kind(Attribute attribute) => attribute.GetType().Name.Replace("Attribute", "", StringComparison.Ordinal);

    private static string? Value(Attribute attribute, string property) => attribute.GetType().GetProperty(property)?.GetValue(attribute) as string;

    private static HashSet<string> SampleKeys()
    {
        using var sample = JsonDocument.Parse(Sources.Read("local.settings.sample.json"), s_withComments);
        return [.. sample.RootElement.GetProperty("Values").EnumerateObject().Select(value => value.Name)];
    }

    [GeneratedRegex("%(?<name>[^%]+)%")]
    private static partial Regex Setting();
}
