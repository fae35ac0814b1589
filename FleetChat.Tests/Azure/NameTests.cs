using System.Net;
using System.Text.RegularExpressions;
using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.Azure;

/// <summary>Names of all environments and regions, against Azure's rules for resource names.</summary>
public sealed class NameTests
{
    private const string Hyphens = "^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$";
    private const string Usual = @"^[a-zA-Z0-9]([\w.-]*\w)?$";

    /// <summary>By type: the lengths and the pattern of the name's last part.</summary>
    private static readonly Dictionary<string, (int Shortest, int Longest, string Pattern)> s_rules = new()
    {
        ["Microsoft.App/jobs"] = (2, 32, "^[a-z]([a-z0-9-]*[a-z0-9])$"),
        ["Microsoft.App/managedEnvironments"] = (2, 60, "^[a-zA-Z]([a-zA-Z0-9-]*[a-zA-Z0-9])$"),
        ["Microsoft.Authorization/roleAssignments"] = (36, 36, "^[0-9a-f-]{36}$"),
        ["Microsoft.Cdn/profiles"] = (1, 260, Hyphens),
        ["Microsoft.Cdn/profiles/afdEndpoints"] = (1, 46, Hyphens),
        ["Microsoft.Cdn/profiles/afdEndpoints/routes"] = (1, 260, Hyphens),
        ["Microsoft.Cdn/profiles/customDomains"] = (2, 260, Hyphens),
        ["Microsoft.Cdn/profiles/originGroups"] = (1, 260, Hyphens),
        ["Microsoft.Cdn/profiles/originGroups/origins"] = (1, 260, Hyphens),
        ["Microsoft.DBforPostgreSQL/flexibleServers"] = (3, 63, "^[a-z0-9]([a-z0-9-]*[a-z0-9])$"),
        ["Microsoft.DBforPostgreSQL/flexibleServers/administrators"] = (36, 36, "^[0-9a-f-]{36}$"),
        ["Microsoft.DBforPostgreSQL/flexibleServers/configurations"] = (1, 63, "^[a-z_.]+$"),
        ["Microsoft.DurableTask/schedulers"] = (3, 64, Hyphens),
        ["Microsoft.DurableTask/schedulers/taskHubs"] = (3, 64, Hyphens),
        ["Microsoft.Insights/actionGroups"] = (1, 260, Usual),
        ["Microsoft.Insights/components"] = (1, 260, Usual),
        ["Microsoft.Insights/diagnosticSettings"] = (1, 260, Usual),
        ["Microsoft.Insights/metricAlerts"] = (1, 260, Usual),
        ["Microsoft.Insights/scheduledQueryRules"] = (1, 260, Usual),
        ["Microsoft.Insights/workbooks"] = (36, 36, "^[0-9a-f-]{36}$"),
        ["Microsoft.KeyVault/vaults"] = (3, 24, "^[a-zA-Z](?!.*--)[a-zA-Z0-9-]*[a-zA-Z0-9]$"),
        ["Microsoft.KeyVault/vaults/secrets"] = (1, 127, "^[a-zA-Z0-9-]+$"),
        ["Microsoft.ManagedIdentity/userAssignedIdentities"] = (3, 128, @"^[a-zA-Z0-9][\w-]*$"),
        ["Microsoft.Network/natGateways"] = (1, 80, Usual),
        ["Microsoft.Network/networkSecurityGroups"] = (1, 80, Usual),
        ["Microsoft.Network/privateDnsZones"] = (1, 63, @"^[a-z0-9]+(\.[a-z0-9]+)+$"),
        ["Microsoft.Network/privateDnsZones/virtualNetworkLinks"] = (1, 80, Usual),
        ["Microsoft.Network/privateEndpoints"] = (2, 64, Usual),
        ["Microsoft.Network/privateEndpoints/privateDnsZoneGroups"] = (1, 80, Usual),
        ["Microsoft.Network/publicIPAddresses"] = (1, 80, Usual),
        ["Microsoft.Network/virtualNetworks"] = (2, 64, Usual),
        ["Microsoft.OperationalInsights/workspaces"] = (4, 63, Hyphens),
        ["Microsoft.Resources/resourceGroups"] = (1, 90, @"^[\w().-]*[\w()-]$"),
        ["Microsoft.Storage/storageAccounts"] = (3, 24, "^[a-z0-9]+$"),
        ["Microsoft.Storage/storageAccounts/blobServices"] = (7, 7, "^default$"),
        ["Microsoft.Storage/storageAccounts/blobServices/containers"] = (3, 63, "^[a-z0-9](?!.*--)[a-z0-9-]*[a-z0-9]$"),
        ["Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies"] = (7, 7, "^default$"),
        ["Microsoft.Storage/storageAccounts/managementPolicies"] = (7, 7, "^default$"),
        ["Microsoft.Web/serverfarms"] = (1, 60, Hyphens),
        // 32: the host's id is so much of the name, and two hosts with one id in a storage account would share their locks.
        ["Microsoft.Web/sites"] = (2, 32, Hyphens),
        ["Microsoft.Web/sites/basicPublishingCredentialsPolicies"] = (3, 3, "^(ftp|scm)$"),
        ["Microsoft.Web/sites/config"] = (1, 60, "^appsettings$"),
    };

    /// <summary>Names that are the world's: nobody else may have one.</summary>
    private static readonly string[] s_global =
    [
        "Microsoft.DBforPostgreSQL/flexibleServers", "Microsoft.DurableTask/schedulers", "Microsoft.KeyVault/vaults", "Microsoft.Storage/storageAccounts", "Microsoft.Web/sites",
    ];

    private static IEnumerable<Resource> Everything => Bicep.Environments.SelectMany(environment => Bicep.Of(environment).Resources);

    [Fact]
    public void Names_are_as_long_and_as_spelled_as_Azure_lets()
        => Findings.AssertNone(Bicep.All.SelectMany(snapshot => snapshot.Resources).Where(resource => !resource.IsNamedByAzure).SelectMany(Faults));

    [Fact]
    public void No_two_resources_of_any_environment_or_region_have_one_id()
        => Findings.AssertNone(Everything.Where(resource => !resource.IsNamedByAzure).GroupBy(resource => resource.Id, StringComparer.OrdinalIgnoreCase).Where(same => same.Count() > 1).Select(same => same.Key));

    [Fact]
    public void Names_that_are_the_worlds_are_had_once()
        => Findings.AssertNone(Everything.Where(resource => s_global.Contains(resource.Type)).GroupBy(resource => (resource.Type, resource.Name)).Where(same => same.Count() > 1).Select(same => same.Key));

    [Fact]
    public void Names_that_are_the_worlds_carry_something_of_the_subscription()
        => Assert.All(Everything.Where(resource => s_global.Contains(resource.Type)), resource => Assert.Matches("[a-z0-9]{5}$", resource.Name));

    [Fact]
    public void Networks_do_not_overlap_so_that_they_can_be_peered()
    {
        var networks = Everything.Where(resource => resource.Type == "Microsoft.Network/virtualNetworks")
            .Select(network => (network.Name, Space: IPNetwork.Parse(network.Properties["addressSpace"]!["addressPrefixes"]![0]!.GetValue<string>()))).ToList();

        Assert.True(networks.Count >= 5);
        Findings.AssertNone(networks.SelectMany(one => networks.Where(other => other != one && one.Space.Contains(other.Space.BaseAddress)).Select(other => $"{one.Name} and {other.Name}")));
    }

    [Fact]
    public void Every_group_and_resource_says_whose_it_is()
        => Findings.AssertNone(Everything.Where(resource => resource.Type is "Microsoft.Resources/resourceGroups" || (resource.Json.ContainsKey("location") && !resource.Type.StartsWith("Microsoft.Resources/", StringComparison.Ordinal)))
            .Where(resource => resource.Json["tags"]?["workload"]?.GetValue<string>() != "fleetchat" || resource.Json["tags"]?["environment"] is null));

    private static IEnumerable<string> Faults(Resource resource)
    {
        if (!s_rules.TryGetValue(resource.Type, out var rule))
        {
            yield return $"{resource.Type}: enter the rule for its names";
            yield break;
        }
        var name = resource.Name.Split('/')[^1];
        if (name.Length < rule.Shortest || name.Length > rule.Longest) yield return $"{resource}: {name.Length} long, and {rule.Shortest} to {rule.Longest} is allowed";
        if (!Regex.IsMatch(name, rule.Pattern, RegexOptions.ExplicitCapture)) yield return $"{resource}: not {rule.Pattern}";
    }
}
