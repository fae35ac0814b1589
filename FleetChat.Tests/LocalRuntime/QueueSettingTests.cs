using FleetChat.LocalRuntime.Hosting;
using Microsoft.Extensions.Configuration;

namespace FleetChat.Tests.LocalRuntime;

public sealed class QueueSettingTests
{
    [Theory]
    [InlineData("batchSize", "0", "a whole number from 1 to 32")]
    [InlineData("batchSize", "33", "a whole number from 1 to 32")]
    [InlineData("batchSize", "many", "a whole number from 1 to 32")]
    [InlineData("newBatchThreshold", "-1", "a whole number from 0")]
    [InlineData("maxDequeueCount", "0", "a whole number from 1")]
    [InlineData("maxPollingInterval", "00:00:00.05", "from 00:00:00.1")]
    [InlineData("maxPollingInterval", "2000", "to 7.00:00:00")]
    [InlineData("visibilityTimeout", "-00:00:01", "from 00:00:00")]
    public void A_setting_that_the_real_host_refuses_is_refused_in_a_sentence(string name, string value, string expected)
    {
        var refused = Assert.Throws<InvalidOperationException>(() => Read((name, value)));

        Assert.StartsWith($"host.json: extensions.queues.{name} is '{value}', and must be ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_threshold_follows_the_batch_unless_it_is_said()
    {
        Assert.Equal(8, Read().NewBatchThreshold);
        Assert.Equal(2, Read(("batchSize", "5")).NewBatchThreshold);
        Assert.Equal(0, Read(("batchSize", "1")).NewBatchThreshold);
        Assert.Equal(7, Read(("batchSize", "1"), ("newBatchThreshold", "7")).NewBatchThreshold);
    }

    [Fact]
    public async Task No_more_messages_run_at_once_than_batch_and_threshold_together()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var host = await app.StartHostAsync("one", hostJson: new Dictionary<string, string?> { ["queues:batchSize"] = "4", ["queues:newBatchThreshold"] = "2" });
        var messages = Enumerable.Range(0, 30).Select(i => $"hold:{i}").ToArray();

        using var put = await host.Http.PostAsync("put", new StringContent(string.Join('\n', messages)));
        await Until.TrueAsync(() => Running(app.Log) == 4, because: "the first batch");
        foreach (var message in app.Log.Of("Work").Take(2)) Open(app.Log, message);
        await Until.TrueAsync(() => Running(app.Log) == 6, because: "the next batch beside the threshold");
        foreach (var message in messages) app.Log.Open(message["hold:".Length..]);
        await Until.TrueAsync(() => app.Log.Of("Worked").Count == 30, because: "all of them");

        Assert.Equal(6, MostAtOnce(app.Log));
    }

    [Fact]
    public async Task One_at_a_time_is_kept_while_messages_are_stored_and_fetched()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var host = await app.StartHostAsync("one", hostJson: new Dictionary<string, string?> { ["queues:batchSize"] = "1" });

        var puts = Enumerable.Range(0, 40).Select(async i =>
        {
            using var put = await host.Http.PostAsync("put", new StringContent($"a{i}\nb{i}"));
        });
        await Task.WhenAll(puts);
        await Until.TrueAsync(() => app.Log.Of("Worked").Count == 80, because: "all of them");

        Assert.Equal(1, MostAtOnce(app.Log));
    }

    private static void Open(RuntimeLog log, string work) => log.Open(work.Split(' ')[0]["hold:".Length..]);

    private static int Running(RuntimeLog log) => log.Of("Work").Count - log.Of("Worked").Count;

    private static int MostAtOnce(RuntimeLog log)
    {
        var (running, most) = (0, 0);
        foreach (var entry in log.Entries)
        {
            if (entry.StartsWith("Work ", StringComparison.Ordinal)) most = Math.Max(most, ++running);
            if (entry.StartsWith("Worked ", StringComparison.Ordinal)) running--;
        }
        return most;
    }

    private static HostJson Read(params (string Name, string Value)[] settings) => HostJson.Read(
        Path.GetTempPath(),
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"AzureFunctionsJobHost:extensions:queues:{s.Name}", (string?)s.Value)))
            .Build());
}
