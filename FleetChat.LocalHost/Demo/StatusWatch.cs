namespace FleetChat.LocalHost.Demo;

/// <summary>Looks at every message's status again and again while the day goes on.</summary>
internal sealed class StatusWatch
{
    private readonly Dictionary<Guid, string> _last = [];
    private readonly List<string> _backwards = [];

    /// <summary>What was seen to go backwards.</summary>
    public IReadOnlyList<string> Backwards => _backwards;

    public void Look(IEnumerable<ApiMessage> messages)
    {
        foreach (var message in messages.Where(m => m.IsOutbound))
        {
            if (_last.TryGetValue(message.Id, out var before) && Statuses.Rank(message.Status) < Statuses.Rank(before) && Statuses.Rank(message.Status) >= 0)
                _backwards.Add($"{before} became {message.Status}");
            _last[message.Id] = message.Status;
        }
    }
}
