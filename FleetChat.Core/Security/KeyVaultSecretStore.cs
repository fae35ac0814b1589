using Azure;
using Azure.Security.KeyVault.Secrets;

namespace FleetChat.Core.Security;

/// <summary>
/// Azure Key Vault. Setting a secret that exists makes a new version of it there, and nothing makes the call conditional: so the first
/// version is the secret, whoever else set one at the same moment, and a version counts only once no older one can appear any more.
/// </summary>
/// <remarks>The client repeats what is throttled (429, with the vault's Retry-After) or fails on the way; what comes through is final.</remarks>
public sealed class KeyVaultSecretStore(SecretClient client) : ISecretStore
{
    /// <summary>The vault dates versions in whole seconds; two of one second are told apart by their ids, once both are there.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(3);

    /// <exception cref="InvalidOperationException">The vault refuses, or the secret is disabled; the message says what to do.</exception>
    public Task<byte[]?> FindAsync(string name, CancellationToken ct) => GuardAsync(name, async () =>
    {
        if (await FindFirstAsync(name, ct) is not { } first) return null;
        var secret = await client.GetSecretAsync(name, first, ct);
        return Convert.FromBase64String(secret.Value.Value);
    });

    /// <exception cref="InvalidOperationException">The vault refuses, the secret is disabled, or a deleted one holds the name; the message says what to do.</exception>
    public Task<bool> TryCreateAsync(string name, byte[] value, CancellationToken ct) => GuardAsync(name, async () =>
    {
        if (await FindFirstAsync(name, ct) is not null) return false;
        var secret = new KeyVaultSecret(name, Convert.ToBase64String(value)) { Properties = { ContentType = "base64" } };
        var made = await client.SetSecretAsync(secret, ct);
        return await FindFirstAsync(name, ct) == made.Value.Properties.Version;
    });

    /// <exception cref="InvalidOperationException">The vault refuses; the message says what to do.</exception>
    public Task DeleteAsync(string name, CancellationToken ct) => GuardAsync(name, async () =>
    {
        try
        {
            await client.StartDeleteSecretAsync(name, ct);
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            // Somebody was faster.
        }
        return true;
    });

    private async Task<string?> FindFirstAsync(string name, CancellationToken ct)
    {
        while (true)
        {
            var (versions, now) = await ListAsync(name, ct);
            if (versions.OrderBy(v => v.CreatedOn).ThenBy(v => v.Version, StringComparer.Ordinal).FirstOrDefault() is not { } first) return null;
            // It is not missing: another one in its place would lock away all that it opens.
            if (first.Enabled == false) throw new InvalidOperationException($"The first version of secret {name} is disabled in Key Vault, and nothing else opens what is stored: enable it again");
            var left = Settled - (now - first.CreatedOn);
            if (left is null || left <= TimeSpan.Zero) return first.Version;
            await Task.Delay(left.Value, ct);
        }
    }

    /// <returns>Also the vault's own time, which dates them.</returns>
    private async Task<(List<SecretProperties> Versions, DateTimeOffset? Now)> ListAsync(string name, CancellationToken ct)
    {
        var (versions, now) = (new List<SecretProperties>(), default(DateTimeOffset?));
        try
        {
            await foreach (var page in client.GetPropertiesOfSecretVersionsAsync(name, ct).AsPages())
            {
                now ??= page.GetRawResponse().Headers.Date;
                versions.AddRange(page.Values);
            }
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return ([], null);
        }
        return (versions, now);
    }

    private static async Task<T> GuardAsync<T>(string name, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (RequestFailedException refused) when (refused.Status is 401 or 403)
        {
            throw new InvalidOperationException(
                $"Key Vault refuses secret {name} ({refused.ErrorCode}): give the app's identity the role Key Vault Secrets Officer on the vault, and let its network reach it", refused);
        }
        catch (RequestFailedException taken) when (taken.Status == 409)
        {
            throw new InvalidOperationException(
                $"A deleted secret still holds the name {name} in Key Vault ({taken.ErrorCode}): recover it, or wait until its retention is over", taken);
        }
    }
}
