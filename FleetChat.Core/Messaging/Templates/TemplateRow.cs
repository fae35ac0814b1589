using System.Text.RegularExpressions;

namespace FleetChat.Core.Messaging.Templates;

/// <summary>Meta's words, and two of our own. Kept in rows and shown by the API.</summary>
public static partial class TemplateStatus
{
    /// <summary>Ours: Meta has not got it yet.</summary>
    public const string NotSubmitted = "NOT_SUBMITTED";

    public const string Pending = "PENDING";
    public const string Approved = "APPROVED";
    public const string Rejected = "REJECTED";
    public const string Paused = "PAUSED";
    public const string Disabled = "DISABLED";
    public const string InAppeal = "IN_APPEAL";
    public const string PendingDeletion = "PENDING_DELETION";

    /// <summary>Meta's, and ours for what its list does not have any more.</summary>
    public const string Deleted = "DELETED";

    public const string LimitExceeded = "LIMIT_EXCEEDED";
    public const string Archived = "ARCHIVED";

    public const string Utility = "UTILITY";

    /// <summary>Ours for a word of Meta's that is none of its form: no such status or category is ever used for sending.</summary>
    public const string Unknown = "UNKNOWN";

    /// <summary>Our reason: Meta has another text under this name.</summary>
    public const string OtherContent = "OTHER_CONTENT";

    private static readonly HashSet<string> s_known = [Pending, Approved, Rejected, Paused, Disabled, InAppeal, PendingDeletion, Deleted, LimitExceeded, Archived];

    public static bool IsKnown(string status) => s_known.Contains(status);

    /// <summary>Nothing but time is missing.</summary>
    public static bool IsWaiting(string status) => status is NotSubmitted or Pending or InAppeal;

    /// <summary>As a row can hold it.</summary>
    internal static string? Word(string? told) => told is null || Form().IsMatch(told) ? told : Unknown;

    [GeneratedRegex(@"^[A-Z_]{1,40}\z")]
    private static partial Regex Form();
}

/// <summary>A template in one language and one version of the footer, with what Meta says of it.</summary>
/// <param name="Name">At Meta.</param>
/// <param name="Language">Meta's code.</param>
/// <param name="Template">Its name in the set.</param>
/// <param name="Version">Counts the company's footers.</param>
internal sealed record TemplateRow(string Name, string Language, string Set, string Template, int Version, string Footer)
{
    public required string Status { get; init; }

    public required string Category { get; init; }

    public string? MetaId { get; init; }

    public string? RejectionReason { get; init; }

    public string? Quality { get; init; }

    /// <summary>Somebody asks for another review.</summary>
    public bool WantsReview { get; init; }

    /// <summary>As of when this is so.</summary>
    public DateTimeOffset ToldAt { get; init; }

    public DateTimeOffset? SubmittedAt { get; init; }

    public DateTimeOffset? ApprovedAt { get; init; }

    /// <summary>Whether messages may be sent with it.</summary>
    public bool IsLive => Status == TemplateStatus.Approved && Category == TemplateStatus.Utility;
}

/// <summary>What is heard of a template. What is null is not told.</summary>
internal sealed record TemplateNews(string Name, string Language)
{
    public string? Status { get; init; }

    public string? Category { get; init; }

    public string? MetaId { get; init; }

    /// <summary>Why it was rejected; told with a status alone.</summary>
    public string? Reason { get; init; }

    public string? Quality { get; init; }

    /// <summary>It was given to another review.</summary>
    public bool IsReviewedAgain { get; init; }

    /// <summary>By webhook: a name and a word of its status, whatever stands under that name.</summary>
    public bool IsHearsay { get; init; }

    public TemplateRow Over(TemplateRow row, DateTimeOffset asOf)
    {
        // Of what was never seen to have our words nobody's word counts but that of who sees them.
        var told = IsHearsay && (row.Status == TemplateStatus.NotSubmitted || row.RejectionReason == TemplateStatus.OtherContent) ? null : TemplateStatus.Word(Status);
        var status = told ?? row.Status;
        return row with
        {
            Status = status,
            Category = TemplateStatus.Word(Category) ?? row.Category,
            MetaId = MetaId ?? row.MetaId,
            RejectionReason = told is null ? row.RejectionReason : Reason,
            Quality = Quality ?? row.Quality,
            WantsReview = row.WantsReview && !IsReviewedAgain,
            ToldAt = asOf,
            SubmittedAt = status == TemplateStatus.NotSubmitted ? row.SubmittedAt : row.SubmittedAt ?? asOf,
            ApprovedAt = status == TemplateStatus.Approved ? row.ApprovedAt ?? asOf : row.ApprovedAt,
        };
    }
}
