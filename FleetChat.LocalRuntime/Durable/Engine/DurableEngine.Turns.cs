using FleetChat.LocalRuntime.Hosting;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace FleetChat.LocalRuntime.Durable;

internal sealed partial class DurableEngine
{
    /// <summary>Works on a session until there is nothing more to do for it, here or at all.</summary>
    private async Task WorkAsync(Session session, bool hasPlace)
    {
        _activity.Begin();
        if (!hasPlace) _turnPlaces.Take();
        await Task.Yield();
        try
        {
            while (!_stopRunning.IsCancellationRequested)
            {
                if (session.TakeReadRequest()) AddUnread(session, await _inboxes.AddAsync(session.Key));
                var mail = session.TakeMail();
                if (mail.Count > 0)
                {
                    if (!await RunTurnAsync(session, mail)) return;
                }
                else if (session.TryRest())
                {
                    if (!session.IsWanted) Leave(session);
                    return;
                }
            }
            Abandon(session);
        }
        catch (Exception exception)
        {
            LogTurnLost(session.Info.Id, exception);
            Abandon(session);
            _lost.AddInstance(session.Key, session.Token);
        }
        finally
        {
            _turnPlaces.GiveBack();
            _activity.End();
            if (_mayHaveInstances) Wake();
        }
    }

    private static void AddUnread(Session session, List<InboxMessage> messages) => session.TryAdd([.. messages.Select(Mail.Of)]);

    private async Task<IReadOnlyList<List<InboxMessage>>> ReadInboxesAsync(List<long> keys)
    {
        var (messages, _) = await _node.Claims.ReadAsync([.. keys], [], _node.Clock.GetUtcNow(), CancellationToken.None);
        var byInstance = messages.ToLookup(m => m.Instance);
        return keys.ConvertAll(key => byInstance[key].ToList());
    }

    /// <returns>False if the session is over.</returns>
    private async Task<bool> RunTurnAsync(Session session, List<Mail> mail)
    {
        // A read that was asked for twice may have brought a message twice.
        mail = [.. mail.DistinctBy(m => (object?)m.MessageId ?? m)];
        try
        {
            var news = NewsOf(session, mail);
            var turn = new OrchestrationTurn(session.Info, session.Past, news, _runner.Options, _runner.Loggers);
            if (IsEarly(session, mail)) turn.TerminateUnstarted();
            else await _runner.RunTurnAsync(turn, _stopRunning.Token);
            if (await StoreAsync(session, mail, news, turn) is { } plan) return Conclude(session, plan);
        }
        catch (Exception)
        {
            foreach (var answered in mail) KeepAnswer(answered);
            throw;
        }
        foreach (var answered in mail) KeepAnswer(answered);
        LogFenced(session.Info.Id);
        Abandon(session);
        return false;
    }

    /// <summary>Before its start is due nothing can reach an instance but its termination; all else waits for the start.</summary>
    private static bool IsEarly(Session session, List<Mail> mail) => session.Turns == 0 && !mail.Exists(m => m.Kind == MessageKind.Start);

    /// <summary>The turn's events: its moment, the start if it is the first, and what came in, as it came.</summary>
    private List<HistoryEvent> NewsOf(Session session, List<Mail> mail)
    {
        var news = new List<HistoryEvent> { new() { Kind = EventKind.TurnStarted, Time = _node.Clock.GetUtcNow().UtcDateTime } };
        foreach (var timer in mail.Where(m => m.Kind == MessageKind.Timer)) DurableTelemetry.TimerTaken(_node.Clock.GetUtcNow() - timer.ArrivedAt);
        if (session.Turns == 0)
        {
            DurableTelemetry.OrchestrationStarted(session.Info);
            news.Add(new() { Kind = EventKind.Started, Name = session.Info.Name, Version = session.Info.Version });
            if (session.Carried is { } carried) news.AddRange(HistoryJson.ReadEvents(carried));
        }
        news.AddRange(MailOrder.Of(mail).Where(m => m.Generation is null || m.Generation == session.Generation).Select(m => m.Event).OfType<HistoryEvent>());
        return news;
    }

    /// <summary>A turn that can't be stored fails its orchestration: it would come to the same for ever.</summary>
    /// <returns>What was committed; null if somebody else holds the instance.</returns>
    private async Task<TurnPlan?> StoreAsync(Session session, List<Mail> mail, List<HistoryEvent> news, OrchestrationTurn turn)
    {
        var plan = new TurnPlan(session, mail, [.. news], turn.Result!, this);
        try
        {
            return await CommitAsync(session, plan) ? plan : null;
        }
        catch (Exception exception) when (StoreErrors.IsOfData(exception))
        {
            turn.Refuse(exception);
            var failed = new TurnPlan(session, mail, news, turn.Result!, this);
            return await CommitAsync(session, failed) ? failed : null;
        }
    }

    private async Task<bool> CommitAsync(Session session, TurnPlan plan)
    {
        try
        {
            var committed = await _commits.AddAsync(plan.ToCommit());
            if (committed.IsCommitted) plan.Begun = committed;
            else plan.GiveBackPlaces();
            return committed.IsCommitted;
        }
        catch (Exception)
        {
            plan.GiveBackPlaces();
            throw;
        }
    }

    /// <summary>What follows from a committed turn in this process.</summary>
    private bool Conclude(Session session, TurnPlan plan)
    {
        plan.Advance();
        foreach (var activity in plan.BegunActivities()) BeginActivity(activity);
        foreach (var child in plan.BegunChildren()) BeginReserved(child.Instance, child.StartMessage);
        if (plan.LeavesActivities || plan.LeavesChildren)
        {
            _node.SignalWork();
            _node.Tell("");
        }
        foreach (var due in plan.Dues) Expect(due);
        if (plan.StatusToTell is { } status) _node.Waits.Changed(session.Info.Id, status);
        if (plan.IsEnded)
        {
            DurableTelemetry.OrchestrationEnded(session, session.Claim.CreatedAt);
            Remove(session);
            session.Close();
            return false;
        }
        if (plan.Continues) session.TryRequestRead();
        if (plan.Keeps) return true;
        Remove(session);
        var (left, mustRead) = session.Close();
        foreach (var answered in left) KeepAnswer(answered);
        _cache.Keep(session);
        if (mustRead || left.Count > 0) SignalInstances();
        return false;
    }

    /// <summary>Nothing of it is under way here any more.</summary>
    private void Leave(Session session)
    {
        _lost.AddInstance(session.Key, session.Token);
        Abandon(session);
    }

    /// <summary>The session is of no more use; what only this process knows goes to the inbox.</summary>
    private void Abandon(Session session)
    {
        Remove(session);
        var (left, _) = session.Close();
        foreach (var answered in left) KeepAnswer(answered);
        SignalInstances();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A turn of the orchestration '{Instance}' was not committed, because somebody else holds it now; nothing of it took effect")]
    private partial void LogFenced(string instance);

    [LoggerMessage(Level = LogLevel.Error, Message = "A turn of the orchestration '{Instance}' was lost and will run again")]
    private partial void LogTurnLost(string instance, Exception exception);
}
