using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace FleetChat.Tests.LocalHost.Doctor;

/// <summary>A Postgres that loses data, wastes room or makes others wait.</summary>
public sealed class ServerDoctorTests : IAsyncLifetime
{
    private Patient _patient = null!;

    public async Task InitializeAsync() => _patient = await Patient.WithDatabaseAsync();

    public Task DisposeAsync() => _patient.DisposeAsync().AsTask();

    [Fact]
    public Task Server_that_is_too_old_is_found() => _patient.AssertProblemAsync("postgres.version", "PostgreSQL ", e => e with { Limits = new() { PostgresMajor = 999 } });

    // The clusters of tests and demos are such, because they are thrown away.
    [Theory]
    [InlineData("fsync")]
    [InlineData("full_page_writes")]
    public async Task Server_that_does_not_survive_a_power_failure_is_found(string setting)
    {
        if (await _patient.Database.ScalarAsAdminAsync<string>("select current_setting($1)", P.Text(setting)) == "on") return;

        await _patient.AssertProblemAsync($"postgres.{setting}", $"{setting} is off");
    }

    [Fact]
    public async Task Acknowledged_and_not_yet_stored_is_found()
    {
        await _patient.AssertFineAsync("postgres.synchronous_commit");

        await _patient.ExecuteAsync($"alter role {TestPostgres.Logins.App.Name} in database {_patient.Database.Name} set synchronous_commit = off");

        await _patient.AssertProblemAsync("postgres.synchronous_commit", TestPostgres.Logins.App.Name);
    }

    [Fact]
    public async Task Another_time_zone_is_found()
    {
        await _patient.ExecuteAsync($"alter database {_patient.Database.Name} set timezone = 'America/Chicago'");

        await _patient.AssertWarningAsync("postgres.timezone", "America/Chicago");
    }

    [Fact]
    public async Task Few_free_connections_are_found()
    {
        await _patient.ExecuteAsync($"alter database {_patient.Database.Name} connection limit 5");
        await using var one = await _patient.Database.AppSource.OpenConnectionAsync();
        await using var two = await _patient.Database.AppSource.OpenConnectionAsync();

        await _patient.AssertWarningAsync("postgres.connections", "connections are free");
    }

    [Fact]
    public async Task Transaction_that_stays_open_is_found()
    {
        await _patient.AssertFineAsync("postgres.long_transactions", e => e with { Limits = new() { Transaction = TimeSpan.Zero } });
        await using var forgotten = await _patient.Database.AppSource.OpenConnectionAsync();
        await using var transaction = await forgotten.BeginTransactionAsync();
        await RunAsync(forgotten, "select 1");

        await _patient.AssertWarningAsync("postgres.long_transactions", $"process {forgotten.ProcessID} ", e => e with { Limits = new() { Transaction = TimeSpan.Zero } });
    }

    [Fact]
    public async Task Session_that_waits_behind_another_is_found()
    {
        await using var holder = await _patient.Database.OwnerSource.OpenConnectionAsync();
        await using var holding = await holder.BeginTransactionAsync();
        await RunAsync(holder, "lock table directory.tenants in access exclusive mode");
        await using var waiter = await _patient.Database.SystemSource.OpenConnectionAsync();
        var waits = RunAsync(waiter, "select tenant_id from directory.tenants");
        await Until.TrueAsync(
            async () => await _patient.Database.ScalarAsAdminAsync<bool>("select exists (select from pg_locks where pid = $1 and waitstart is not null)", P.Number(waiter.ProcessID)), because: "the second session to wait");

        await _patient.AssertWarningAsync(
            "postgres.lock_waits", string.Create(CultureInfo.InvariantCulture, $"process {waiter.ProcessID} behind {holder.ProcessID}"), e => e with { Limits = new() { LockWait = TimeSpan.Zero } });
        await holding.RollbackAsync();
        await waits;
    }

    [Fact]
    public async Task Table_full_of_dead_rows_without_autovacuum_is_found()
    {
        await _patient.AssertFineAsync("postgres.autovacuum");
        await _patient.ExecuteAsync("create table localhost.swollen (id int) with (autovacuum_enabled = false)");
        await _patient.ExecuteAsync("insert into localhost.swollen select generate_series(1, 1000)");
        await _patient.ExecuteAsync("delete from localhost.swollen");
        await Until.TrueAsync(
            async () => await _patient.Database.ScalarAsAdminAsync<bool>("select exists (select from pg_stat_user_tables where relname = 'swollen' and n_dead_tup > 500)"), because: "the statistics to arrive");

        await _patient.AssertWarningAsync("postgres.dead_rows", "localhost.swollen has 1000 dead", e => e with { Limits = new() { DeadRows = 500 } });
        await _patient.AssertWarningAsync("postgres.autovacuum", "localhost.swollen");
    }

    [Fact]
    public Task Rows_that_were_not_frozen_for_long_are_found()
        => _patient.AssertWarningAsync("postgres.transaction_age", "transactions since", e => e with { Limits = new() { TransactionAge = 0 } });

    [Fact]
    public Task Clock_that_differs_from_the_databases_is_found() => _patient.AssertProblemAsync(
        "clock.skew", "ahead of the database", e => e with { Time = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddHours(1)) });

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
