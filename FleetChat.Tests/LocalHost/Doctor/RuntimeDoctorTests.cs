using FleetChat.LocalHost.Hosting;
using FleetChat.LocalRuntime;
using FleetChat.Tests.LocalRuntime;
using Npgsql;

namespace FleetChat.Tests.LocalHost.Doctor;

/// <summary>Hosts, timers, queues and orchestrations that do not move.</summary>
public sealed class RuntimeDoctorTests : IAsyncLifetime
{
    private Patient _patient = null!;

    public async Task InitializeAsync() => _patient = await Patient.WithRuntimeAsync();

    public Task DisposeAsync() => _patient.DisposeAsync().AsTask();

    [Fact]
    public Task No_living_host_is_found() => _patient.AssertProblemAsync("hosts.alive", "no host lives");

    [Fact]
    public async Task Host_that_runs_and_does_not_beat_is_found()
    {
        await AddDeadHostAsync();

        await _patient.AssertProblemAsync("hosts.alive", "has not told that it lives for 1 h", e => e with { Installation = e.Installation with { Host = LocalHostSettings.FreeUrl() } });
    }

    [Fact]
    public async Task Dead_host_that_nobody_cleared_away_is_found()
    {
        await AddDeadHostAsync();

        await _patient.AssertWarningAsync("hosts.dead", "1 died, the last 1 h ago");
    }

    [Fact]
    public async Task Timer_that_is_overdue_or_held_by_a_dead_host_is_found()
    {
        await _patient.ExecuteAsync("""
            insert into localhost.timers (name, schedule, period, next_due, running_host)
            values ('Sweep', '*/5 * * * * *', interval '5 seconds', now() - interval '2 hours', null),
                ('KeepInbox', '0 17 * * * *', interval '1 hour', now() - interval '2 hours', 999)
            """);

        await _patient.AssertWarningAsync("timers.overdue", "Sweep by 2 h");
        await _patient.AssertWarningAsync("timers.held", "KeepInbox");
    }

    [Fact]
    public async Task Clock_that_is_ahead_or_stands_still_is_told()
    {
        await using var source = NpgsqlDataSource.Create($"{_patient.Database.Logins.LocalRuntime};Pooling=false");
        var clock = new BusinessClockControl(source);
        await _patient.AssertFineAsync("clock.business");

        await clock.SetOffsetAsync(TimeSpan.FromDays(40) + TimeSpan.FromSeconds(30));
        await _patient.AssertWarningAsync("clock.business", "runs 40 d ahead of real time");

        await clock.FreezeAsync(new DateTimeOffset(2027, 1, 31, 10, 0, 0, TimeSpan.Zero));
        await _patient.AssertWarningAsync("clock.business", "stands still at 2027-01-31 10:00:00.000Z");
    }

    [Fact]
    public async Task Script_of_the_runtime_that_was_not_run_is_found()
    {
        await _patient.AssertFineAsync("database.local_schema");

        await _patient.ExecuteAsync("delete from localhost.schema_versions where name like '%0002_orchestrations.sql'");

        await _patient.AssertProblemAsync("database.local_schema", "0002_orchestrations.sql");
    }

    [Fact]
    public async Task Queue_that_stands_still_is_found()
    {
        await _patient.ExecuteAsync("""
            insert into localhost.queue_messages (queue, body, inserted_at, claimed_by)
            values ('fleetchat-send', 'x', now() - interval '1 hour', null), ('fleetchat-send-poison', 'x', now(), null), ('fleetchat-process', 'x', now(), 999)
            """);

        await _patient.AssertWarningAsync("queues.poison", "1 of fleetchat-send");
        await _patient.AssertWarningAsync("queues.unserved", "fleetchat-send (1)");
        await _patient.AssertWarningAsync("queues.claimed_by_dead", "1 of fleetchat-process");
    }

    [Fact]
    public async Task Queue_whose_messages_are_old_although_a_host_serves_it_is_found()
    {
        await using var alive = await LiveAsync("fleetchat-send");
        await _patient.AssertFineAsync("hosts.alive");

        await _patient.ExecuteAsync("insert into localhost.queue_messages (queue, body, inserted_at) values ('fleetchat-send', 'x', now() - interval '1 hour')");

        await _patient.AssertWarningAsync("queues.old", "fleetchat-send since 1 h");
    }

    [Fact]
    public async Task Orchestration_that_nothing_will_move_is_found()
    {
        await AddInstanceAsync("idle", status: 0);
        await AddInstanceAsync("waits", status: 0);
        await AddTimerAsync("waits", "1 hour");

        await _patient.AssertWarningAsync("orchestrations.idle", "1 run and wait for nothing that is on its way: idle");
    }

    [Fact]
    public async Task Orchestration_that_did_not_take_its_timer_is_found()
    {
        await AddInstanceAsync("late", status: 0);
        await AddTimerAsync("late", "-1 hour");

        await _patient.AssertWarningAsync("orchestrations.overdue", "1 have not taken what is due: late");
    }

    [Fact]
    public async Task Orchestration_of_a_dead_host_is_found()
    {
        await AddInstanceAsync("orphan", status: 0, owner: 999);

        await _patient.AssertWarningAsync("orchestrations.orphaned", ": orphan");
    }

    [Fact]
    public async Task Orchestration_that_failed_lately_is_found()
    {
        await AddInstanceAsync("failed", status: 3);

        await _patient.AssertWarningAsync("orchestrations.failed", "1 failed in the last 1 d: failed");
        Assert.Contains("-- instance failed", (await _patient.LookAsync("orchestrations.failed")).WhatToDo, StringComparison.Ordinal);
    }

    private Task AddDeadHostAsync() => _patient.ExecuteAsync("insert into localhost.hosts (heartbeat_at) values (now() - interval '1 hour')");

    /// <summary>A host as others see it, for as long as the connection is open.</summary>
    private async Task<NpgsqlConnection> LiveAsync(string queue)
    {
        var connection = new NpgsqlConnection($"{_patient.Database.Logins.LocalRuntime};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("""
            with host as (
                insert into localhost.hosts (heartbeat_at, queues)
                values (now(), array[$1])
                returning id
            )
            select pg_advisory_lock(1279869000, id::int)
            from host
            """, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = queue } } };
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private Task AddInstanceAsync(string id, short status, long? owner = null) => InstanceRows.AddInstanceAsync(_patient.Database, id, status, owner: owner);

    private Task AddTimerAsync(string instance, string from) => InstanceRows.AddMessageAsync(_patient.Database, instance, kind: 1, task: 0, dueIn: from);
}
