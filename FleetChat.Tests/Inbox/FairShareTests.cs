using FleetChat.Core.Inbox;
using FleetChat.Core.Tenants;

namespace FleetChat.Tests.Inbox;

/// <summary>Who floods fills his share of a process; nothing that has to wait is forgotten.</summary>
public sealed class FairShareTests
{
    private static readonly TenantId Loud = TenantId.Parse("loud");
    private static readonly TenantId Quiet = TenantId.Parse("quiet");
    private readonly FairShare _share = new();

    [Fact]
    public async Task A_lane_beyond_the_share_holds_no_place_and_is_named_when_one_is_free()
    {
        var first = Begin(Loud, 1);
        var second = Begin(Loud, 2);
        Assert.True(second.Turn.IsCompletedSuccessfully);
        Assert.Equal((false, 0), (second.Ran, (await second.Turn).Process.Count));

        first.End.SetResult();
        Assert.Equal([new Nudge(Loud, 2)], (await first.Turn).Process);
        Assert.True(Begin(Loud, 2).Ran);
    }

    [Fact]
    public async Task Lanes_have_their_turn_in_the_order_of_their_asking_and_each_once()
    {
        var first = Begin(Loud, 1);
        foreach (var lane in (short[])[3, 2, 3, 4]) Begin(Loud, lane);
        var turns = new List<short>();
        for (var turn = first; ; )
        {
            turn.End.SetResult();
            if ((await turn.Turn).Process is not [var next]) break;
            turns.Add(next.Lane);
            turn = Begin(Loud, next.Lane);
        }
        Assert.Equal([3, 2, 4], turns);
    }

    [Fact]
    public void Another_company_and_another_stage_wait_for_nobody()
    {
        Begin(Loud, 1);
        Assert.True(Begin(Quiet, 1).Ran);
        Assert.True(Begin(Loud, 1, Lanes.SendStage).Ran);
    }

    [Fact]
    public async Task A_turn_that_fails_leaves_its_place_and_what_waits_comes_with_the_next()
    {
        var failing = Begin(Loud, 1);
        Begin(Loud, 2);
        failing.End.SetException(new InvalidOperationException("gone"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => failing.Turn);

        var again = Begin(Loud, 1);
        Assert.True(again.Ran);
        again.End.SetResult();
        Assert.Equal([new Nudge(Loud, 2)], (await again.Turn).Process);
    }

    [Fact]
    public async Task What_waits_to_send_is_nudged_as_a_sender()
    {
        var first = Begin(Loud, 1, Lanes.SendStage);
        Begin(Loud, 2, Lanes.SendStage);
        first.End.SetResult();
        Assert.Equal((0, 1), ((await first.Turn).Process.Count, (await first.Turn).Send.Count));
    }

    [Fact]
    public async Task A_company_rests_for_others_only_while_they_are_at_work()
    {
        Begin(Loud, 1);
        Assert.True(_share.RestAsync(Loud, Lanes.ProcessStage, TimeSpan.FromMinutes(1), isFull: true, default).IsCompleted);

        var other = Begin(Quiet, 1);
        using var stopping = new CancellationTokenSource();
        var rest = _share.RestAsync(Loud, Lanes.ProcessStage, TimeSpan.FromMinutes(1), isFull: true, stopping.Token);
        Assert.False(rest.IsCompleted);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rest);

        other.End.SetResult();
        await other.Turn;
        Assert.True(_share.RestAsync(Loud, Lanes.ProcessStage, TimeSpan.FromMinutes(1), isFull: true, default).IsCompleted);
    }

    [Fact]
    public async Task Half_of_a_companys_lanes_waiting_is_a_backlog_and_a_single_one_is_not()
    {
        Begin(Quiet, 1);
        foreach (var lane in (short[])[1, 2, 3, 4]) Begin(Loud, lane);
        Assert.True(_share.RestAsync(Loud, Lanes.ProcessStage, TimeSpan.FromMinutes(1), isFull: false, default).IsCompleted);

        Begin(Loud, 5);
        using var stopping = new CancellationTokenSource();
        var rest = _share.RestAsync(Loud, Lanes.ProcessStage, TimeSpan.FromMinutes(1), isFull: false, stopping.Token);
        Assert.False(rest.IsCompleted);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rest);
    }

    [Fact]
    public void Nobody_rests_where_all_have_a_backlog()
    {
        Begin(Quiet, 1);
        Begin(Loud, 1);
        using var stopping = new CancellationTokenSource();
        Assert.False(_share.RestAsync(Quiet, Lanes.ProcessStage, TimeSpan.FromMinutes(1), isFull: true, stopping.Token).IsCompleted);
        Assert.True(_share.RestAsync(Loud, Lanes.ProcessStage, TimeSpan.FromMinutes(1), isFull: true, stopping.Token).IsCompleted);
        stopping.Cancel();
    }

    private Started Begin(TenantId tenant, short lane, string stage = Lanes.ProcessStage)
    {
        var started = new Started();
        started.Turn = _share.TakeTurnAsync(new(tenant, lane), stage, 1, async () =>
        {
            started.Ran = true;
            await started.End.Task;
            return new();
        });
        return started;
    }

    private sealed class Started
    {
        public bool Ran { get; set; }

        public TaskCompletionSource End { get; } = new();

        public Task<LaneWork> Turn { get; set; } = Task.FromResult(new LaneWork());
    }
}
