namespace FleetChat.Core.Messaging;

/// <summary>What a tap on a button means. The names travel in messages that drivers still have: they never change.</summary>
public static class ButtonActions
{
    /// <summary>The work at the stop is done: loaded, unloaded, or whatever it was.</summary>
    public const string StopDone = "stop_done";

    /// <summary>Something is wrong: a dispatcher has to look.</summary>
    public const string Problem = "problem";
}
