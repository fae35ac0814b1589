using System.Security.Cryptography;
using FleetChat.Core.Data;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FleetChat.Core.Security.Audit;

/// <summary>There are audit trails, and the secret store has lost the key that goes on with them.</summary>
public sealed class AuditKeyLostException()
    : Exception($"the secret store has no {AuditKey.SecretName}, and there are audit trails made with it: restore it. A new one would make them uncheckable, so nothing that is audited is done until then");

/// <summary>The installation's key of all chains. It lies in the secret store: who has the database alone can't make a code.</summary>
public sealed class AuditKey(ISecretStore secrets, [FromKeyedServices(ServiceRegistration.System)] NpgsqlDataSource system, IAnchorStore anchors)
{
    internal const string SecretName = "fleetchat-audit-key";
    private const int KeyLength = 32;

    private byte[]? _key;

    /// <summary>Made when first asked for, before there is any chain.</summary>
    /// <exception cref="AuditKeyLostException"/>
    internal async ValueTask<byte[]> GetAsync(CancellationToken ct)
        => await FindKnownAsync(ct) ?? (await IsLostAsync(ct) ? throw new AuditKeyLostException() : _key = await CreateAsync(ct));

    /// <summary>Whether there are chains, and no key that goes on with them.</summary>
    // Another process may make it and begin a chain between the first look and the second.
    internal async Task<bool> IsLostAsync(CancellationToken ct) => await FindKnownAsync(ct) is null && await HasChainsAsync(ct) && await FindKnownAsync(ct) is null;

    /// <returns>Null: there is none, so no chain was ever begun, or it is lost.</returns>
    internal Task<byte[]?> FindAsync(CancellationToken ct) => secrets.FindAsync(SecretName, ct);

    private async ValueTask<byte[]?> FindKnownAsync(CancellationToken ct) => _key ??= await FindAsync(ct);

    private const string FindChain = """
        select true
        where exists (select from fleet.audit_heads where seq > 0)
           or exists (select from fleet.platform_audit_head where seq > 0)
        """;

    private async Task<bool> HasChainsAsync(CancellationToken ct)
        => await new SystemDb(system).FindAsync(FindChain, row => row.GetBoolean(0), ct) || await anchors.ReadAsync(ct).AnyAsync(ct);

    private async Task<byte[]> CreateAsync(CancellationToken ct)
    {
        await secrets.TryCreateAsync(SecretName, RandomNumberGenerator.GetBytes(KeyLength), ct);
        return await FindAsync(ct) ?? throw new InvalidOperationException($"the secret store does not keep {SecretName}");
    }
}
