using FleetChat.LocalRuntime;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

internal enum Fault
{
    HostKilled,
    HostPaused,
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
        Fault.HostPaused => PauseAsync(),
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
        await PassAsync(1000);
        foreach (var victim in victims) hosts[victim] = await DurableProcess.StartAsync(cluster.ConnectionString, lease);
    }

    /// <summary>Longer than its lease: when it goes on, it still believes that it holds what others have taken.</summary>
    private async Task PauseAsync()
    {
        var host = hosts[random.Next(hosts.Length)];
        await host.PauseAsync();
        try
        {
            await Until.TrueAsync(
                () => cluster.ScalarAsync<bool>("select not exists (select from localhost.living_hosts where id = $1)", host.HostId), because: "the paused host to seem dead");
            await PassAsync(3500);
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
            await PassAsync(200);
        }
    }

    private async Task StopPostgresAsync()
    {
        await cluster.StopHardAsync(killed: random.Next(2) == 0);
        await PassAsync(1000);
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
            await PassAsync(1500);
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
        await PassAsync(1500);
        await cluster.ExecuteAsync(ChaosSchema.EmptyDiskSql(table));
    }

    /// <summary>An hour ahead for good, or an hour back for a moment: timers of the hour before would wait until it has passed again.</summary>
    private async Task StepClockAsync()
    {
        var step = TimeSpan.FromHours(random.Next(2) == 0 ? 1 : -1);
        await clock.SetOffsetAsync(_offset + step);
        await PassAsync(1000);
        if (step > TimeSpan.Zero) _offset += step;
        else await clock.SetOffsetAsync(_offset);
    }

    private Task PassAsync(int mostMilliseconds) => Moments.PassAsync(TimeSpan.FromMilliseconds(random.Next(mostMilliseconds / 5, mostMilliseconds)), "the fault to take its time");
}
