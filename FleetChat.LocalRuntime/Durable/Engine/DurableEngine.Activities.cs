using Microsoft.Extensions.Logging;

namespace FleetChat.LocalRuntime.Durable;

internal sealed partial class DurableEngine
{
    private static readonly TimeSpan FirstAnswerPause = TimeSpan.FromMilliseconds(50);

    public bool TryReserveActivity() => _runner.ActivityNames is null && !_stopClaiming.IsCancellationRequested && _activityPlaces.TryTake();

    public void GiveBackActivity() => _activityPlaces.GiveBack();

    /// <summary>Its place is taken already.</summary>
    private void BeginActivity(ClaimedActivity activity)
    {
        var session = _sessions.GetValueOrDefault(activity.Key.Instance);
        session?.ActivityBegan();
        _activity.Begin();
        Track(Task.Run(() => RunActivityAsync(activity, session)));
    }

    private async Task RunActivityAsync(ClaimedActivity activity, Session? session)
    {
        Mail? mail = null;
        try
        {
            var began = TimeProvider.System.GetTimestamp();
            using var span = DurableTelemetry.StartActivity(activity);
            var answer = await _runner.RunActivityAsync(activity, _stopRunning.Token);
            DurableTelemetry.ActivityEnded(span, activity, answer, TimeProvider.System.GetElapsedTime(began));
            mail = new Mail(null, MessageKind.ActivityAnswer, _node.Clock.GetUtcNow(), activity.Key.Generation, answer) { Activity = activity };
        }
        catch (OperationCanceledException) when (_stopRunning.IsCancellationRequested)
        {
            // Given back with everything else; another process runs it again.
        }
        catch (Exception exception)
        {
            LogActivityLost(activity.Name, activity.InstanceId, exception);
            _lost.AddActivity(activity);
        }
        Deliver(mail, session);
        _activityPlaces.GiveBack();
        _activity.End();
        if (_mayHaveActivities) Wake();
    }

    /// <summary>
    /// Only the session that an activity began under takes its answer as it is: with the session's own claim the activity's
    /// would have been lost. Any other may have its answer already, from somebody who took the activity over.
    /// </summary>
    private void Deliver(Mail? mail, Session? session)
    {
        var starts = session?.ActivityEnded(mail);
        if (starts is true) Track(WorkAsync(session!, hasPlace: false));
        if (starts is null && mail is not null) KeepAnswer(mail);
    }

    /// <summary>An activity's answer that no session of this process takes goes to the instance's inbox, however often that takes.</summary>
    private void KeepAnswer(Mail mail)
    {
        if (mail.Activity is null) return;
        _activity.Begin();
        Track(Task.Run(() => KeepAnswerAsync(new(mail.Activity, mail.Event!))));
    }

    private async Task KeepAnswerAsync(ActivityAnswer answer)
    {
        try
        {
            for (var pause = FirstAnswerPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
            {
                try
                {
                    await _answers.AddAsync(answer);
                    return;
                }
                catch (Exception exception) when (!_stopRunning.IsCancellationRequested)
                {
                    LogAnswerWaits(answer.Activity.Name, answer.Activity.InstanceId, exception);
                    await Task.Delay(pause, TimeProvider.System, _stopRunning.Token);
                }
            }
        }
        catch (Exception) when (_stopRunning.IsCancellationRequested)
        {
            // The activity is given back, and runs again elsewhere.
        }
        finally
        {
            _activity.End();
        }
    }

    private async Task<IReadOnlyList<bool>> StoreAnswersAsync(List<ActivityAnswer> answers)
    {
        foreach (var delivered in await _node.Answers.StoreAsync(HostId, _node.Clock.GetUtcNow(), answers, CancellationToken.None)) _node.Route(delivered);
        return answers.ConvertAll(_ => true);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The activity '{Activity}' of '{Instance}' was lost and will run again")]
    private partial void LogActivityLost(string activity, string instance, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The answer of the activity '{Activity}' of '{Instance}' could not be stored yet; trying again")]
    private partial void LogAnswerWaits(string activity, string instance, Exception exception);
}
