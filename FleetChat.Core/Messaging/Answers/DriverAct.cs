namespace FleetChat.Core.Messaging.Answers;

/// <summary>What a driver does by an answer, whichever way he gives it.</summary>
public enum DriverAct
{
    Accept,
    Decline,
    OnTheWay,
    Arrived,
    Loaded,
    Delivered,

    /// <summary>The work at the stop is done, whatever it was.</summary>
    Done,
    Late,
    Problem,

    /// <summary>He has read it.</summary>
    Understood,
}

public static class DriverActs
{
    public static DriverAct? OfButton(string action) => action switch
    {
        ButtonActions.Accept => DriverAct.Accept,
        ButtonActions.Decline => DriverAct.Decline,
        ButtonActions.StopDone => DriverAct.Done,
        ButtonActions.Loaded => DriverAct.Loaded,
        ButtonActions.Unloaded => DriverAct.Delivered,
        ButtonActions.Problem => DriverAct.Problem,
        ButtonActions.Understood => DriverAct.Understood,
        _ => null,
    };

    /// <param name="offered">Actions of the buttons under the message that is answered: what "yes" says, the question decides.</param>
    public static DriverAct? OfWord(Meaning meaning, IReadOnlyCollection<string> offered) => meaning switch
    {
        Meaning.Yes => offered.Contains(ButtonActions.Accept) ? DriverAct.Accept : offered.Count > 0 ? DriverAct.Understood : null,
        Meaning.No => offered.Contains(ButtonActions.Decline) ? DriverAct.Decline : null,
        Meaning.OnTheWay => DriverAct.OnTheWay,
        Meaning.Arrived => DriverAct.Arrived,
        Meaning.Loaded => DriverAct.Loaded,
        Meaning.Delivered => DriverAct.Delivered,
        Meaning.Done => DriverAct.Done,
        Meaning.Late => DriverAct.Late,
        Meaning.Problem => DriverAct.Problem,
        _ => null,
    };
}
