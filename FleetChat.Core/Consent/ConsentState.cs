using System.Collections.Frozen;

namespace FleetChat.Core.Consent;

/// <summary>Where a driver stands with being written to on his phone. Part of the API, and kept in rows.</summary>
public static class ConsentState
{
    public const string Unknown = "unknown";

    /// <summary>He was given a link or a QR code, and has to begin himself.</summary>
    public const string Invited = "invited";

    /// <summary>He was asked on WhatsApp, because the company has evidence that he agreed to be written to there.</summary>
    public const string Asked = "asked";

    public const string Granted = "granted";
    public const string Declined = "declined";

    /// <summary>By STOP. Only his own START leads out of it.</summary>
    public const string Withdrawn = "withdrawn";

    /// <summary>The question or the invitation ran out without an answer.</summary>
    public const string Expired = "expired";

    public static readonly IReadOnlyList<string> All = [Unknown, Invited, Asked, Granted, Declined, Withdrawn, Expired];

    // Another phone begins at "unknown", whatever was agreed on the old one; but a STOP stays with its driver.
    private static readonly FrozenDictionary<string, string[]> Steps = new Dictionary<string, string[]>
    {
        [Unknown] = [Invited, Asked, Granted, Withdrawn],
        [Invited] = [Unknown, Asked, Granted, Declined, Withdrawn, Expired],
        [Asked] = [Unknown, Invited, Granted, Declined, Withdrawn, Expired],
        [Granted] = [Unknown, Declined, Withdrawn],
        [Declined] = [Unknown, Invited, Granted, Withdrawn],
        [Withdrawn] = [Granted],
        [Expired] = [Unknown, Invited, Asked, Granted, Declined, Withdrawn],
    }.ToFrozenDictionary();

    public static bool IsLegal(string from, string to) => Steps[from].Contains(to);
}
