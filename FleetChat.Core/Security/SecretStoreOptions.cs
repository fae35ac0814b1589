using System.ComponentModel.DataAnnotations;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;

namespace FleetChat.Core.Security;

/// <summary>Where secrets lie: a folder or a vault. Bound from <c>FleetChat:Secrets</c>.</summary>
public sealed class SecretStoreOptions : IValidatableObject
{
    public const string Section = "FleetChat:Secrets";

    /// <summary>A folder of files that their owner alone can read; made if it does not exist.</summary>
    public string Folder { get; set; } = "";

    /// <summary>An Azure Key Vault's address, such as <c>https://fleetchat.vault.azure.net</c>, reached as the app's own identity.</summary>
    public string Vault { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if ((Folder.Length == 0) == (Vault.Length == 0)) yield return new($"{Section} needs either Folder or Vault, and not both.", [nameof(Folder), nameof(Vault)]);
        if (Vault.Length > 0 && !(Uri.TryCreate(Vault, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps))
            yield return new($"{Section}:Vault is no https address.", [nameof(Vault)]);
    }

    internal ISecretStore Open() => Folder.Length > 0 ? new FolderSecretStore(Folder) : new KeyVaultSecretStore(new SecretClient(new(Vault), new DefaultAzureCredential()));
}
