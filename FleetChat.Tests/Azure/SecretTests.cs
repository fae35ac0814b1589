using System.Text.Encodings.Web;
using System.Text.Json;
using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.Azure;

/// <summary>No setting, output or tag of a deployment says anything that opens something.</summary>
public sealed class SecretTests
{
    /// <summary>Settings whose values open something to whoever has them.</summary>
    private static readonly string[] s_secrets =
    [
        "FleetChat__WhatsApp__AppSecret", "FleetChat__WhatsApp__VerifyToken", "FleetChat__Stripe__ApiKey", "FleetChat__Stripe__WebhookSecret", "FleetChat__Stripe__PreviousWebhookSecret", "FleetChat__Mail__Password",
    ];

    private static readonly JsonSerializerOptions s_asWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] s_wordsOfSecrets = ["Password=", "AccountKey=", "SharedAccessSignature", "sig=", "listKeys(", "listKeys'", "sk_live", "primarySharedKey"];

    [Fact]
    public void What_a_deployment_brings_goes_into_the_vault_and_nowhere_else()
    {
        var holding = Bicep.All.SelectMany(snapshot => snapshot.Resources).Where(resource => resource.Properties.ToJsonString(s_asWritten).Contains("parameters('secrets')", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(holding);
        Assert.All(holding, resource => Assert.Equal("Microsoft.KeyVault/vaults/secrets", resource.Type));
        // The compiler does not fill secure parameters in; if it did, somebody else might.
        Findings.AssertNone(Bicep.All.Where(snapshot => snapshot.Json.ToJsonString().Contains(Bicep.SecretMark, StringComparison.Ordinal)).Select(snapshot => snapshot.Name));
    }

    [Fact]
    public void A_secret_setting_is_empty_or_says_where_in_the_vault_it_lies()
        => Findings.AssertNone(
            from snapshot in Bicep.All
            from settings in snapshot.AppSettings
            from name in s_secrets
            let value = settings[name]
            where value.Length > 0 && !(value.Contains("@Microsoft.KeyVault(SecretUri=", StringComparison.Ordinal) && value.Contains(name.Replace("__", "-", StringComparison.Ordinal), StringComparison.Ordinal))
            select $"{snapshot.Name}: {name} = {value}");

    [Fact]
    public void Production_refers_to_every_secret()
        => Assert.All(Bicep.Production.AppSettings, settings => Assert.All(s_secrets, name => Assert.Contains("@Microsoft.KeyVault(", settings[name], StringComparison.Ordinal)));

    [Fact]
    public void Nothing_looks_like_a_key_or_a_password()
        => Findings.AssertNone(
            from snapshot in Bicep.All
            from text in snapshot.Resources.Select(resource => resource.Json.ToJsonString(s_asWritten)).Append(snapshot.Outputs)
            from word in s_wordsOfSecrets
            where text.Contains(word, StringComparison.Ordinal)
            select $"{snapshot.Name}: {word} in {text[..Math.Min(200, text.Length)]}");

    [Fact]
    public void Nobody_comes_with_a_key_or_a_password()
    {
        var resources = Bicep.All.SelectMany(snapshot => snapshot.Resources).ToList();

        Assert.All(Of("Microsoft.Storage/storageAccounts"), account => Assert.False(Flag(account, "allowSharedKeyAccess")));
        Assert.All(Of("Microsoft.DBforPostgreSQL/flexibleServers"), server => Assert.Equal("Disabled", server.Properties["authConfig"]!["passwordAuth"]!.GetValue<string>()));
        Assert.All(Of("Microsoft.KeyVault/vaults"), vault => Assert.True(Flag(vault, "enablePurgeProtection") && Flag(vault, "enableRbacAuthorization")));
        Assert.All(Of("Microsoft.Insights/components"), insights => Assert.True(Flag(insights, "DisableLocalAuth")));
        Assert.All(Of("Microsoft.Web/sites/basicPublishingCredentialsPolicies"), policy => Assert.False(Flag(policy, "allow")));

        IReadOnlyList<Resource> Of(string type)
        {
            var found = resources.Where(resource => resource.Type == type).ToList();
            Assert.NotEmpty(found);
            return found;
        }

        static bool Flag(Resource resource, string name) => resource.Properties[name]!.GetValue<bool>();
    }

    [Fact]
    public void Only_packages_are_reached_from_outside_and_then_by_token()
        => Assert.All(
            Bicep.Production.Resources.Where(resource => resource.Type is "Microsoft.Storage/storageAccounts" or "Microsoft.KeyVault/vaults"),
            resource => Assert.Equal(resource.Name.StartsWith("st", StringComparison.Ordinal) && resource.Name[^6] == 'p' ? "Enabled" : "Disabled", resource.Properties["publicNetworkAccess"]!.GetValue<string>()));
}
