using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Tenants;

/// <summary>
/// Azure puts a secret in the place of a setting that refers to a Key Vault, and leaves the reference where it can't. Whoever knows the vault's name
/// knows the reference: a host that took it for the secret would believe webhooks that anybody can sign.
/// </summary>
internal sealed class CheckVaultReferences(IConfiguration configuration) : IValidateOptions<PlatformOptions>
{
    private const string Reference = "@Microsoft.KeyVault(";

    public ValidateOptionsResult Validate(string? name, PlatformOptions options)
    {
        var unresolved = configuration.GetSection(PlatformOptions.Section).AsEnumerable()
            .Where(setting => setting.Value?.TrimStart().StartsWith(Reference, StringComparison.OrdinalIgnoreCase) == true)
            .Select(setting => setting.Key)
            .Order(StringComparer.Ordinal)
            .ToList();
        return unresolved.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{string.Join(", ", unresolved)}: still a reference to a Key Vault. Put the secret there, and let the app's identity read it (Key Vault Secrets User).");
    }
}
