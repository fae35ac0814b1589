namespace FleetChat.Functions.Inbox;

/// <summary>The queues of nudges. Names are part of what is deployed: a new name is a new queue beside the old one.</summary>
public static class QueueNames
{
    public const string Process = "fleetchat-process";
    public const string Send = "fleetchat-send";
    public const string Call = "fleetchat-call";
    public const string Webhooks = "fleetchat-webhooks";
    public const string Orchestrate = "fleetchat-orchestrate";
}
