using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Tests.Postgres;

public sealed class DatabaseGuardTests : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await TestDatabase.CreateAsync("guard");

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public Task Logins_of_the_installer_are_accepted()
        => DatabaseGuard.CheckAsync(_database.AppSource, _database.SystemSource, CancellationToken.None);

    [Fact]
    public async Task Superuser_is_refused()
    {
        Assert.Contains("a superuser", await RefusalOfAppAsync(_database.Admin), StringComparison.Ordinal);
        Assert.Contains("a superuser", await RefusalOfSystemAsync(_database.Admin), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Owner_is_refused()
    {
        Assert.Contains("member of fleetchat_owner", await RefusalOfAppAsync(_database.Logins.Owner), StringComparison.Ordinal);
        Assert.Contains("member of fleetchat_owner", await RefusalOfSystemAsync(_database.Logins.Owner), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logins_in_each_others_place_are_refused()
    {
        Assert.Contains("no member of fleetchat_app", await RefusalOfAppAsync(_database.Logins.System), StringComparison.Ordinal);
        Assert.Contains("no member of fleetchat_system", await RefusalOfSystemAsync(_database.Logins.App), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bypassrls in role fleetchat_app", "bypasses row-level security")]
    [InlineData("createrole in role fleetchat_app", "may create roles")]
    [InlineData("in role fleetchat_app, fleetchat_system", "member of fleetchat_system")]
    [InlineData("noinherit in role fleetchat_app, fleetchat_owner", "member of fleetchat_owner")]
    public async Task Login_that_may_do_more_is_refused(string attributes, string why)
    {
        await using var role = await ScratchRole.CreateAsync(_database, attributes);

        Assert.Contains(why, await RefusalOfAppAsync(role.Login), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bypassrls", "bypasses row-level security")]
    [InlineData("superuser", "may become a superuser")]
    public async Task Login_that_may_become_one_who_may_do_more_is_refused(string attributes, string why)
    {
        await using var powerful = await ScratchRole.CreateAsync(_database, attributes);
        await using var between = await ScratchRole.CreateAsync(_database, $"in role {powerful.Name}");
        await using var role = await ScratchRole.CreateAsync(_database, $"in role fleetchat_app, {between.Name}");

        var refusal = await RefusalOfAppAsync(role.Login);

        Assert.Contains(why, refusal, StringComparison.Ordinal);
        Assert.Contains($"a member of '{powerful.Name}'", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Owner_of_a_table_is_refused()
    {
        await using var role = await ScratchRole.CreateAsync(_database, "in role fleetchat_app");
        await _database.ExecuteAsAdminAsync($"alter table fleet.drivers owner to {role.Name}");

        Assert.Contains("owns fleet.drivers", await RefusalOfAppAsync(role.Login), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Database_without_this_builds_migrations_is_refused()
    {
        await using var behind = await TestDatabase.CreateAsync("behind");
        var last = Migration.All[^1].Name;
        await behind.ExecuteAsAdminAsync("delete from migration.journal where scriptname = $1", P.Text(last));
        await using var empty = await TestDatabase.EmptyAsync("empty");

        Assert.Contains($"lacks {last}", await RefusalAsync(behind.AppSource, behind.SystemSource), StringComparison.Ordinal);
        Assert.Contains(last, await RefusalAsync(empty.AppSource, empty.SystemSource), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Database_with_newer_migrations_is_accepted()
    {
        await using var ahead = await TestDatabase.CreateAsync("ahead");
        await ahead.ExecuteAsAdminAsync("insert into migration.journal (scriptname, applied) values ('9999_of_a_later_build.sql', now())");

        await DatabaseGuard.CheckAsync(ahead.AppSource, ahead.SystemSource, CancellationToken.None);
    }

    [Theory]
    [InlineData("Search Path=fleet", "'Search Path'")]
    [InlineData("Options=-c statement_timeout=1", "'Options'")]
    public async Task Settings_that_PgBouncer_refuses_are_refused_at_start(string setting, string why)
        => Assert.Contains(why, await RefusalOfAppAsync($"{_database.Logins.App};{setting}"), StringComparison.Ordinal);

    [Fact]
    public async Task All_that_is_wrong_is_said_at_once_without_a_password()
    {
        var refusal = await RefusalAsync(_database.OwnerSource, _database.AppSource);

        Assert.Contains("FleetChat:Postgres:App", refusal, StringComparison.Ordinal);
        Assert.Contains("FleetChat:Postgres:System", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain(TestPostgres.Logins.Owner.Password, refusal, StringComparison.Ordinal);
    }

    private async Task<string> RefusalOfAppAsync(string connectionString)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        return await RefusalAsync(source, _database.SystemSource);
    }

    private async Task<string> RefusalOfSystemAsync(string connectionString)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        return await RefusalAsync(_database.AppSource, source);
    }

    private static async Task<string> RefusalAsync(NpgsqlDataSource app, NpgsqlDataSource system)
        => (await Assert.ThrowsAsync<DatabaseRefusedException>(() => DatabaseGuard.CheckAsync(app, system, CancellationToken.None))).Message;
}
