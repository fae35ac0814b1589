namespace FleetChat.Core.Security;

/// <summary>Where secrets lie: Azure Key Vault, or a folder on one machine. Names are 1 to 127 letters, digits and '-'.</summary>
public interface ISecretStore
{
    Task<byte[]?> FindAsync(string name, CancellationToken ct);

    /// <summary>Writes a secret that does not exist yet.</summary>
    /// <returns>False if it exists already: then nothing was written.</returns>
    Task<bool> TryCreateAsync(string name, byte[] value, CancellationToken ct);

    /// <summary>Final when the store's own retention ends, where it has one. One that is not there is deleted.</summary>
    Task DeleteAsync(string name, CancellationToken ct);
}
