using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Tests.Postgres;

[Through(Door.Direct)]
public sealed class DirectDoorTests() : DoorTests(Door.Direct);

[Through(Door.PgBouncer)]
public sealed class PgBouncerDoorTests() : DoorTests(Door.PgBouncer);

/// <summary>What every other database test counts on, by both ways.</summary>
public abstract class DoorTests(Door door) : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await TestDatabase.CreateAsync("door", door);

    public Task DisposeAsync() => _database.DisposeAsync().AsTask();

    [DoorFact]
    public Task Guard_is_content() => DatabaseGuard.CheckAsync(_database.AppSource, _database.SystemSource, CancellationToken.None);

    [DoorFact]
    public async Task Tenant_is_set_in_the_statements_own_transaction_and_nowhere_after_it()
    {
        const string Setting = "select coalesce(current_setting('app.tenant_id', true), ''), $1";
        var tenants = new TenantDbs(_database.AppSource);

        // More statements at once than PgBouncer has server sessions, so that each serves several tenants in turn.
        var seen = await Task.WhenAll(Enumerable.Range(0, 60).Select(async number =>
        {
            var tenant = TenantId.Parse($"tenant_{number % 7:d3}");
            return (tenant.Value, Seen: await tenants.For(tenant).FindAsync(Setting, row => row.GetString(0), CancellationToken.None));
        }));
        await using var command = _database.AppSource.CreateCommand("select coalesce(current_setting('app.tenant_id', true), '')");
        var afterwards = (string)(await command.ExecuteScalarAsync())!;

        Assert.All(seen, one => Assert.Equal(one.Value, one.Seen));
        Assert.Equal("", afterwards);
    }

    [DoorFact]
    public async Task Setting_of_a_session_is_refused_by_PgBouncer_alone()
    {
        var withOptions = new NpgsqlConnectionStringBuilder(_database.Logins.App) { Options = "-c statement_timeout=5000", Pooling = false };
        await using var connection = new NpgsqlConnection(withOptions.ConnectionString);

        if (door == Door.PgBouncer)
        {
            await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync());
        }
        else
        {
            await connection.OpenAsync();
        }
    }

    [DoorFact]
    public async Task Wrong_password_is_refused()
    {
        var wrong = new NpgsqlConnectionStringBuilder(_database.Logins.App) { Password = "wrong", Pooling = false };
        await using var connection = new NpgsqlConnection(wrong.ConnectionString);

        await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync());
    }
}

public sealed class PgBouncerTests
{
    [Theory]
    [InlineData(null, null, true)]
    [InlineData(null, "true", false)]
    [InlineData("/usr/sbin/pgbouncer", null, false)]
    public void Machine_without_it_skips_with_a_reason_and_a_build_machine_does_not(string? program, string? ci, bool skips)
        => Assert.Equal(skips, PgBouncer.ReasonToSkip(program, ci) is not null);
}
