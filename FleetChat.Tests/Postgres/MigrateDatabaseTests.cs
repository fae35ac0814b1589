using Azure.Core;
using FleetChat.Core.Data;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace FleetChat.Tests.Postgres;

/// <summary>As a deployment migrates on Azure: identities in the place of passwords, whose function there a small one stands for.</summary>
public sealed class MigrateDatabaseTests : IAsyncLifetime
{
    private const string AppPrincipal = "00000000-0000-0000-0000-00000000000a";
    private const string SystemPrincipal = "00000000-0000-0000-0000-00000000000b";

    // Azure's makes a role that only the identity can be; this one takes the identity's id for its token.
    private const string StandIn = """
        create function pgaadauth_create_principal_with_oid(name text, principal text, kind text, is_admin boolean, is_mfa boolean) returns text language plpgsql as $$
        begin
            if kind <> 'service' or is_admin or is_mfa then
                raise exception 'no principal of ours';
            end if;
            execute format('create role %I login password %L', name, principal);
            return 'Created role for ' || name;
        end
        $$
        """;

    private readonly string _name = TestPostgres.NewName("migrated");
    private TestDatabase _home = null!;
    private StubCredential _administrator = null!;

    private string App => $"id-{_name}-app";

    private string System => $"id-{_name}-system";

    public async Task InitializeAsync()
    {
        _home = await TestDatabase.EmptyAsync("home");
        await _home.ExecuteAsAdminAsync(StandIn);
        _administrator = new(new NpgsqlConnectionStringBuilder(_home.Admin).Password!);
    }

    public async Task DisposeAsync()
    {
        await using (var admin = await AdministratorConnection.OpenAsync(_home.Admin, database: null, CancellationToken.None))
        {
            await DatabaseInstaller.DropDatabaseAsync(admin, _name, CancellationToken.None);
            foreach (var login in new[] { App, System }) await admin.ExecuteAsync("drop role if exists %I", CancellationToken.None, login);
        }
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task Identities_become_logins_with_which_the_host_starts_and_no_password_is_made()
    {
        var last = await MigrateDatabase.RunAsync(Options(), _administrator, Migration.All, CancellationToken.None);

        Assert.Equal(Migration.All[^1].Name, last);
        await using var app = Source(App, AppPrincipal);
        await using var system = Source(System, SystemPrincipal);
        await DatabaseGuard.CheckAsync(app, system, CancellationToken.None);
        Assert.Equal(["https://ossrdbms-aad.database.windows.net/.default"], _administrator.Scopes.Distinct());
    }

    [Fact]
    public async Task What_it_makes_belongs_to_the_group_role_and_not_to_who_ran_it()
    {
        await MigrateDatabase.RunAsync(Options(), _administrator, [new("0001_thing.sql", "create schema made; create table made.thing (id int)")], CancellationToken.None);

        Assert.Equal("fleetchat_owner", await TextAsync("select string_agg(distinct tableowner, ', ') from pg_tables where schemaname in ('made', 'migration')"));
    }

    [Fact]
    public async Task Running_it_again_runs_only_what_is_new()
    {
        var first = new Migration("0001_first.sql", "create schema made; create table made.first (id int)");
        await MigrateDatabase.RunAsync(Options(), _administrator, [first], CancellationToken.None);

        await MigrateDatabase.RunAsync(Options(), _administrator, [first, new("0002_second.sql", "create table made.second (id int)")], CancellationToken.None);

        Assert.Equal("0001_first.sql, 0002_second.sql", await TextAsync("select string_agg(scriptname, ', ' order by scriptname) from migration.journal"));
    }

    [Fact]
    public async Task A_login_that_is_no_identity_gets_no_password()
    {
        var options = Options();
        options.AppPrincipal = options.SystemPrincipal = "";

        await MigrateDatabase.RunAsync(options, _administrator, [new("0001_none.sql", "select 1")], CancellationToken.None);

        Assert.Equal("2", await TextAsync($"select count(*)::text from pg_authid where rolname in ('{App}', '{System}') and rolcanlogin and rolpassword is null"));
    }

    [Fact]
    public async Task Administrators_of_Azures_server_may_become_either_role_and_inherit_nothing_of_it()
    {
        await _home.ExecuteAsAdminAsync("create role azure_pg_admin");
        try
        {
            await MigrateDatabase.RunAsync(Options(), _administrator, [new("0001_none.sql", "select 1")], CancellationToken.None);

            Assert.Equal(
                "fleetchat_app, fleetchat_system",
                await TextAsync("""
                    select string_agg(r.rolname || case when current_setting('server_version_num')::int >= 160000 and pg_has_role('azure_pg_admin', r.oid, 'usage') then ' and all that it has' else '' end, ', ' order by r.rolname)
                    from pg_roles r
                    where r.rolname like 'fleetchat%' and pg_has_role('azure_pg_admin', r.oid, 'member')
                    """));
        }
        finally
        {
            await _home.ExecuteAsAdminAsync("drop role azure_pg_admin");
        }
    }

    [Fact]
    public async Task A_failing_script_is_named_and_ends_it()
    {
        var refused = await Assert.ThrowsAsync<DatabaseRefusedException>(() => MigrateDatabase.RunAsync(Options(), _administrator, [new("0001_failing.sql", "select 1 / 0")], CancellationToken.None));

        Assert.Contains("0001_failing.sql", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_that_are_missing_are_named()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("FleetChat:Migration:App", (string?)"app")]).Build();

        var refused = await Assert.ThrowsAsync<DatabaseRefusedException>(() => MigrateDatabase.RunAsync(settings, CancellationToken.None));

        Assert.Contains("FleetChat:Migration:Administrator, FleetChat:Migration:System", refused.Message, StringComparison.Ordinal);
    }

    private MigrationOptions Options() => new()
    {
        Administrator = new NpgsqlConnectionStringBuilder(_home.Admin) { Password = null }.ConnectionString,
        Database = _name,
        App = App,
        AppPrincipal = AppPrincipal,
        System = System,
        SystemPrincipal = SystemPrincipal,
    };

    private NpgsqlDataSource Source(string login, string token)
    {
        var connection = new NpgsqlConnectionStringBuilder(_home.Admin) { Database = _name, Username = login, Password = null, Pooling = false };
        return new NpgsqlDataSourceBuilder(connection.ConnectionString).UseTokensOf(new StubCredential(token)).Build();
    }

    private async Task<string?> TextAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_home.Admin) { Database = _name, Pooling = false });
        return (string?)await source.CreateCommand(sql).ExecuteScalarAsync();
    }

    private sealed class StubCredential(string token) : TokenCredential
    {
        public List<string> Scopes { get; } = [];

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            lock (Scopes) Scopes.AddRange(requestContext.Scopes);
            return new(token, DateTimeOffset.MaxValue);
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
    }
}
