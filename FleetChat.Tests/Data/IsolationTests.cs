using FleetChat.Tests.Guards;
using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.Data;

/// <summary>
/// Two tenants' rows in every tenant table, and the app's role granted everything: what keeps the tenants apart is then
/// row-level security alone.
/// </summary>
public sealed class IsolatedTenants : IAsyncDisposable
{
    public const string One = "isolation1one";
    public const string Other = "isolation2other";

    private IsolatedTenants(TestDatabase database, IReadOnlyList<ProbeTable> tables)
    {
        Database = database;
        Tables = tables;
    }

    public TestDatabase Database { get; }

    internal IReadOnlyList<ProbeTable> Tables { get; }

    public static async Task<IsolatedTenants> CreateAsync(Door door)
    {
        var database = await TestDatabase.CreateAsync("isolation", door);
        await using var admin = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.Admin) { Pooling = false }.ConnectionString);
        var tables = await ProbeRows.TablesAsync(admin);
        await database.ExecuteAsAdminAsync("grant select, insert, update, delete on all tables in schema fleet, directory to fleetchat_app");
        var inserts = tables.Where(table => !table.IsPartition).SelectMany(table => new[] { table.Insert(One), table.Insert(Other) });
        await database.ExecuteAsAdminAsync(string.Join(";\n", inserts));
        return new IsolatedTenants(database, tables);
    }

    public ValueTask DisposeAsync() => Database.DisposeAsync();

    internal Task<IReadOnlyList<string>> FindingsAsync(NpgsqlDataSource source) => new IsolationProbe(source, Tables, One, Other).FindingsAsync();

    internal Task<IReadOnlyList<string>> SeenWithoutTenantAsync(NpgsqlDataSource source)
        => new IsolationProbe(source, Tables, One, Other).SeenWithoutTenantAsync();
}

[Through(Door.Direct)]
public sealed class DirectIsolationTests() : IsolationTests(Door.Direct);

[Through(Door.PgBouncer)]
public sealed class PgBouncerIsolationTests() : IsolationTests(Door.PgBouncer);

public abstract class IsolationTests(Door door) : IAsyncLifetime
{
    private IsolatedTenants _tenants = null!;

    public async Task InitializeAsync() => _tenants = await IsolatedTenants.CreateAsync(door);

    public Task DisposeAsync() => _tenants.DisposeAsync().AsTask();

    [DoorFact]
    [Catches(Guard.RowSecurity)]
    public async Task No_statement_of_a_tenant_reaches_a_row_of_the_other_in_any_table()
        => Assert.Equal([], await _tenants.FindingsAsync(_tenants.Database.AppSource));

    [DoorFact]
    [Catches(Guard.RowSecurity)]
    public async Task Statement_without_a_tenant_sees_nothing_not_even_after_one_with_a_tenant()
    {
        await _tenants.FindingsAsync(_tenants.Database.AppSource);

        Assert.Equal([], await _tenants.SeenWithoutTenantAsync(_tenants.Database.AppSource));
    }
}

public sealed class IsolationMutantTests : IAsyncLifetime
{
    private IsolatedTenants _tenants = null!;

    public async Task InitializeAsync() => _tenants = await IsolatedTenants.CreateAsync(Door.Direct);

    public Task DisposeAsync() => _tenants.DisposeAsync().AsTask();

    [Theory]
    [InlineData(
        "alter table fleet.stops disable row level security",
        "fleet.stops: select sees the other tenant's rows",
        "fleet.stops: insert of a row of the other tenant",
        "fleet.stops: update changes the other tenant's rows",
        "fleet.stops: update gives a row to the other tenant")]
    [InlineData("alter policy tenant on fleet.stops using (true)", "fleet.stops: select sees the other tenant's rows", "fleet.stops: update reaches the other tenant's rows (42501)")]
    [InlineData("alter policy tenant on fleet.stops with check (true)", "fleet.stops: insert of a row of the other tenant", "fleet.stops: update gives a row to the other tenant")]
    [InlineData("alter policy tenant on fleet.transport_events using (true)", "fleet.transport_events: delete removes the other tenant's rows")]
    [InlineData("create policy more on fleet.stops to fleetchat_app using (true)", "fleet.stops: select sees the other tenant's rows")]
    [InlineData("alter policy tenant on fleet.inbox_keys using (true)", "fleet.inbox_keys: select sees the other tenant's rows")]
    [InlineData("alter policy tenant on fleet.stops using (false)", "fleet.stops: select does not see the tenant's own rows")]
    public async Task Row_security_that_was_weakened_is_found_out(string change, params string[] findings)
    {
        await _tenants.Database.ExecuteAsAdminAsync(change);

        var found = await _tenants.FindingsAsync(_tenants.Database.AppSource);

        Assert.Subset(found.ToHashSet(), findings.ToHashSet());
    }

    [Fact]
    public async Task Role_that_bypasses_row_security_is_found_out_in_every_table()
    {
        await using var role = await ScratchRole.CreateAsync(_tenants.Database, "bypassrls in role fleetchat_app");
        await using var source = NpgsqlDataSource.Create(role.Login);

        var found = await _tenants.FindingsAsync(source);

        Assert.All(_tenants.Tables.Where(table => !table.IsPartition), table => Assert.Contains($"{table.Name}: select sees the other tenant's rows", found));
    }

    [Fact]
    public async Task Owner_sees_nothing_because_row_security_is_forced()
        => Assert.Equal([], await _tenants.SeenWithoutTenantAsync(_tenants.Database.OwnerSource));

    [Fact]
    public async Task Owner_sees_a_table_whose_row_security_is_not_forced()
    {
        await _tenants.Database.ExecuteAsAdminAsync("alter table fleet.stops no force row level security");

        Assert.Equal(["fleet.stops: select without a tenant sees rows"], await _tenants.SeenWithoutTenantAsync(_tenants.Database.OwnerSource));
    }
}
