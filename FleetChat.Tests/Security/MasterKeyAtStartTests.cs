using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.Options;

namespace FleetChat.Tests.Security;

/// <summary>No host works with another master key than the one that opens what is stored, and none makes a second one.</summary>
public sealed class MasterKeyAtStartTests : IAsyncLifetime
{
    private const string Master = "fleetchat-master-key";
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;

    private ISecretStore Secrets => _fleet.Get<ISecretStore>();

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.BorrowAsync();
        _fleet = await TestFleet.StartAsync(_database);
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task New_installation_gets_one_and_keeps_it()
    {
        await Secrets.DeleteAsync(Master, default);

        await StartAsync();
        var made = await Secrets.FindAsync(Master, default);
        await StartAsync();

        Assert.Equal(32, made!.Length);
        Assert.Equal(made, await Secrets.FindAsync(Master, default));
    }

    [Fact]
    public async Task Where_companies_are_none_is_made_and_it_is_said_what_to_put_back_where()
    {
        await _fleet.AddCompanyAsync();
        var key = (await Secrets.FindAsync(Master, default))!;
        await Secrets.DeleteAsync(Master, default);

        var refusal = await RefusalAsync();

        Assert.Contains("gone", refusal, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_fleet.Get<IOptions<SecretStoreOptions>>().Value.Folder, Master), refusal, StringComparison.Ordinal);
        Assert.Null(await Secrets.FindAsync(Master, default));

        await Secrets.TryCreateAsync(Master, key, default);
        await StartAsync();
    }

    // It seals what belongs to no company: there is some before the first one comes.
    [Fact]
    public async Task Where_the_platforms_key_is_none_is_made_either()
    {
        await _fleet.Get<DataKeys>().GetPlatformAsync(default);
        await Secrets.DeleteAsync(Master, default);
        Assert.Contains("gone", await RefusalAsync(), StringComparison.Ordinal);

        await DataKeys.EnsureMasterKeyAsync(Secrets, default);
        Assert.Contains("another one", await RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_does_not_open_what_is_stored_is_refused()
    {
        await _fleet.AddCompanyAsync();
        await Secrets.DeleteAsync(Master, default);
        await DataKeys.EnsureMasterKeyAsync(Secrets, default);
        Assert.Contains("another one", await RefusalAsync(), StringComparison.Ordinal);

        await Secrets.DeleteAsync(Master, default);
        await Secrets.TryCreateAsync(Master, new byte[7], default);
        Assert.Contains("7 bytes", await RefusalAsync(), StringComparison.Ordinal);
    }

    // The others are served: it is told of that company.
    [Fact]
    public async Task A_key_that_one_company_lacks_or_that_is_damaged_stops_nobody()
    {
        var (first, second, _) = (await _fleet.AddCompanyAsync(), await _fleet.AddCompanyAsync(), await _fleet.AddCompanyAsync());
        await ChangeAsync(first, _ => null);
        await ChangeAsync(second, key => [.. key.Select(b => (byte)~b)]);

        await StartAsync();
    }

    private async Task ChangeAsync(TestCompany company, Func<byte[], byte[]?> change)
    {
        var name = await _database.ScalarAsAdminAsync<string>($"select key_secret_name from fleet.tenants where tenant_id = '{company.Id}'");
        var key = (await Secrets.FindAsync(name, default))!;
        await Secrets.DeleteAsync(name, default);
        if (change(key) is { } changed) await Secrets.TryCreateAsync(name, changed, default);
    }

    /// <summary>As a host that begins, with nothing in memory.</summary>
    private Task StartAsync()
        => new MasterKeyAtStart(new(Secrets, _fleet.Get<TenantDbs>()), Secrets, _fleet.Get<SystemDb>(), _fleet.Get<IOptions<SecretStoreOptions>>()).StartingAsync(default);

    private async Task<string> RefusalAsync() => (await Assert.ThrowsAsync<MasterKeyRefusedException>(StartAsync)).Message;
}
