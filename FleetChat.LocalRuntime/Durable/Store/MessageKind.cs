namespace FleetChat.LocalRuntime.Durable;

/// <summary>Kinds of inbox rows; their numbers are stored.</summary>
internal enum MessageKind : short
{
    Start = 0,
    Timer = 1,
    ActivityAnswer = 2,
    ChildAnswer = 3,
    Event = 4,
    Control = 5,
}

internal static class InstanceStatus
{
    public const short Running = 0;
    public const short Completed = 1;
    public const short Failed = 3;
    public const short Terminated = 5;
    public const short Pending = 6;
    public const short Suspended = 7;

    public static readonly short[] Ended = [Completed, Failed, Terminated];

    public static bool IsEnded(short status) => status is Completed or Failed or Terminated;
}
