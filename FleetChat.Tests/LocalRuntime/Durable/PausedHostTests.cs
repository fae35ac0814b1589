using FleetChat.Tests.LocalRuntime.Durable.Chaos;
using Microsoft.DurableTask.Client;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>Hosts that hang while they hold something, and come back or do not. Processes of their own, with SIGSTOP and SIGKILL.</summary>
public sealed class PausedHostTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_paused_host_that_comes_back_and_believes_it_holds_an_instance_changes_nothing()
    {
        await using var cluster = await ChaosCluster.StartAsync();
        await using var client = PlainClient.Of(cluster.ConnectionString);
        await using var paused = await DurableProcess.StartAsync(cluster.ConnectionString, Lease);
        var ledger = await client.Client.ScheduleNewOrchestrationInstanceAsync(ChaosTasks.Ledger, new List<string>());
        var held = await client.Client.ScheduleNewOrchestrationInstanceAsync(ChaosTasks.Held, ledger);
        await UntilHeldAsync(cluster, times: 1);
        await paused.PauseAsync();
        await using var other = await DurableProcess.StartAsync(cluster.ConnectionString, Lease);
        await UntilHeldAsync(cluster, times: 2);
        await cluster.ExecuteAsync("insert into effects (instance, place) values ($1, 'open')", held);
        var seen = await client.FinishAsync(held);

        await paused.ContinueAsync();

        await Until.TrueAsync(
            () => paused.Log.Any(l => l.Contains("was not committed, because somebody else holds it now", StringComparison.Ordinal)), because: "the paused host to try to commit");
        await client.Client.RaiseEventAsync(ledger, ChaosTasks.Close, "");
        Assert.Equal($"""["held {other.ProcessId}"]""", (await client.FinishAsync(ledger)).SerializedOutput);
        Assert.Equal(other.ProcessId, seen.ReadOutputAs<int>());
        Assert.Equal(seen.SerializedOutput, (await client.FinishAsync(held)).SerializedOutput);
        Assert.Empty(await cluster.ListAsync("select what from violations"));
        Assert.Equal(["1"], await cluster.ListAsync("select count(*) from endings where id = $1", held));
    }

    /// <summary>The server may finish what a host asked for, after the host seemed dead to the others, and then the host is dead indeed.</summary>
    [Fact]
    public async Task What_a_host_commits_while_it_seems_dead_is_not_left_to_nobody()
    {
        await using var cluster = await ChaosCluster.StartAsync();
        await using var client = PlainClient.Of(cluster.ConnectionString);
        await using var dying = await DurableProcess.StartAsync(cluster.ConnectionString, Lease);
        await using var gate = await CommitGate.CloseAsync(cluster);
        var id = await client.Client.ScheduleNewOrchestrationInstanceAsync(ChaosTasks.FanOut, 3);
        await gate.UntilSomebodyWaitsAsync();
        await dying.PauseAsync();
        await Until.TrueAsync(
            () => cluster.ScalarAsync<bool>("select heartbeat_at < now() - interval '4 seconds' from localhost.hosts where id = $1", dying.HostId),
            because: "the others to be allowed to forget the host");
        var starting = DurableProcess.StartAsync(cluster.ConnectionString, Lease);
        await Until.TrueAsync(
            async () => starting.IsCompleted || await WaitsForTheDeadAsync(cluster), because: "the other host to have looked for the dead, or to wait for what they have locked");

        await gate.OpenAsync();
        await dying.KillAsync();

        await using var other = await starting;
        Assert.Equal(9, (await client.FinishAsync(id)).ReadOutputAs<int>());
    }

    private static Task<bool> WaitsForTheDeadAsync(ChaosCluster cluster)
        => cluster.ScalarAsync<bool>("select exists (select from pg_stat_activity where query like '%heartbeat_at < now() - $2%' and wait_event_type = 'Lock')");

    private static Task UntilHeldAsync(ChaosCluster cluster, int times)
        => Until.TrueAsync(() => cluster.ScalarAsync<bool>("select count(*) = $1 from effects where place = 'hold'", times), because: "the activity to run");
}
