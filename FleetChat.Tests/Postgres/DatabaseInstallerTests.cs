using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Tests.Postgres;

public sealed class DatabaseInstallerTests : IAsyncLifetime
{
    private readonly string _database = TestPostgres.NewName("inst");
    private string _admin = null!;

    public async Task InitializeAsync() => _admin = await TestPostgres.AdminConnectionStringAsync();

    public Task DisposeAsync() => DatabaseInstaller.DropAsync(_admin, _database, CancellationToken.None);

    [Fact]
    public async Task Two_installations_at_once_make_one_database_with_each_migration_once()
    {
        var logins = DatabaseLogins.For(_database);

        var installed = await Task.WhenAll(Enumerable.Range(0, 4)
            .Select(_ => Task.Run(() => DatabaseInstaller.InstallAsync(_admin, _database, logins, CancellationToken.None))));

        Assert.All(installed, other => Assert.Equal(installed[0], other));
        var journal = await TextsAsync(installed[0].Owner, "select scriptname from migration.journal order by scriptname");
        Assert.Equal(Migration.All.Select(migration => migration.Name), journal);
    }

    [Fact]
    public async Task Installations_of_two_databases_at_once_do_not_disturb_each_other()
    {
        var second = TestPostgres.NewName("inst");
        try
        {
            var installed = await Task.WhenAll(
                Task.Run(() => DatabaseInstaller.InstallAsync(_admin, _database, DatabaseLogins.For(_database), CancellationToken.None)),
                Task.Run(() => DatabaseInstaller.InstallAsync(_admin, second, DatabaseLogins.For(second), CancellationToken.None)));

            var foreign = new NpgsqlConnectionStringBuilder(installed[0].App) { Database = second, Pooling = false }.ConnectionString;
            var refused = await Assert.ThrowsAsync<PostgresException>(() => TextsAsync(foreign, "select 'in'"));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
        finally
        {
            await DatabaseInstaller.DropAsync(_admin, second, CancellationToken.None);
        }
    }

    [Fact]
    public async Task What_a_migration_makes_belongs_to_the_group_role()
    {
        var installed = await InstallAsync(new Migration("0001_thing.sql", "create schema made; create table made.thing (id int)"));

        Assert.Equal(
            ["fleetchat_owner"],
            await TextsAsync(installed.Owner, "select tableowner from pg_tables where schemaname in ('made', 'migration') group by 1"));
    }

    [Fact]
    public async Task Installing_again_runs_only_what_is_new_and_takes_the_new_passwords()
    {
        var first = new Migration("0001_first.sql", "create schema made; create table made.first (id int)");
        var before = await InstallAsync(first);

        var after = await InstallAsync(first, new Migration("0002_second.sql", "create table made.second (id int)"));

        Assert.Equal(["first", "second"], await TextsAsync(after.Owner, "select tablename from pg_tables where schemaname = 'made' order by 1"));
        var stale = new NpgsqlConnectionStringBuilder(before.Owner) { Pooling = false }.ConnectionString;
        await Assert.ThrowsAsync<PostgresException>(() => TextsAsync(stale, "select 'in'"));
    }

    [Fact]
    public async Task Failing_migration_leaves_nothing_of_itself_and_is_named()
    {
        var first = new Migration("0001_first.sql", "create schema made");
        var failing = new Migration("0002_failing.sql", "create table made.half (id int); select 1 / 0");

        var refused = await Assert.ThrowsAsync<DatabaseRefusedException>(() => InstallAsync(first, failing));

        Assert.Contains("0002_failing.sql", refused.Message, StringComparison.Ordinal);
        var repaired = await InstallAsync(first, new Migration("0002_failing.sql", "create table made.whole (id int)"));
        Assert.Equal(["whole"], await TextsAsync(repaired.Owner, "select tablename from pg_tables where schemaname = 'made'"));
    }

    [Fact]
    public async Task Migration_may_quote_in_every_way_that_Postgres_knows()
    {
        const string Sql = """
            -- It's a comment; with a semicolon, a $variable$ and a ':' in it.
            create schema made;
            create table made.texts (text text not null);
            create function made.say() returns void language plpgsql as $body$
            begin
                insert into made.texts values ('it''s; $one$');
                execute format('insert into made.texts values (%L)', $inner$two;
            ;
            $inner$);
            end
            $body$;
            /* don't; /* nested; */ */
            select made.say();
            do $$ begin insert into made.texts values (E'three\'s'); end $$;
            """;

        var installed = await InstallAsync(new Migration("0001_quoting.sql", Sql));

        Assert.Equal(
            ["it's; $one$", "three's", "two;\n;\n"],
            (await TextsAsync(installed.Owner, "select text from made.texts order by text")).Select(text => text.ReplaceLineEndings("\n")));
    }

    [Fact]
    public async Task Schema_public_and_temporary_tables_are_nobodys()
    {
        var installed = await InstallAsync();

        foreach (var login in new[] { installed.App, installed.System, installed.LocalRuntime })
        {
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusalAsync(login, "create table public.mine (id int)"));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusalAsync(login, "create temporary table mine (id int)"));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusalAsync(login, "create schema mine"));
        }
    }

    [Fact]
    public async Task Only_the_local_runtime_enters_its_schema_and_it_enters_no_other()
    {
        var installed = await DatabaseInstaller.InstallAsync(_admin, _database, DatabaseLogins.For(_database), CancellationToken.None);
        await TextsAsync(installed.LocalRuntime, "create table localhost.mine (id int)");

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusalAsync(installed.App, "select 1 from localhost.mine"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusalAsync(installed.System, "select 1 from localhost.mine"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusalAsync(installed.LocalRuntime, "select 1 from fleet.drivers"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await RefusalAsync(installed.LocalRuntime, "select 1 from directory.tenants"));
    }

    [Fact]
    public async Task Administrator_need_not_be_a_superuser()
    {
        await using var home = await TestDatabase.EmptyAsync("home");
        await using var administrator = await ScratchRole.CreateAsync(home, "createdb createrole");

        // Dropped by him, who owns it, before he is dropped himself.
        await DatabaseInstaller.InstallAsync(administrator.Login, _database, DatabaseLogins.For(_database), CancellationToken.None);
        await DatabaseInstaller.DropAsync(administrator.Login, _database, CancellationToken.None);
    }

    [Fact]
    public async Task Dropping_removes_the_database_and_its_logins()
    {
        await InstallAsync();

        await DatabaseInstaller.DropAsync(_admin, _database, CancellationToken.None);

        Assert.Empty(await TextsAsync(_admin, "select datname from pg_database where datname = $1", P.Text(_database)));
        Assert.Empty(await TextsAsync(_admin, "select rolname from pg_roles where starts_with(rolname, $1)", P.Text(_database)));
    }

    [Fact]
    public async Task Settings_of_the_administrator_that_PgBouncer_refuses_do_not_reach_the_logins()
    {
        var installed = await DatabaseInstaller.InstallAsync(
            $"{_admin};Search Path=public;Options=-c statement_timeout=0", _database, DatabaseLogins.For(_database), [], CancellationToken.None);

        Assert.DoesNotContain("Search Path", installed.App, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Options", installed.App, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Fleet")]
    [InlineData("fleet-chat")]
    [InlineData("a_name_that_is_longer_than_what_leaves_room_for_a_login")]
    public async Task Name_that_would_have_to_be_quoted_or_cut_is_refused(string name)
        => await Assert.ThrowsAsync<ArgumentException>(
            () => DatabaseInstaller.InstallAsync(_admin, name, DatabaseLogins.For("any"), CancellationToken.None));

    private Task<InstalledDatabase> InstallAsync(params Migration[] migrations)
        => DatabaseInstaller.InstallAsync(_admin, _database, DatabaseLogins.For(_database), migrations, CancellationToken.None);

    private static async Task<string> RefusalAsync(string connectionString, string sql)
        => (await Assert.ThrowsAsync<PostgresException>(() => TextsAsync(connectionString, sql))).SqlState;

    private static async Task<List<string>> TextsAsync(string connectionString, string sql, params NpgsqlParameter[] parameters)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync();
        var texts = new List<string>();
        while (await reader.ReadAsync())
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }
}
