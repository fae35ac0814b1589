namespace FleetChat.Core.Messaging.Answers;

/// <summary>What a driver says with a word or a short phrase. What follows from it, the state of things decides.</summary>
public enum Meaning
{
    /// <summary>No messages to this phone any more.</summary>
    Stop,
    Start,
    Help,
    Yes,
    No,
    OnTheWay,
    Arrived,
    Loaded,
    Delivered,

    /// <summary>The work at the stop is done, whatever it was.</summary>
    Done,
    Late,
    Problem,
    SpeakEnglish,
    SpeakSpanish,
    SpeakFrench,
}
