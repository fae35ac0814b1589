using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Core.Messaging.Pauses;

/// <param name="Reason">One of <see cref="Reasons"/>; null: other.</param>
/// <param name="From">Null: now.</param>
/// <param name="Until">Null: until somebody ends it.</param>
public sealed record PauseWanted([OneOf(typeof(PauseWanted), nameof(PauseWanted.Reasons))] string? Reason = null, DateTimeOffset? From = null, DateTimeOffset? Until = null)
{
    /// <summary>Kept, so the words never change.</summary>
    public static readonly IReadOnlyList<string> Reasons = ["break", "maintenance", "incident", "other"];

    private static readonly TimeSpan FarthestAhead = TimeSpan.FromDays(366);

    public DateTimeOffset? From { get; } = From?.Kept();

    public DateTimeOffset? Until { get; } = Until?.Kept();

    internal Error? FindFault(DateTimeOffset now)
    {
        if (Reason is not null && !Reasons.Contains(Reason)) return PauseErrors.ReasonUnknown;
        if (From > now + FarthestAhead || Until > now + FarthestAhead) return PauseErrors.TooFarAhead;
        return Until <= (From > now ? From : now) ? PauseErrors.UntilTooSoon : null;
    }

    /// <summary>As it is kept: what began already begins now.</summary>
    internal Pause Of(TimeProvider time, string scope, string subject, bool isPlatforms, string actor)
    {
        var now = time.GetUtcNow().Kept();
        return new(time.NewId(), scope, subject, isPlatforms, Reason ?? "other", From > now ? From.Value : now, Until, actor, now, null, null);
    }
}

/// <param name="Scope"><c>platform</c>, <c>number</c> or <c>tenant</c>.</param>
/// <param name="Subject">Whose: a phone_number_id or a company's id; empty: everybody's.</param>
/// <param name="ByPlatform">FleetChat's operators set it, and end it.</param>
/// <param name="Until">Null: until somebody ends it.</param>
/// <param name="EndedAt">When somebody ended it before its time.</param>
public sealed record Pause(
    Guid Id,
    [OneOf(Pause.OfPlatform, Pause.OfNumber, Pause.OfTenant)] string Scope,
    string Subject,
    bool ByPlatform,
    [OneOf(typeof(PauseWanted), nameof(PauseWanted.Reasons))] string Reason,
    DateTimeOffset From,
    DateTimeOffset? Until,
    string SetBy,
    DateTimeOffset SetAt,
    DateTimeOffset? EndedAt,
    string? EndedBy)
{
    public const string OfPlatform = "platform";
    public const string OfNumber = "number";
    public const string OfTenant = "tenant";

    internal bool IsRunning(DateTimeOffset now) => EndedAt is null && From <= now && !(Until <= now);

    internal bool IsOpen(DateTimeOffset now) => EndedAt is null && !(Until <= now);

    /// <summary>Asked for twice, it is one.</summary>
    internal bool IsSame(Pause other, DateTimeOffset now)
        => (Scope, Subject, ByPlatform, Reason, Until) == (other.Scope, other.Subject, other.ByPlatform, other.Reason, other.Until) && (From == other.From || (From <= now && other.From <= now));

    internal NpgsqlParameter[] Times => [P.Text(Reason), P.Time(From), P.Time(Until), P.Text(SetBy), P.Time(SetAt)];
}

public static class PauseErrors
{
    public static readonly Error NotFound = Error.NotFound("pauses.not_found", "There is no such pause. GET /api/pauses lists them.");

    public static readonly Error ReasonUnknown = Error.Invalid("pauses.reason_unknown", "Give one of the reasons break, maintenance, incident, other.", "$.reason");

    public static readonly Error UntilTooSoon = Error.Invalid("pauses.until_too_soon", "Give an end after the beginning and after now, or none.", "$.until");

    public static readonly Error TooFarAhead = Error.Invalid("pauses.too_far_ahead", "Give times within a year.", "$.from");

    public static readonly Error TooMany = Error.Conflict("pauses.too_many", "There are 100 pauses that run or are planned. End one first.");

    public static readonly Error SetByPlatform = Error.Conflict("pauses.set_by_platform", "FleetChat's operators set this pause. Ask FleetChat's support to end it.");

    public static readonly Error OfRestore = Error.Conflict("pauses.of_restore", "This pause is of a restored database, and ends with the restore: run 'restore end'.");

    public static readonly Error ScopeUnknown = Error.Invalid("pauses.scope_unknown", "Give platform, number or tenant.", "$.scope");

    public static readonly Error SubjectUnknown = Error.Invalid("pauses.subject_unknown", "Give a company's id as subject of tenant, Meta's phone_number_id of number, and none of platform.", "$.subject");
}
