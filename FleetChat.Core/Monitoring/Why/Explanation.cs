using FleetChat.Core.Messaging;
using FleetChat.Core.Tenants;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Monitoring.Why;

/// <summary>Everything that led to a message, or that followed from an event, in the order in which it happened. Ids, codes and times; no contents.</summary>
/// <param name="About">What was asked for: <c>message</c>, <c>event</c> or <c>reminder</c>.</param>
/// <param name="Conclusion">How it stands, as codes: a message's status and reason, or what an event led to.</param>
/// <param name="Messages">The message, the answers to it, and what was sent because of them.</param>
public sealed record Explanation(
    TenantId TenantId,
    [OneOf("message", "event", "reminder")] string About,
    string Id,
    string Conclusion,
    IReadOnlyList<ExplainedMessage> Messages,
    IReadOnlyList<WhyEntry> Timeline);

/// <summary>A message of the explanation, as it stands.</summary>
/// <param name="Reason">The rule, or what it was taken for; and why it ended, if it was not sent.</param>
/// <param name="DueAt">When it is sent or tried again, while it waits.</param>
/// <param name="ErrorCode">WhatsApp's, of a message that failed.</param>
public sealed record ExplainedMessage(
    Guid Id, [OneOf(typeof(ListMessages), nameof(ListMessages.Directions))] string Direction, string Kind, string Status, string Reason, Guid? DriverId, Guid? TransportId, Guid? StopId,
    int Attempts, int? ErrorCode, DateTimeOffset CreatedAt, DateTimeOffset? DueAt, DateTimeOffset? ValidUntil)
{
    /// <summary>What <see cref="ErrorCode"/> means, in plain words.</summary>
    public string? ErrorText => ErrorCode is { } code ? MetaErrors.TextOf(code) : null;
}

/// <summary>One thing that happened.</summary>
/// <param name="At">Business time; of a report of WhatsApp's, the time that it tells.</param>
/// <param name="What">One of <see cref="WhyWhat"/>.</param>
/// <param name="Detail">The decision and its reason, as codes.</param>
public sealed record WhyEntry(DateTimeOffset At, [OneOf(typeof(WhyWhat))] string What, string Detail)
{
    /// <summary>The row of what arrived.</summary>
    public Guid? EventId { get; init; }

    /// <summary>The sender's own id of it; the same fact may come under several.</summary>
    public string? ExternalId { get; init; }

    public Guid? MessageId { get; init; }

    /// <summary>What was to be looked at later: its kind and its subject.</summary>
    public string? Reminder { get; init; }

    public Guid? DriverId { get; init; }

    public Guid? TransportId { get; init; }

    public Guid? StopId { get; init; }

    /// <summary>When it is looked at or tried again, or until when it is held.</summary>
    public DateTimeOffset? DueAt { get; init; }
}

/// <summary>What can happen. Part of the API.</summary>
public static class WhyWhat
{
    /// <summary>An event arrived, or polling saw it.</summary>
    public const string Received = "received";

    /// <summary>The same fact came once more, under another id or another way.</summary>
    public const string CameAgain = "came_again";

    /// <summary>What was made of an event.</summary>
    public const string Decided = "decided";

    /// <summary>A fact went into a transport's timeline.</summary>
    public const string Noted = "noted";

    /// <summary>It is to be looked at later, because something may still change.</summary>
    public const string Watched = "watched";

    /// <summary>It was looked at, and decided from what was true then.</summary>
    public const string Looked = "looked";

    /// <summary>A rule told nobody.</summary>
    public const string NotTold = "not_told";

    public const string Made = "made";

    public const string Held = "held";

    public const string Released = "released";

    /// <summary>A newer word on the same thing replaced it.</summary>
    public const string Superseded = "superseded";

    /// <summary>The sender ended it.</summary>
    public const string Unsent = "unsent";

    public const string Tried = "tried";

    /// <summary>How an attempt ended.</summary>
    public const string Answered = "answered";

    /// <summary>What WhatsApp reported.</summary>
    public const string Reported = "reported";

    /// <summary>The driver wrote.</summary>
    public const string Reply = "reply";

    /// <summary>It was put before a dispatcher.</summary>
    public const string ToDispatcher = "to_dispatcher";

    /// <summary>A dispatcher dealt with it.</summary>
    public const string Handled = "handled";

    /// <summary>It was written to Samsara, or is to be.</summary>
    public const string WrittenBack = "written_back";

    /// <summary>A call to the outside.</summary>
    public const string Call = "call";

    /// <summary>An orchestration was begun, or it looked at what it is about.</summary>
    public const string Orchestrated = "orchestrated";

    /// <summary>It waits now.</summary>
    public const string Waiting = "waiting";
}
