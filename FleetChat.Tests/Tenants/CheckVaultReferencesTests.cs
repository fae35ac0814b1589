using FleetChat.Core;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetChat.Tests.Tenants;

public sealed class CheckVaultReferencesTests
{
    [Fact]
    public void A_setting_that_is_still_a_reference_to_a_vault_stops_the_host_and_is_named()
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Read("@Microsoft.KeyVault(SecretUri=https://name.vault.azure.net/secrets/FleetChat-WhatsApp-AppSecret)"));

        Assert.Contains("FleetChat:WhatsApp:AppSecret: still a reference to a Key Vault", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_that_came_is_taken() => Assert.Equal("test", Read("a-secret-of-some-length").Environment);

    private static PlatformOptions Read(string appSecret)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["FleetChat:Environment"] = "test",
            ["FleetChat:PublicBaseUrl"] = "https://api.example.com",
            ["FleetChat:WhatsApp:AppSecret"] = appSecret,
        }).Build();
        using var services = new ServiceCollection().AddFleetChatCore(configuration).BuildServiceProvider();
        return services.GetRequiredService<IOptions<PlatformOptions>>().Value;
    }
}
