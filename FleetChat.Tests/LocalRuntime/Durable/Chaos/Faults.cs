using FleetChat.LocalRuntime;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

internal enum Fault
{
    HostKilled,
    HostStopped,
    HostPaused,
    HostPausedWhilePostgresStops,
    BackendsTerminated,
    PostgresStopped,
    ConnectionsExhausted,
    DiskFull,
    ClockStepped,
}

/// <summary>Brings a fault about, and ends it.</summary>
internal sealed class Faults(ChaosCluster cluster, DurableProcess[] hosts, BusinessClockControl clock, TimeSpan lease, Random random)
{
    private static readonly string[] Tables = ["history", "instances", "inbox", "activities"];
    private TimeSpan _offset;

    public Task DoAsync(Fault fault) => fault switch
    {
        Fault.HostKilled => KillAsync(),
        Fault.HostStopped => StopAsync(),
        Fault.HostPaused => PauseAsync(() => PassAsync(most: 3500)),
        Fault.HostPausedWhilePostgresStops => PauseAsync(StopPostgresAsync),
        Fault.BackendsTerminated => TerminateAsync(),
        Fault.PostgresStopped => StopPostgresAsync(),
        Fault.ConnectionsExhausted => ExhaustAsync(),
        Fault.DiskFull => FillDiskAsync(),
        _ => StepClockAsync(),
    };

    private async Task KillAsync()
    {
        var victims = random.Next(5) == 0 ? [0, 1] : new[] { random.Next(hosts.Length) };
        foreach (var victim in victims) await hosts[victim].DisposeAsync();
        await PassAsync();
        foreach (var victim in victims) hosts[victim] = await DurableProcess.StartAsync(cluster.ConnectionString, lease);
    }

    /// <summary>In an orderly way, in the middle of its work.</summary>
    private async Task StopAsync()
    {
        var leaving = random.Next(hosts.Length);
        await hosts[leaving].EndAsync();
        await hosts[leaving].DisposeAsync();
        hosts[leaving] = await DurableProcess.StartAsync(cluster.ConnectionString, lease);
    }

    /// <summary>Longer than its lease: when it goes on, it still believes that it holds what others have taken.</summary>
    private async Task PauseAsync(Func<Task> meanwhileAsync)
    {
        var host = hosts[random.Next(hosts.Length)];
        await host.PauseAsync();
        try
        {
            await Until.TrueAsync(
                () => cluster.ScalarAsync<bool>("select not exists (select from localhost.living_hosts where id = $1)", host.HostId), because: "the paused host to seem dead");
            await meanwhileAsync();
        }
        finally
        {
            await host.ContinueAsync();
        }
    }

    private async Task TerminateAsync()
    {
        for (var i = 0; i < 3; i++)
        {
            await cluster.ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'chaos' and random() < 0.5");
            await PassAsync(most: 200);
        }
    }

    private async Task StopPostgresAsync()
    {
        await cluster.StopHardAsync(killed: random.Next(2) == 0);
        await PassAsync();
        await cluster.StartAgainAsync();
    }

    /// <summary>Every connection that there is, and the hosts lose some of theirs.</summary>
    private async Task ExhaustAsync()
    {
        var taken = new List<NpgsqlConnection>();
        try
        {
            await TakeConnectionsAsync(taken);
            await cluster.ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'chaos' and application_name <> 'hog' and random() < 0.3");
            await TakeConnectionsAsync(taken);
            await PassAsync();
        }
        finally
        {
            foreach (var connection in taken) await connection.DisposeAsync();
        }
    }

    private async Task TakeConnectionsAsync(List<NpgsqlConnection> taken)
    {
        var hog = new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Pooling = false, ApplicationName = "hog" }.ConnectionString;
        while (true)
        {
            var connection = new NpgsqlConnection(hog);
            try
            {
                await connection.OpenAsync();
                taken.Add(connection);
            }
            catch (PostgresException full) when (full.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                await connection.DisposeAsync();
                return;
            }
        }
    }

    private async Task FillDiskAsync()
    {
        var table = Tables[random.Next(Tables.Length)];
        await cluster.ExecuteAsync(ChaosSchema.FillDiskSql(table));
        await PassAsync();
        await cluster.ExecuteAsync(ChaosSchema.EmptyDiskSql(table));
    }

    /// <summary>An hour ahead for good, or an hour back for a moment: timers of the hour before would wait until it has passed again.</summary>
    private async Task StepClockAsync()
    {
        var step = TimeSpan.FromHours(random.Next(2) == 0 ? 1 : -1);
        await clock.SetOffsetAsync(_offset + step);
        await PassAsync();
        if (step > TimeSpan.Zero) _offset += step;
        else await clock.SetOffsetAsync(_offset);
    }

    private Task PassAsync() => PassAsync(most: 1500);

    private Task PassAsync(int most) => Moments.PassAsync(TimeSpan.FromMilliseconds(random.Next(most / 5, most)), "the fault to take its time");
}
