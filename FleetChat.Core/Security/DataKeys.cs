using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Security;

/// <summary>A key that what is kept was encrypted with can't be had: nothing of whoever owns it can be read until it is back.</summary>
public sealed class DataKeyMissingException(string message, Exception? inner = null) : InvalidOperationException(message, inner);

/// <summary>
/// The tenants' data keys. Each lies in the secret store under a random name that the tenant's row knows,
/// wrapped by the master key: a dump of the database opens nothing.
/// </summary>
public sealed class DataKeys(ISecretStore secrets, TenantDbs dbs)
{
    internal const string MasterKeyName = "fleetchat-master-key";
    internal const string PlatformKeyName = "fleetchat-platform-data-key";
    internal const int KeyLength = 32;
    private const string PlatformOwner = "-platform-";
    private static readonly Column WrappedKey = new("secrets", "data_key");

    private readonly ConcurrentDictionary<TenantId, Lazy<Task<DataKey>>> _tenants = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<DataKey>>> _platform = new();

    /// <exception cref="DataKeyMissingException">Its key, or the master key, is not in the secret store, can't be read there, or does not open.</exception>
    /// <exception cref="InvalidOperationException">The tenant does not exist.</exception>
    public Task<DataKey> GetAsync(TenantId tenant, CancellationToken ct)
        => SharedAsync(_tenants, tenant, () => LoadTenantAsync(tenant, () => MasterAsync(CancellationToken.None)), ct);

    /// <summary>The platform's own key, for what belongs to no tenant. Made when first asked for.</summary>
    public Task<DataKey> GetPlatformAsync(CancellationToken ct)
        => SharedAsync(_platform, PlatformOwner, LoadPlatformAsync, ct);

    /// <summary>Makes a tenant's first key. It is the tenant's only when the row with its name commits: until then nobody is served with it.</summary>
    /// <returns>The random secret name, to be kept in the tenant's row.</returns>
    public async Task<(string SecretName, DataKey Key)> CreateAsync(TenantId tenant, CancellationToken ct)
    {
        var name = NewName();
        return (name, await EnsureAsync(tenant, name, ct));
    }

    /// <summary>A name that nobody guesses and that no key had before.</summary>
    public static string NewName() => $"tenant-key-{RandomNumberGenerator.GetHexString(32, lowercase: true)}";

    /// <summary>As <see cref="CreateAsync"/>, under a name that is noted already, so that a repeated step makes no second key.</summary>
    public Task<DataKey> EnsureAsync(TenantId tenant, string name, CancellationToken ct) => FindOrCreateAsync(name, tenant.Value, ct);

    /// <summary>Deletes a tenant's key: what it encrypted is never read again, whoever has it. A tenant without one stays so.</summary>
    public async Task DestroyAsync(TenantId tenant, CancellationToken ct)
    {
        if (await FindSecretNameAsync(dbs.For(tenant), ct) is not { } name) return;
        await secrets.DeleteAsync(name, ct);
        _tenants.TryRemove(tenant, out _);
    }

    /// <summary>Looks whether tenants' keys are there and open, one after the other and past what is in memory. The master key is read once for all.</summary>
    /// <returns>With each what is wrong with it; null: it opens. What says nothing of it, as a database or a vault that does not answer, is thrown.</returns>
    public async IAsyncEnumerable<(TenantId Tenant, Exception? Fault)> LookAsync(IEnumerable<TenantId> tenants, [EnumeratorCancellation] CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(tenants);
        Task<DataKey>? master = null;
        foreach (var tenant in tenants)
        {
            Exception? fault = null;
            try
            {
                await LoadTenantAsync(tenant, () => master ??= MasterAsync(ct)).WaitAsync(ct);
            }
            catch (Exception closed) when (closed is InvalidOperationException or IOException or ArgumentException or FormatException)
            {
                fault = closed;
            }
            yield return (tenant, fault);
        }
    }

    /// <summary>Whether a platform's key was wrapped by this master key.</summary>
    internal static bool OpensPlatform(byte[] masterKey, byte[] wrapped)
    {
        try
        {
            Unwrap(PlatformOwner, MasterOf(masterKey), wrapped);
            return true;
        }
        catch (DataKeyMissingException)
        {
            return false;
        }
    }

    /// <summary>Makes the master key where nothing was sealed yet (<see cref="MasterKeyAtStart"/> looks); one that exists stays as it is.</summary>
    public static Task EnsureMasterKeyAsync(ISecretStore secrets, CancellationToken ct)
        => secrets.TryCreateAsync(MasterKeyName, RandomNumberGenerator.GetBytes(KeyLength), ct);

    /// <exception cref="DataKeyMissingException">The master key cannot be read any more, whatever is still in memory.</exception>
    public Task CheckAsync(CancellationToken ct) => MasterAsync(ct);

    // One load serves all who ask at once; who goes away does not take it from the others, and a load that failed or was cancelled is not kept.
    private static async Task<DataKey> SharedAsync<TKey>(ConcurrentDictionary<TKey, Lazy<Task<DataKey>>> keys, TKey id, Func<Task<DataKey>> load, CancellationToken ct)
        where TKey : notnull
    {
        var shared = keys.GetOrAdd(id, _ => new(load));
        try
        {
            return await shared.Value.WaitAsync(ct);
        }
        catch when (shared.Value is { IsFaulted: true } or { IsCanceled: true })
        {
            keys.TryRemove(new(id, shared));
            throw;
        }
    }

    private async Task<DataKey> LoadTenantAsync(TenantId tenant, Func<Task<DataKey>> master)
    {
        var name = await FindSecretNameAsync(dbs.For(tenant), CancellationToken.None)
            ?? throw new InvalidOperationException($"tenant {tenant} does not exist");
        var wrapped = await FindSecretAsync(name, CancellationToken.None)
            ?? throw new DataKeyMissingException($"tenant {tenant} has no data key in the secret store");
        return Unwrap(tenant.Value, await master(), wrapped);
    }

    private Task<DataKey> LoadPlatformAsync() => FindOrCreateAsync(PlatformKeyName, PlatformOwner, CancellationToken.None);

    private async Task<DataKey> FindOrCreateAsync(string name, string owner, CancellationToken ct)
    {
        var master = await MasterAsync(ct);
        if (await FindSecretAsync(name, ct) is { } existing) return Unwrap(owner, master, existing);
        var fresh = JsonSerializer.SerializeToUtf8Bytes(new KeyFile(
            new() { [1] = RandomNumberGenerator.GetBytes(KeyLength) }, RandomNumberGenerator.GetBytes(KeyLength)));
        var wrapped = master.Encrypt(WrappedKey, owner, fresh);
        if (await secrets.TryCreateAsync(name, wrapped, ct)) return Unwrap(owner, master, wrapped);
        return Unwrap(owner, master, (await FindSecretAsync(name, ct))!);
    }

    private async Task<DataKey> MasterAsync(CancellationToken ct)
    {
        var key = await FindSecretAsync(MasterKeyName, ct);
        if (key is not { Length: KeyLength }) throw new DataKeyMissingException($"the secret store has no master key of 32 bytes under {MasterKeyName}: restore it, or nothing that is stored can be read");
        return MasterOf(key);
    }

    private static DataKey MasterOf(byte[] key) => new("-master-", new Dictionary<ushort, byte[]> { [1] = key }, key);

    // Disabled, or not ours to read: until somebody mends that it is as if it were not there.
    internal async Task<byte[]?> FindSecretAsync(string name, CancellationToken ct)
    {
        try
        {
            return await secrets.FindAsync(name, ct);
        }
        catch (Exception closed) when (closed is InvalidOperationException or UnauthorizedAccessException)
        {
            throw new DataKeyMissingException(closed.Message, closed);
        }
    }

    private static DataKey Unwrap(string owner, DataKey master, byte[] wrapped)
    {
        try
        {
            var file = JsonSerializer.Deserialize<KeyFile>(master.Decrypt(WrappedKey, owner, wrapped))!;
            return new(owner, file.Keys, file.IndexKey);
        }
        catch (Exception closed) when (closed is CryptographicException or JsonException)
        {
            throw new DataKeyMissingException($"the data key of {owner} does not open with the master key: one of them is another installation's", closed);
        }
    }

    private const string FindSecretName = """
        select key_secret_name
        from fleet.tenants
        where tenant_id = $1
        """;

    private static Task<string?> FindSecretNameAsync(TenantDb db, CancellationToken ct)
        => db.FindAsync(FindSecretName, row => row.GetString(0), ct);

    private sealed record KeyFile(Dictionary<ushort, byte[]> Keys, byte[] IndexKey);
}
