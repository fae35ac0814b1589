using System.Net;

namespace FleetChat.Tests.LocalRuntime;

/// <summary>The connection breaks while a statement is under way: nobody knows whether it was carried out.</summary>
public sealed class LostAnswerTests
{
    private const string Claim = "set claimed_by = $1,\n    claim = $5";
    private const string Insert = "insert into localhost.queue_messages (queue, body, trace_parent, claimed_by";
    private const string Delete = "delete from localhost.queue_messages q";
    private const string Release = "set claimed_by = null";
    private const string Poison = "select queue || '-poison'";

    [Fact]
    public async Task A_claim_whose_answer_was_lost_is_put_back_although_its_host_lives()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await using (await app.StartHostAsync("schema")) { }
        await app.PutBehindItsBackAsync("work", "found");

        // The message is there before the host: its first claim finds it.
        var proxy = app.NewProxy();
        var lost = proxy.SpoilNext(Claim, ProxyFault.CutAfter);
        await app.StartHostAsync("one", proxy.ConnectionString);
        await lost;

        await Until.TrueAsync(() => app.Log.Of("Worked").Count == 1, because: "the message to be worked on");
        Assert.Equal(["found 2 one"], app.Log.Of("Work"));
    }

    [Fact]
    public async Task Messages_that_were_stored_without_an_answer_are_stored_again_and_all_run()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var proxy = app.NewProxy();
        var host = await app.StartHostAsync("one", proxy.ConnectionString);
        await host.Server.WaitUntilIdleAsync(CancellationToken.None);

        var lost = proxy.SpoilNext(Insert, ProxyFault.CutAfter);
        using var answer = await host.Http.PostAsync("put", new StringContent("twice"));
        await lost;

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        await Until.TrueAsync(() => app.Log.Of("Worked").Count == 2, because: "both to be worked on");
        await Until.TrueAsync(async () => await app.CountMessagesAsync("work") == 0, because: "both to be deleted");
    }

    [Theory]
    [InlineData(ProxyFault.CutBefore)]
    [InlineData(ProxyFault.CutAfter)]
    public async Task What_is_done_is_not_done_again_because_its_deletion_was_lost(object fault)
    {
        await using var app = await RuntimeApp.CreateAsync();
        var proxy = app.NewProxy();
        await app.StartHostAsync("one", proxy.ConnectionString);

        var lost = proxy.SpoilNext(Delete, (ProxyFault)fault);
        await app.PutBehindItsBackAsync("work", "once");
        await lost;

        await Until.TrueAsync(async () => await app.CountMessagesAsync("work") == 0, because: "the message to be deleted");
        Assert.Equal(["once 1 one"], app.Log.Of("Work"));
    }

    [Fact]
    public async Task A_message_whose_function_failed_is_tried_again_although_putting_it_back_failed()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var proxy = app.NewProxy();
        await app.StartHostAsync("one", proxy.ConnectionString);

        var lost = proxy.SpoilNext(Release, ProxyFault.CutBefore);
        await app.PutBehindItsBackAsync("work", "fail");
        await lost;

        await Until.TrueAsync(() => app.Log.Of("Work").Count == 2, because: "a second try");
    }

    [Fact]
    public async Task A_message_is_given_up_once_although_the_answer_to_that_was_lost()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var proxy = app.NewProxy();
        await app.StartHostAsync("one", proxy.ConnectionString, new Dictionary<string, string?> { ["queues:maxDequeueCount"] = "1" });

        var lost = proxy.SpoilNext(Poison, ProxyFault.CutAfter);
        await app.PutBehindItsBackAsync("work", "fail");
        await lost;
        await app.PutBehindItsBackAsync("work", "after");
        await Until.TrueAsync(() => app.Log.Of("Worked").Count == 1, because: "the next message to be worked on");

        Assert.Equal(1, await app.CountMessagesAsync("work-poison"));
        Assert.Equal(["fail 1 one", "after 1 one"], app.Log.Of("Work"));
    }
}
