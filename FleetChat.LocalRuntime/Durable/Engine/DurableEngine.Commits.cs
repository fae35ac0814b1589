namespace FleetChat.LocalRuntime.Durable;

/// <param name="ClaimToken">Of the activities and children that this process claimed with the commit.</param>
/// <param name="At">Business time of the commit.</param>
internal readonly record struct CommittedTurn(bool IsCommitted, long ClaimToken, DateTimeOffset At, List<BegunChild> Children);

internal sealed partial class DurableEngine
{
    private static readonly List<BegunChild> NoChildren = [];

    private async Task<IReadOnlyList<CommittedTurn>> CommitAsync(List<TurnCommit> turns)
    {
        var token = NewToken();
        var now = _node.Clock.GetUtcNow();
        CommitOutcome outcome;
        try
        {
            outcome = await _node.Turns.CommitAsync(HostId, token, now, turns, CancellationToken.None);
        }
        catch (Exception)
        {
            _lost.AddTokens(token, token);
            throw;
        }
        foreach (var delivered in outcome.Delivered) _node.Route(delivered);
        if (turns.Exists(t => t.IsEnded)) _node.Tell("*");
        return turns.ConvertAll(t => new CommittedTurn(
            outcome.Committed.Contains((t.Key, t.Token)), token, now, t.Children.Count == 0 ? NoChildren : outcome.Children.FindAll(c => c.Parent == t.Key)));
    }
}
