using FleetChat.Core.Data;
using FleetChat.Core.Reminders;
using Npgsql;

namespace FleetChat.Core.Monitoring;

/// <summary>What is worked on, as rows name it (<see cref="TenantDb.Cause"/>). Kept, so the words never change.</summary>
internal static class Causes
{
    internal const string EventPrefix = "event:";
    internal const string ReminderPrefix = "reminder:";
    internal const string CallPrefix = "call:";
    internal const string FlowPrefix = "flow:";

    /// <summary>A row of the inbox.</summary>
    public static string Event(Guid row) => $"{EventPrefix}{row:N}";

    public static string Reminder(Reminder reminder) => Reminder(SubjectOf(reminder));

    /// <param name="subject">As <see cref="SubjectOf"/> makes it.</param>
    public static string Reminder(string subject) => $"{ReminderPrefix}{subject}";

    public static string Call(Guid call) => $"{CallPrefix}{call:N}";

    /// <summary>An orchestration, by what it is about.</summary>
    public static string Flow(Orchestrations.Flow flow, Guid subject) => $"{FlowPrefix}{flow.Name}:{subject:N}";

    /// <summary>A reminder as the subject of a decision.</summary>
    public static string SubjectOf(Reminder reminder) => $"{reminder.Kind}:{reminder.Subject}";

    public static Guid? EventIn(string? cause) => IdIn(cause, EventPrefix);

    public static Guid? CallIn(string? cause) => IdIn(cause, CallPrefix);

    public static string? ReminderIn(string? cause) => cause?.StartsWith(ReminderPrefix, StringComparison.Ordinal) == true ? cause[ReminderPrefix.Length..] : null;

    public static (string Flow, Guid Subject)? FlowIn(string? cause)
    {
        if (cause?.StartsWith(FlowPrefix, StringComparison.Ordinal) != true) return null;
        var (flow, colon) = (cause[FlowPrefix.Length..], cause.LastIndexOf(':') - FlowPrefix.Length);
        return colon > 0 && Guid.TryParseExact(flow[(colon + 1)..], "N", out var subject) ? (flow[..colon], subject) : null;
    }

    private static Guid? IdIn(string? cause, string prefix)
        => cause?.StartsWith(prefix, StringComparison.Ordinal) == true && Guid.TryParseExact(cause[prefix.Length..], "N", out var id) ? id : null;
}

internal static class DecisionKind
{
    /// <summary>A rule told nobody.</summary>
    public const string Rule = "rule";

    /// <summary>A message is not sent before a given time.</summary>
    public const string Held = "held";

    /// <summary>A fact that had come before.</summary>
    public const string Known = "known";

    /// <summary>Something is to be looked at later.</summary>
    public const string Watched = "watched";

    /// <summary>It was looked at.</summary>
    public const string Looked = "looked";

    /// <summary>A newer word replaced a message that waited.</summary>
    public const string Superseded = "superseded";

    /// <summary>The sender ended a message.</summary>
    public const string Unsent = "unsent";

    /// <summary>Nobody knew whether a message had come: it was sent again, or given to a dispatcher. The platform's count of doubts.</summary>
    public const string Doubt = "doubt";
}

/// <param name="Subject">A rule's id, a fact's effect key, a reminder.</param>
/// <param name="Outcome">As codes, never contents.</param>
internal sealed record Decision(string Kind, string Subject, string Outcome)
{
    public Guid? Transport { get; init; }

    public Guid? Stop { get; init; }

    public Guid? Driver { get; init; }

    public Guid? Message { get; init; }

    /// <summary>Of the message that it is about, where nobody has that one's id at hand.</summary>
    public string? EffectKey { get; init; }

    /// <summary>When it is looked at again, or sent at the earliest.</summary>
    public DateTimeOffset? DueAt { get; init; }
}

/// <summary>Keeps what was decided and left no row of its own, so that a message that nobody got can be explained.</summary>
internal static class Decisions
{
    public const string Insert = """
        insert into fleet.decisions (tenant_id, at, cause, kind, subject, outcome, transport_id, stop_id, driver_id, message_id, due_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10, (select m.id from fleet.message_logs m where m.tenant_id = $1 and m.effect_key = $11)), $12)
        """;

    /// <summary>For a batch, of <see cref="Insert"/>.</summary>
    public static NpgsqlParameter[] Parameters(TenantDb db, TimeProvider time, Decision decision) =>
    [
        P.Time(time.GetUtcNow()), P.Text(db.Cause), P.Text(decision.Kind), P.Text(decision.Subject), P.Text(decision.Outcome),
        P.Uuid(decision.Transport), P.Uuid(decision.Stop), P.Uuid(decision.Driver), P.Uuid(decision.Message), P.Text(decision.EffectKey), P.Time(decision.DueAt),
    ];

    public static Task NoteAsync(TenantDb db, TimeProvider time, Decision decision, CancellationToken ct) => db.WriteAsync(Insert, ct, Parameters(db, time, decision));
}
