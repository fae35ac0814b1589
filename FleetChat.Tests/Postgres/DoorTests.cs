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
    private const string LeftSql = "select coalesce(current_setting('app.tenant_id', true), '')";

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

        Assert.All(seen, one => Assert.Equal(one.Value, one.Seen));
        Assert.Empty(await ListLeftAsync());
    }

    /// <summary>What would be wrong without it: the next client that is lent the session would read as that tenant.</summary>
    [DoorFact]
    public async Task Tenant_that_somebody_sets_for_a_session_is_found_in_it()
    {
        if (door == Door.Direct)
        {
            // Straight, a session is its client's own, and is cleared when it goes back to the pool.
            await SetForSessionAsync();
            Assert.Empty(await ListLeftAsync());
            return;
        }

        // PgBouncer ends sessions that nobody used for two seconds, and with one what was set in it.
        await Until.TrueAsync(async () =>
        {
            await SetForSessionAsync();
            return await ListLeftAsync() is ["tenant_001"];
        }, because: "the tenant to be found in the session that PgBouncer keeps");
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

    private async Task SetForSessionAsync()
    {
        await using var command = _database.AppSource.CreateCommand("set app.tenant_id = 'tenant_001'");
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The tenants that sessions of the server still have, of all that a client could be lent.</summary>
    private async Task<List<string>> ListLeftAsync()
    {
        // Each holds a transaction open, so that no two are lent the same session.
        var held = new List<(NpgsqlConnection Connection, NpgsqlTransaction Transaction)>();
        try
        {
            var left = new List<string>();
            for (var n = 0; n < PgBouncer.PoolSize; n++)
            {
                var connection = await _database.AppSource.OpenConnectionAsync();
                held.Add((connection, await connection.BeginTransactionAsync()));
                await using var asked = new NpgsqlCommand(LeftSql, connection);
                if (await asked.ExecuteScalarAsync() is string { Length: > 0 } tenant) left.Add(tenant);
            }
            return left;
        }
        finally
        {
            foreach (var (connection, transaction) in held)
            {
                await transaction.DisposeAsync();
                await connection.DisposeAsync();
            }
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
