using FleetChat.Tests.LocalRuntime.Durable.Model;
using Microsoft.DurableTask.Client;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

/// <summary>Events for the plans that may wait for some, and now and then a pause or an end for one of them.</summary>
internal sealed class Disturbance(NpgsqlDataSource database, DurableTaskClient client, int seed)
{
    private readonly Random _random = new(seed);

    public async Task RunAsync(CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            await ChaosLoad.TryAsync(OnceAsync);
            await Moments.PassAsync(TimeSpan.FromMilliseconds(150), "the next disturbance");
        }
    }

    private async Task OnceAsync()
    {
        foreach (var id in await Rows.ListAsync(database, "select id from localhost.instances where name = 'Plan' and status in (0, 7)"))
        {
            await client.RaiseEventAsync(id, Plans.Events[_random.Next(Plans.Events.Length)], "disturbance");
            if (_random.Next(3) == 0) await client.ResumeInstanceAsync(id);
            if (_random.Next(20) == 0) await client.SuspendInstanceAsync(id);
            if (_random.Next(60) == 0) await client.TerminateInstanceAsync(id, "enough");
        }
    }
}
