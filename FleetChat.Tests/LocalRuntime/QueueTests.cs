using System.Net;

namespace FleetChat.Tests.LocalRuntime;

public sealed class QueueTests
{
    [Fact]
    public async Task Two_hosts_on_one_database_share_messages_and_run_each_once()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var one = await app.StartHostAsync("one");
        await app.StartHostAsync("two");

        // More than one host takes at once, and none is done before the other has begun.
        var messages = Enumerable.Range(0, 40).Select(i => $"hold:all {i}").Select(m => m.Replace(' ', '-')).ToArray();
        await PutAsync(one, messages);
        await Until.TrueAsync(() => HostsOf(app.Log).Count() == 2, because: "both hosts to take messages");
        foreach (var message in messages) app.Log.Open(message["hold:".Length..]);
        await one.Server.WaitUntilIdleAsync(CancellationToken.None);
        await Until.TrueAsync(() => app.Log.Of("Worked").Count == 40, because: "all messages to be worked on");

        Assert.Equal(messages.Order(), app.Log.Of("Work").Select(e => e.Split(' ')[0]).Order());
        Assert.Equal(0, await app.CountMessagesAsync("work"));
    }

    [Fact]
    public async Task A_message_that_a_dead_process_had_claimed_is_delivered_again()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.StartHostAsync("one");

        await app.Database.ExecuteAsAdminAsync("""
            insert into localhost.queue_messages (queue, body, dequeue_count, visible_at, claimed_by)
            values ('work', 'left', 1, now() + interval '5 minutes', 4711)
            """);

        await Until.TrueAsync(() => app.Log.Of("Worked").Count == 1, because: "the message to be delivered again");
        Assert.Equal(["left 2 one"], app.Log.Of("Work"));
    }

    [Fact]
    public async Task A_message_that_fails_too_often_goes_to_the_poison_queue()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var host = await app.StartHostAsync("one");

        await PutAsync(host, "fail");

        await Until.TrueAsync(async () => await app.CountMessagesAsync("work-poison") == 1, because: "the message to be given up");
        Assert.Equal(["fail 1 one", "fail 2 one", "fail 3 one"], app.Log.Of("Work"));
        Assert.Equal(0, await app.CountMessagesAsync("work"));
    }

    [Fact]
    public async Task Whoever_lost_a_claim_cannot_delete_the_message()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var host = await app.StartHostAsync("one");
        await PutAsync(host, "hold:slow");
        await Until.TrueAsync(() => app.Log.Of("Work").Count == 1, because: "the message to be begun");

        // As if its lease had ended and another process had taken it.
        await app.Database.ExecuteAsAdminAsync("""
            update localhost.queue_messages
            set dequeue_count = dequeue_count + 1,
                visible_at = now() + interval '5 minutes'
            """);
        app.Log.Open("slow");
        await Until.TrueAsync(() => app.Log.Of("Worked").Count == 1, because: "the first run to end");
        await host.StopAsync();

        Assert.Equal(1, await app.CountMessagesAsync("work"));
    }

    [Fact]
    public async Task When_the_queue_cannot_be_written_the_caller_gets_500_after_the_function_has_run()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var host = await app.StartHostAsync("one");
        await app.Database.ExecuteAsAdminAsync("""
            do $$
            begin
                execute format('revoke insert on localhost.queue_messages from %I', (
                    select tableowner from pg_tables where schemaname = 'localhost' and tablename = 'queue_messages'));
            end
            $$
            """);

        using var answer = await host.Http.PostAsync("put", new StringContent("a\nb"));

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal(["2"], app.Log.Of("Put"));
        Assert.Equal(0, await app.CountMessagesAsync("work"));
    }

    [Fact]
    public async Task One_message_over_64_KB_stores_none_of_its_invocation()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var host = await app.StartHostAsync("one");

        using var answer = await host.Http.PostAsync("put", new StringContent("small\n" + new string('x', (48 * 1024) + 1)));

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal(0, await app.CountMessagesAsync("work"));
        Assert.Empty(app.Log.Of("Work"));
    }

    [Fact]
    public async Task A_message_of_another_process_is_found_by_polling()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.StartHostAsync("one");

        await app.Database.ExecuteAsAdminAsync("""
            insert into localhost.queue_messages (queue, body)
            values ('work', 'elsewhere')
            """);

        await Until.TrueAsync(() => app.Log.Of("Worked").Count == 1, because: "the message to be found");
    }

    private static async Task PutAsync(RuntimeHost host, params string[] messages)
    {
        using var answer = await host.Http.PostAsync("put", new StringContent(string.Join('\n', messages)));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    private static IEnumerable<string> HostsOf(RuntimeLog log) => log.Of("Work").Select(e => e.Split(' ')[^1]).Distinct();
}
