using System.Security.Cryptography;

namespace FleetChat.Core.Security.Audit;

/// <summary>The installation's key of all chains. It lies in the secret store: who has the database alone can't make a code.</summary>
public sealed class AuditKey(ISecretStore secrets)
{
    internal const string SecretName = "fleetchat-audit-key";
    private const int KeyLength = 32;

    private byte[]? _key;

    /// <summary>Made when first asked for.</summary>
    internal async ValueTask<byte[]> GetAsync(CancellationToken ct)
    {
        if (_key is { } known) return known;
        if (await secrets.FindAsync(SecretName, ct) is null) await secrets.TryCreateAsync(SecretName, RandomNumberGenerator.GetBytes(KeyLength), ct);
        return _key = await FindAsync(ct) ?? throw new InvalidOperationException($"the secret store does not keep {SecretName}");
    }

    /// <returns>Null: there is none, so no chain was ever begun, or it is lost.</returns>
    internal Task<byte[]?> FindAsync(CancellationToken ct) => secrets.FindAsync(SecretName, ct);
}
