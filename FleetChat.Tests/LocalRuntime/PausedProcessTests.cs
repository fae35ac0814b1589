using System.Net;
using FleetChat.Tests.LocalHost;

namespace FleetChat.Tests.LocalRuntime;

/// <summary>Hosts that are processes of their own, paused or killed in the middle of a message.</summary>
public sealed class PausedProcessTests
{
    [LinuxFact]
    public async Task A_message_of_a_paused_host_is_taken_over_and_what_that_host_does_later_changes_nothing()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await using var process = await RuntimeProcess.StartAsync(app.Database.Logins.LocalRuntime);
        await PutAsync(process, "hold:door");
        await Until.TrueAsync(async () => (await process.Http.GetStringAsync("log")).Contains("Work hold:door 1", StringComparison.Ordinal), because: "the process to begin");

        process.Pause();
        await EndLeaseOfOldestAsync(app);
        await app.StartHostAsync("survivor");
        await Until.TrueAsync(() => app.Log.Of("Work").Count == 1, because: "the survivor to take the message over");
        process.Resume();
        using (var opened = await process.Http.PostAsync("open/door", content: null)) Assert.Equal(HttpStatusCode.NoContent, opened.StatusCode);
        await Until.TrueAsync(
            async () => (await process.Http.GetStringAsync("log")).Contains("Worked hold:door", StringComparison.Ordinal), because: "the paused process to end its call");
        await PutAsync(process, "next");
        await Until.TrueAsync(async () => await app.CountMessagesAsync("work") == 1, because: "a later message to be done, by which time the first was settled too");

        Assert.Equal(["hold:door 2 survivor"], app.Log.Of("Work").Where(w => w.StartsWith("hold", StringComparison.Ordinal)));
        app.Log.Open("door");
        await Until.TrueAsync(async () => await app.CountMessagesAsync("work") == 0, because: "the survivor to finish");
        Assert.Equal(0, await app.CountMessagesAsync("work-poison"));
    }

    [LinuxFact]
    public async Task A_failure_in_a_host_that_was_paused_does_not_take_the_message_from_who_runs_it()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await using var process = await RuntimeProcess.StartAsync(app.Database.Logins.LocalRuntime);
        await PutAsync(process, "failAfter:door");
        await Until.TrueAsync(async () => (await process.Http.GetStringAsync("log")).Contains("Work failAfter:door 1", StringComparison.Ordinal), because: "the process to begin");

        process.Pause();
        await EndLeaseOfOldestAsync(app);
        await app.StartHostAsync("survivor");
        await Until.TrueAsync(() => app.Log.Of("Work").Count == 1, because: "the survivor to take the message over");
        process.Resume();
        using (var opened = await process.Http.PostAsync("open/door", content: null)) Assert.Equal(HttpStatusCode.NoContent, opened.StatusCode);
        await PutAsync(process, "next");
        await Until.TrueAsync(async () => await app.CountMessagesAsync("work") == 1, because: "a later message to be done, by which time the first was settled too");

        Assert.Equal(2, await app.Database.ScalarAsAdminAsync<int>("select dequeue_count from localhost.queue_messages where claimed_by = (select max(id) from localhost.hosts)"));
        app.Log.Open("door");
    }

    [LinuxFact]
    public async Task A_host_that_is_killed_between_its_output_and_the_deletion_leaves_the_message_for_another()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var proxy = app.NewProxy();
        await using var process = await RuntimeProcess.StartAsync(proxy.ConnectionString);
        var deleting = proxy.SpoilNext("delete from localhost.queue_messages q", ProxyFault.Hold);
        await app.PutBehindItsBackAsync("relay", "baton");
        await deleting;

        Assert.Equal(1, await app.CountMessagesAsync("relayed"));
        await process.KillAsync();
        await app.StartHostAsync("survivor");

        await Until.TrueAsync(async () => await app.CountMessagesAsync("relay") == 0, because: "the message to be done by the survivor");
        Assert.Equal(["baton survivor"], app.Log.Of("Relay"));
        Assert.Equal(2, await app.CountMessagesAsync("relayed"));
    }

    private static async Task PutAsync(RuntimeProcess process, string message)
    {
        using var put = await process.Http.PostAsync("put", new StringContent(message));
        Assert.Equal(HttpStatusCode.Accepted, put.StatusCode);
    }

    /// <summary>The first host of the database does not beat any more; its lease ends sooner than usual, for the test's sake.</summary>
    private static Task EndLeaseOfOldestAsync(RuntimeApp app) => app.Database.ExecuteAsAdminAsync("""
        update localhost.hosts
        set lease = interval '1 second'
        where id = (select min(id) from localhost.hosts)
        """);
}
