using FleetChat.LocalHost.Commands;
using FleetChat.LocalHost.Hosting;
using FleetChat.LocalRuntime;
using FleetChat.Tests.LocalRuntime;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.LocalHost;

public sealed class QueuesTests : IAsyncLifetime
{
    private RuntimeApp _app = null!;

    public async Task InitializeAsync() => _app = await RuntimeApp.CreateAsync();

    public Task DisposeAsync() => _app.DisposeAsync().AsTask();

    [Fact]
    public async Task A_queue_tells_what_waits_what_is_claimed_and_what_failed_too_often()
    {
        var host = await _app.StartHostAsync("one");
        using var content = new StringContent("hold:gate\nfail");
        await host.Http.PostAsync(new Uri("put", UriKind.Relative), content);

        await Until.TrueAsync(async () => (await LookAsync("work")).Poison == 1, because: "the failing message to be poison");

        var work = await LookAsync("work");
        Assert.Equal((0, 0, 1, 0, true), (work.Waiting, work.Hidden, work.Claimed, work.ClaimedByDead, work.IsServed));
        Assert.InRange(work.OldestAge!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.Contains("'work-poison'", QueueHints.For(work), StringComparison.Ordinal);
        _app.Log.Open("gate");
        await Until.TrueAsync(async () => (await LookAsync("work")).Claimed == 0, because: "the held message to be done");
    }

    [Fact]
    public async Task A_queue_that_nobody_serves_says_so_once_something_waits_there()
    {
        await _app.Clock.RunAsync();
        Assert.Null(QueueHints.For(await LookAsync("lonely")));

        await _app.Database.ExecuteAsAdminAsync("insert into localhost.queue_messages (queue, body) values ('lonely', 'x')");

        var lonely = await LookAsync("lonely");
        Assert.Equal((1, false), (lonely.Waiting, lonely.IsServed));
        Assert.Contains("start FleetChat", QueueHints.For(lonely), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_whose_worker_died_is_told_apart()
    {
        await _app.Clock.RunAsync();

        await _app.Database.ExecuteAsAdminAsync("insert into localhost.queue_messages (queue, body, claimed_by) values ('lonely', 'x', 999999)");

        var lonely = await LookAsync("lonely");
        Assert.Equal((0, 1, 1), (lonely.Waiting, lonely.Claimed, lonely.ClaimedByDead));
    }

    private async Task<QueueState> LookAsync(string queue)
    {
        await using var views = new DatabaseViews(_app.Database.Admin, _app.Database.Name);
        return (await new QueueInspector(views.LocalRuntime).ListAsync([queue], default)).Single(q => q.Queue == queue);
    }
}
