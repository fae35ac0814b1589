using System.Collections.Concurrent;
using FleetChat.Core;
using FleetChat.Core.Data;
using FleetChat.Tests.Guards;
using Npgsql;

namespace FleetChat.Tests.Postgres;

/// <summary>A database of a test's or a test class's own, dropped with it.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    /// <summary>So many tests run at once, and now and then one has two. Each keeps sessions that others may want.</summary>
    private const int MostKept = 3;

    private static readonly ConcurrentBag<TestDatabase> s_kept = [];

    private readonly List<NpgsqlDataSource> _sources = [];
    private readonly NpgsqlDataSource _admin;
    private string _schema = "";

    private TestDatabase(string name, string adminConnectionString, PgBouncer? bouncer, bool isLent = false)
    {
        Name = name;
        IsDirect = bouncer is null;
        // Many classes at once, some with several hosts, share the server's connections.
        var pooled = new NpgsqlConnectionStringBuilder(adminConnectionString) { MaxPoolSize = 20 };
        if (isLent) (pooled.ConnectionIdleLifetime, pooled.ConnectionPruningInterval) = (10, 5);
        var direct = DatabaseInstaller.Connections(pooled.ConnectionString, name, TestPostgres.Logins);
        Logins = bouncer is null ? direct : direct with { App = bouncer.Through(direct.App), System = bouncer.Through(direct.System) };
        Admin = new NpgsqlConnectionStringBuilder(adminConnectionString) { Database = name }.ConnectionString;
        // Beginning a session costs more than most of what is asked in one.
        _admin = Open(new NpgsqlConnectionStringBuilder(Admin) { MaxPoolSize = 4 }.ConnectionString);
        OwnerSource = Open(Logins.Owner);
        AppSource = Open(Logins.App);
        SystemSource = Open(Logins.System);
        if (isLent) Lent = new(Keep(ServiceRegistration.Open(Logins.App, identity: "", prepare: true)), Keep(ServiceRegistration.Open(Logins.System, identity: "", prepare: true)));
    }

    public string Name { get; }

    public InstalledDatabase Logins { get; }

    /// <summary>Whether no pooler stands between.</summary>
    public bool IsDirect { get; }

    /// <summary>The superuser's connection to this database, whom row-level security does not bind.</summary>
    public string Admin { get; }

    public NpgsqlDataSource OwnerSource { get; }
    public NpgsqlDataSource AppSource { get; }
    public NpgsqlDataSource SystemSource { get; }

    /// <summary>Core's own sessions, for one that is lent; null: whoever uses it opens his own.</summary>
    internal LentSessions? Lent { get; }

    /// <summary>
    /// As after all migrations, and perhaps one that an earlier test has used, whose sessions and plans are still there: beginning a
    /// session and planning anew cost more than most tests do. For what Core does in this process; who lets another process
    /// work on it takes <see cref="CreateAsync"/>. One whose schema a test has changed is not lent again.
    /// </summary>
    public static async Task<TestDatabase> BorrowAsync()
    {
        if (s_kept.TryTake(out var kept)) return kept;
        var made = new TestDatabase(await TestPostgres.CopyMigratedAsync("lent"), await TestPostgres.AdminConnectionStringAsync(), bouncer: null, isLent: true);
        if (Mutant.SchemaChange is { } change) await made.ExecuteAsAdminAsync(change);
        made._schema = await made.ScalarAsAdminAsync<string>(SchemaSql);
        return made;
    }

    /// <summary>With all migrations.</summary>
    /// <param name="name">Part of the database's name, for people.</param>
    /// <param name="door">The way of the app's and the system's login; the others migrate and run LocalRuntime, and go straight.</param>
    public static async Task<TestDatabase> CreateAsync(string name, Door door = Door.Direct)
    {
        var database = new TestDatabase(
            await TestPostgres.CopyMigratedAsync(name),
            await TestPostgres.AdminConnectionStringAsync(),
            door == Door.PgBouncer ? await PgBouncer.SharedAsync() : null);
        if (Mutant.SchemaChange is { } change) await database.ExecuteAsAdminAsync(change);
        return database;
    }

    /// <summary>With nothing but the schema localhost, which the login <see cref="InstalledDatabase.LocalRuntime"/> owns.</summary>
    public static async Task<TestDatabase> EmptyAsync(string name)
        => new(await TestPostgres.CopyEmptyAsync(name), await TestPostgres.AdminConnectionStringAsync(), bouncer: null);

    /// <summary>As the superuser: for what a test arranges or looks up behind the product's back.</summary>
    public async Task ExecuteAsAdminAsync(string sql, params NpgsqlParameter[] parameters)
    {
        await using var command = _admin.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync();
    }

    /// <inheritdoc cref="ExecuteAsAdminAsync"/>
    public async Task<T> ScalarAsAdminAsync<T>(string sql, params NpgsqlParameter[] parameters)
    {
        await using var command = _admin.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        if (Lent is not null && s_kept.Count < MostKept && await TryClearAsync())
        {
            s_kept.Add(this);
            return;
        }

        await DropAsync();
    }

    /// <summary>Those that would be lent again.</summary>
    internal static async Task DropKeptAsync()
    {
        while (s_kept.TryTake(out var kept)) await kept.DropAsync();
    }

    private async Task DropAsync()
    {
        foreach (var source in _sources)
        {
            await source.DisposeAsync();
        }

        await TestPostgres.DropAsync(Name);
    }

    // What the migrations entered is entered again.
    private const string ClearSql = """
        do $$
        declare
            kept text;
        begin
            perform set_config('session_replication_role', 'replica', true), set_config('lock_timeout', '5s', true);
            for kept in
                select c.oid::regclass
                from pg_class c
                where c.relnamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
                  and c.relkind in ('r', 'p')
                  and not c.relispartition
            loop
                execute 'delete from ' || kept;
            end loop;
            insert into directory.portfolios (portfolio_id, limit_at) values ('platform', '-infinity');
            insert into fleet.platform_audit_head (seq, mac) values (0, decode(repeat('00', 32), 'hex'));
        end
        $$
        """;

    // How many there are of each, and who made or changed the newest.
    private const string SchemaSql = """
        select string_agg(kind || ' ' || n || ' ' || newest, ', ' order by kind)
        from (
            select 'namespaces' as kind, count(*) as n, max(xmin::text::bigint) as newest from pg_namespace where nspname !~ '^pg_'
            union all
            select 'classes', count(*), max(c.xmin::text::bigint) from pg_class c where c.relnamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
            union all
            select 'constraints', count(*), max(xmin::text::bigint) from pg_constraint
            union all
            select 'triggers', count(*), max(xmin::text::bigint) from pg_trigger
            union all
            select 'policies', count(*), max(xmin::text::bigint) from pg_policy
            union all
            select 'functions', count(*), max(p.xmin::text::bigint) from pg_proc p where p.pronamespace in ('fleet'::regnamespace, 'directory'::regnamespace)
        ) schema
        """;

    /// <returns>False: somebody still holds what is in it, or the schema is another one.</returns>
    internal async Task<bool> TryClearAsync()
    {
        try
        {
            if (await ScalarAsAdminAsync<string>(SchemaSql) != _schema) return false;
            await ExecuteAsAdminAsync(ClearSql);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private NpgsqlDataSource Open(string connectionString) => Keep(NpgsqlDataSource.Create(connectionString));

    private NpgsqlDataSource Keep(NpgsqlDataSource source)
    {
        _sources.Add(source);
        return source;
    }
}

/// <summary>As Core opens them, and kept while one test after the other has the database.</summary>
internal sealed record LentSessions(NpgsqlDataSource App, NpgsqlDataSource System);
