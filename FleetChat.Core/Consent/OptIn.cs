using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace FleetChat.Core.Consent;

/// <summary>The company's evidence that a driver agreed to be written to on WhatsApp.</summary>
/// <param name="Text">What the driver was told, word for word.</param>
/// <param name="TextVersion">The company's own name for that wording.</param>
/// <param name="Language">Of the text, as BCP 47 writes it: <c>es</c>, <c>pa</c>, <c>fr-CA</c>. Any language, not only those that we write.</param>
/// <param name="Method">One of <see cref="Methods"/>.</param>
/// <param name="Evidence">Where the proof lies: a form's number, a file, a message.</param>
/// <param name="AgreedAt">When the driver said so.</param>
public sealed partial record OptIn(
    [StringLength(4000, MinimumLength = 1)] string? Text = null,
    [StringLength(100, MinimumLength = 1)] string? TextVersion = null,
    string? Language = null,
    [OneOf(typeof(OptIn), nameof(OptIn.Methods))] string? Method = null,
    [StringLength(1000, MinimumLength = 1)] string? Evidence = null,
    DateTimeOffset? AgreedAt = null)
{
    public static readonly IReadOnlyList<string> Methods = ["paper", "web_form", "app", "sms", "whatsapp", "spoken"];

    private const int LongestText = 4000;
    private const int LongestVersion = 100;
    private const int LongestEvidence = 1000;

    private static readonly Error TextFault = Invalid("text", $"Give the wording that the driver agreed to, 1 to {LongestText} characters.");
    private static readonly Error VersionFault = Invalid("text_version", $"Give your own name for the wording, such as 2026-03, 1 to {LongestVersion} characters.");
    private static readonly Error LanguageFault = Invalid("language", "Give the wording's language as a code, such as es or fr-CA.");
    private static readonly Error MethodFault = Invalid("method", $"Say how the driver agreed: {string.Join(", ", Methods)}.");
    private static readonly Error EvidenceFault = Invalid("evidence", $"Say where the proof lies, such as a form's number, 1 to {LongestEvidence} characters.");
    private static readonly Error AgreedFault = Invalid("agreed_at", "Say when the driver agreed: a time that is over.");

    /// <summary>All that can be missing.</summary>
    public static readonly IReadOnlyList<Error> Faults = [TextFault, VersionFault, LanguageFault, MethodFault, EvidenceFault, AgreedFault];

    /// <returns>What is missing or cannot be; null if it is whole.</returns>
    public Error? FindFault(DateTimeOffset now)
    {
        if (!IsBetween(Text, LongestText)) return TextFault;
        if (!IsBetween(TextVersion, LongestVersion)) return VersionFault;
        if (Language is null || !LanguageTag().IsMatch(Language)) return LanguageFault;
        if (Method is null || !Methods.Contains(Method)) return MethodFault;
        if (!IsBetween(Evidence, LongestEvidence)) return EvidenceFault;
        return AgreedAt is not { } agreed || agreed > now ? AgreedFault : null;
    }

    [GeneratedRegex(@"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\z")]
    private static partial Regex LanguageTag();

    private static bool IsBetween(string? text, int longest) => !string.IsNullOrWhiteSpace(text) && text.Length <= longest;

    private static Error Invalid(string field, string message) => Error.Invalid("consent.evidence_incomplete", message, $"$.opt_in.{field}");
}
