using Azure;
using FleetChat.Core.Security;

namespace FleetChat.Tests.Security;

public sealed class KeyVaultSecretStoreTests : IAsyncLifetime
{
    private static readonly byte[] s_one = [1, 2, 3, 0, 255];
    private static readonly byte[] s_two = [2];
    private KeyVaultSimulator _vault = null!;
    private KeyVaultSecretStore _store = null!;

    public async Task InitializeAsync()
    {
        _vault = await KeyVaultSimulator.StartAsync();
        _store = new(_vault.Client());
    }

    public async Task DisposeAsync() => await _vault.DisposeAsync();

    [Fact]
    public async Task What_was_created_is_found_and_not_created_a_second_time()
    {
        Assert.Null(await _store.FindAsync("key", default));
        Assert.True(await _store.TryCreateAsync("key", s_one, default));
        Assert.False(await _store.TryCreateAsync("key", s_two, default));

        Assert.Equal(s_one, await _store.FindAsync("key", default));
        Assert.Equal(s_one, await new KeyVaultSecretStore(_vault.Client()).FindAsync("key", default));
        Assert.Equal(1, _vault.VersionsOf("key"));
    }

    [Fact]
    public async Task What_was_deleted_is_gone_and_is_deleted_again_without_a_word()
    {
        Assert.True(await _store.TryCreateAsync("key", s_one, default));

        await _store.DeleteAsync("key", default);
        await _store.DeleteAsync("key", default);
        await _store.DeleteAsync("another", default);

        Assert.Null(await _store.FindAsync("key", default));
    }

    [Fact]
    public async Task Of_two_who_create_at_one_moment_one_wins_and_both_know_which()
    {
        // The other one sets his between our look and our set.
        _vault.BeforeNextSet = () =>
        {
            _vault.Set("key", Convert.ToBase64String(s_two));
            _vault.Now += TimeSpan.FromSeconds(1);
        };

        Assert.False(await _store.TryCreateAsync("key", s_one, default));
        Assert.Equal(s_two, await _store.FindAsync("key", default));
    }

    [Fact]
    public async Task Of_two_within_the_vaults_second_one_wins_for_everybody()
    {
        for (var i = 0; i < 10; i++)
        {
            var name = $"key-{i}";
            _vault.BeforeNextSet = () => _vault.Set(name, Convert.ToBase64String(s_two));
            var won = await _store.TryCreateAsync(name, s_one, default);
            Assert.Equal(won ? s_one : s_two, await _store.FindAsync(name, default));
        }
    }

    [Fact]
    public async Task A_version_so_young_that_an_older_one_may_yet_be_listed_is_waited_for()
    {
        _vault.Ahead = TimeSpan.FromSeconds(2.9);
        _vault.Set("key", Convert.ToBase64String(s_one));
        var found = _store.FindAsync("key", default);
        await Until.TrueAsync(() => _vault.Calls >= 2, "the first look");
        _vault.Ahead = TimeSpan.FromSeconds(10);

        Assert.Equal(s_one, await found);
        Assert.True(_vault.Calls >= 3);
    }

    [Fact]
    public async Task A_deleted_secret_that_holds_the_name_is_told_in_words()
    {
        _vault.Set("key", "AQ==");
        _vault.Delete("key");

        Assert.Null(await _store.FindAsync("key", default));
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => _store.TryCreateAsync("key", s_one, default));
        Assert.Contains("recover it, or wait", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_somebody_disabled_is_not_replaced()
    {
        await _store.TryCreateAsync("key", s_one, default);
        _vault.Disable("key");

        var found = await Assert.ThrowsAsync<InvalidOperationException>(() => _store.FindAsync("key", default));
        await Assert.ThrowsAsync<InvalidOperationException>(() => _store.TryCreateAsync("key", s_two, default));

        Assert.Contains("enable it again", found.Message, StringComparison.Ordinal);
        Assert.Equal(1, _vault.VersionsOf("key"));
    }

    [Fact]
    public async Task Throttling_is_waited_out()
    {
        await _store.TryCreateAsync("key", s_one, default);
        _vault.Throttle = 2;

        Assert.Equal(s_one, await _store.FindAsync("key", default));
    }

    [Fact]
    public async Task A_refusal_says_which_right_is_missing_and_an_outage_loses_nothing()
    {
        await _store.TryCreateAsync("key", s_one, default);
        _vault.IsForbidden = true;
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => _store.FindAsync("key", default));
        Assert.Contains("Key Vault Secrets Officer", refused.Message, StringComparison.Ordinal);

        (_vault.IsForbidden, _vault.IsDown) = (false, true);
        await Assert.ThrowsAnyAsync<Exception>(() => _store.FindAsync("key", default));
        _vault.IsDown = false;
        Assert.Equal(s_one, await _store.FindAsync("key", default));
    }

    [Fact]
    public async Task A_master_key_is_made_once_and_opens_what_was_wrapped_by_it()
    {
        await DataKeys.EnsureMasterKeyAsync(_store, default);
        var first = await _store.FindAsync("fleetchat-master-key", default);
        await DataKeys.EnsureMasterKeyAsync(new KeyVaultSecretStore(_vault.Client()), default);

        Assert.Equal(32, first!.Length);
        Assert.Equal(first, await _store.FindAsync("fleetchat-master-key", default));
    }
}
