using System.Security.Cryptography;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Security;

/// <summary>The master key is gone, damaged, or another one than what is stored was sealed with; the message says what to do.</summary>
public sealed class MasterKeyRefusedException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>
/// Looks in every host, before anything else of it starts, whether the master key is the one that opens what is stored. A new installation gets its own here.
/// Where something is sealed already none is made: another one opens nothing of it, and what it seals is lost when the right one comes back.
/// </summary>
internal sealed class MasterKeyAtStart(DataKeys keys, ISecretStore secrets, SystemDb system, IOptions<SecretStoreOptions> store) : IHostedLifecycleService
{
    /// <summary>One that opens is enough. One that does not may be that company's trouble alone, which stops nobody else.</summary>
    private const int MostCompanies = 20;

    // The stage before all StartAsync, as the database's guard, which was registered before this and has run.
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        // In this order: whoever has sealed something had a master key before, so one that is not there after that is lost, and not one that another process is just making.
        var companies = await ListCompaniesAsync(cancellationToken);
        var platform = await ReadAsync(DataKeys.PlatformKeyName, cancellationToken);
        var master = await ReadAsync(DataKeys.MasterKeyName, cancellationToken);
        if (master is null && companies.Count == 0 && platform is null)
        {
            await DataKeys.EnsureMasterKeyAsync(secrets, cancellationToken);
            return;
        }

        if (master is null) throw Refused("The master key is gone, and what is stored here opens with no other one: so none is made.");
        if (master.Length != DataKeys.KeyLength) throw Refused($"The master key is damaged: it has {master.Length} bytes instead of {DataKeys.KeyLength}.");
        if (await IsAnotherAsync(master, companies, platform, cancellationToken)) throw Refused("The master key is another one than what is stored here was sealed with.");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Those that are closed have no key any more.
    private const string ListCompanies = """
        select tenant_id
        from directory.tenants
        where status <> 'terminated'
        order by created_at desc, tenant_id
        limit $1
        """;

    private Task<List<TenantId>> ListCompaniesAsync(CancellationToken ct)
        => system.ListAsync(ListCompanies, row => TenantId.Parse(row.GetString(0)), ct, P.Number(MostCompanies));

    private async Task<byte[]?> ReadAsync(string name, CancellationToken ct)
    {
        try
        {
            return await keys.FindSecretAsync(name, ct);
        }
        catch (DataKeyMissingException refused)
        {
            throw new MasterKeyRefusedException($"{refused.Message.TrimEnd('.')}.", refused);
        }
    }

    private async Task<bool> IsAnotherAsync(byte[] master, IReadOnlyList<TenantId> companies, byte[]? platform, CancellationToken ct)
    {
        var isAny = false;
        await foreach (var (_, fault) in keys.LookAsync(companies, ct))
        {
            if (fault is null) return false;
            isAny |= fault.InnerException is CryptographicException;
        }
        return isAny || (platform is not null && !DataKeys.OpensPlatform(master, platform));
    }

    private MasterKeyRefusedException Refused(string what)
    {
        var place = store.Value.Folder.Length > 0 ? Path.Combine(Path.GetFullPath(store.Value.Folder), DataKeys.MasterKeyName) : $"{DataKeys.MasterKeyName} in {store.Value.Vault}";
        return new($"{what} Put the one that belongs to this database back from its copy: {place}.");
    }
}
