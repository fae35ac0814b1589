namespace FleetChat.Core.Messaging;

/// <summary>What a tap on a button means. The names travel in messages that drivers still have: they never change.</summary>
public static class ButtonActions
{
    /// <summary>The work at the stop is done: loaded, unloaded, or whatever it was.</summary>
    public const string StopDone = "stop_done";

    /// <summary>Loaded, at a stop of which we don't know what it is for.</summary>
    public const string Loaded = "loaded";

    /// <summary>Unloaded, at such a stop.</summary>
    public const string Unloaded = "unloaded";

    /// <summary>The driver takes the route.</summary>
    public const string Accept = "accept";

    /// <summary>The driver does not take the route.</summary>
    public const string Decline = "decline";

    /// <summary>The driver has read it; nothing else follows.</summary>
    public const string Understood = "understood";

    /// <summary>The driver agrees to be written to.</summary>
    public const string ConsentYes = "consent_yes";

    /// <summary>The driver does not want to be written to.</summary>
    public const string ConsentNo = "consent_no";

    /// <summary>Something is wrong: a dispatcher has to look.</summary>
    public const string Problem = "problem";
}
