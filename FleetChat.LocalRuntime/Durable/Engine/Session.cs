namespace FleetChat.LocalRuntime.Durable;

/// <summary>Something that an instance has to take in.</summary>
/// <param name="MessageId">Its inbox row; null if it is an activity's answer that never left this process.</param>
/// <param name="Event">Null for the start.</param>
internal sealed record Mail(long? MessageId, MessageKind Kind, DateTimeOffset ArrivedAt, int? Generation, HistoryEvent? Event)
{
    public ClaimedActivity? Activity { get; init; }

    public static Mail Of(InboxMessage message) => new(message.Id, message.Kind, message.ArrivedAt, message.Generation, message.ToEvent());
}

/// <summary>
/// An instance that this process holds, with its history in memory. One thing happens to it at a time: it reads its inbox, or
/// runs a turn, or commits. What comes meanwhile waits in its mail.
/// </summary>
internal sealed class Session(ClaimedInstance claim, List<HistoryEvent> past)
{
    private readonly Lock _lock = new();
    private List<Mail> _mail = [];
    private bool _isWorking;
    private bool _isClosed;
    private bool _mustRead;
    private int _underWay;

    public ClaimedInstance Claim { get; } = claim;

    public long Key => Claim.Key;

    public long Token => Claim.Token;

    public OrchestrationInfo Info { get; private set; } = claim.Info;

    public List<HistoryEvent> Past { get; private set; } = past;

    public int Generation { get; private set; } = claim.Generation;

    public int Turns { get; private set; } = claim.Turns;

    public short Status { get; set; } = claim.Status;

    public string? Carried { get; private set; } = claim.Carried;

    /// <summary>True while there is a reason to hold the instance: an activity of it runs here, or something came in.</summary>
    public bool IsWanted
    {
        get
        {
            lock (_lock) return _underWay > 0 || _mail.Count > 0 || _mustRead;
        }
    }

    /// <returns>Null if the session is closed; else whether the caller has to start its work.</returns>
    public bool? TryAdd(params IReadOnlyList<Mail> mail)
    {
        lock (_lock)
        {
            if (_isClosed) return null;
            _mail.AddRange(mail);
            return StartWorking();
        }
    }

    /// <summary>Says that its inbox has something new.</summary>
    /// <returns>As <see cref="TryAdd"/>.</returns>
    public bool? TryRequestRead()
    {
        lock (_lock)
        {
            if (_isClosed) return null;
            _mustRead = true;
            return StartWorking();
        }
    }

    public bool TakeReadRequest()
    {
        lock (_lock) return _mustRead && !(_mustRead = false);
    }

    public List<Mail> TakeMail()
    {
        lock (_lock)
        {
            var taken = _mail;
            _mail = [];
            return taken;
        }
    }

    /// <returns>False if something came in meanwhile.</returns>
    public bool TryRest()
    {
        lock (_lock)
        {
            if (_mail.Count > 0 || _mustRead) return false;
            _isWorking = false;
            return true;
        }
    }

    public void ActivityBegan()
    {
        lock (_lock) _underWay++;
    }

    /// <summary>An activity that began here came to its end.</summary>
    /// <param name="answer">Null if it has no answer, and will run again elsewhere.</param>
    /// <returns>As <see cref="TryAdd"/>.</returns>
    public bool? ActivityEnded(Mail? answer)
    {
        lock (_lock)
        {
            _underWay--;
            if (_isClosed || answer is null) return null;
            _mail.Add(answer);
            return StartWorking();
        }
    }

    /// <returns>What was left in its mail, and whether its inbox has to be looked at by whoever holds it next.</returns>
    public (List<Mail> Mail, bool MustRead) Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            var left = _mail;
            _mail = [];
            return (left, _mustRead);
        }
    }

    public void Advance(List<HistoryEvent> events)
    {
        Past.AddRange(events);
        Turns++;
        Carried = null;
    }

    /// <summary>The next generation of itself begins, with nothing behind it.</summary>
    public void Renew(string? input, string? version, List<HistoryEvent> carried)
    {
        Past = [];
        Generation++;
        Turns = 0;
        Carried = HistoryJson.Write(carried);
        Info = Info with { Input = input, Version = version ?? Info.Version };
    }

    private bool StartWorking()
    {
        if (_isWorking) return false;
        return _isWorking = true;
    }
}
