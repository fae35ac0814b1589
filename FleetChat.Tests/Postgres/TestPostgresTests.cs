using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Tests.Postgres;

public sealed class TestPostgresTests
{
    [Fact]
    public async Task Databases_of_two_classes_share_nothing_but_the_logins()
    {
        await using var one = await TestDatabase.CreateAsync("one");
        await using var other = await TestDatabase.CreateAsync("other");

        await one.ExecuteAsAdminAsync("create table only_here (id int)");

        Assert.False(await other.ScalarAsAdminAsync<bool>("select exists (select from pg_class where relname = 'only_here')"));
        Assert.Equal(new NpgsqlConnectionStringBuilder(one.Logins.App).Username, new NpgsqlConnectionStringBuilder(other.Logins.App).Username);
    }

    [Fact]
    public async Task Guard_is_content_with_a_copy_of_the_template()
    {
        await using var database = await TestDatabase.CreateAsync("guarded");

        await DatabaseGuard.CheckAsync(database.AppSource, database.SystemSource, CancellationToken.None);
    }

    [Fact]
    public async Task Empty_database_has_a_schema_for_the_local_runtime_alone()
    {
        await using var database = await TestDatabase.EmptyAsync("empty");
        await using var source = NpgsqlDataSource.Create(database.Logins.LocalRuntime);

        await using (var create = source.CreateCommand("create table localhost.things (id int)"))
        {
            await create.ExecuteNonQueryAsync();
        }

        Assert.Equal("localhost", await database.ScalarAsAdminAsync<string>("""
            select string_agg(nspname, ',')
            from pg_namespace
            where nspname !~ '^pg_'
              and pg_has_role((select tableowner from pg_tables where tablename = 'things'), nspowner, 'member')
            """));
    }

    [Fact]
    public async Task Disposed_database_is_gone()
    {
        var database = await TestDatabase.CreateAsync("gone");
        await database.DisposeAsync();

        await using var source = NpgsqlDataSource.Create(await TestPostgres.AdminConnectionStringAsync());
        await using var command = source.CreateCommand("select exists (select from pg_database where datname = $1)");
        command.Parameters.Add(P.Text(database.Name));
        Assert.False((bool)(await command.ExecuteScalarAsync())!);
    }

    /// <summary>What would else be found by the next test alone, in whatever order they run.</summary>
    [Fact]
    public async Task What_is_lent_again_holds_what_the_migrations_entered_and_nothing_else()
    {
        await using var fresh = await TestDatabase.CreateAsync("fresh");
        var used = await TestDatabase.BorrowAsync();
        await using (var fleet = await TestFleet.StartAsync(used))
        {
            var company = await fleet.AddCompanyAsync();
            await fleet.AddDriverAsync(company, "11", "+15125550111");
            await used.ExecuteAsAdminAsync("update fleet.platform_audit_head set seq = 7");
        }

        Assert.NotEqual(await fresh.ScalarAsAdminAsync<string>(ContentSql), await used.ScalarAsAdminAsync<string>(ContentSql));
        Assert.True(await used.TryClearAsync());

        Assert.Equal(await fresh.ScalarAsAdminAsync<string>(ContentSql), await used.ScalarAsAdminAsync<string>(ContentSql));
        await used.ExecuteAsAdminAsync("alter table fleet.stops add constraint refuses check (false) not valid");
        Assert.False(await used.TryClearAsync());
        await used.DisposeAsync();
    }

    /// <summary>The rows of every table, as text.</summary>
    private const string ContentSql = """
        select string_agg(t.name || ': ' || (xpath('/table/row/row/text()', query_to_xml(format('select r::text as row from %s r order by 1', t.name), false, false, '')))::text, e'\n' order by t.name)
        from (
            select c.oid::regclass::text as name
            from pg_class c
            where c.relnamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
              and c.relkind in ('r', 'p')
              and not c.relispartition
        ) t
        """;
}
