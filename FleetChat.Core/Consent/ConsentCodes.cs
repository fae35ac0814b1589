using System.Security.Cryptography;
using FleetChat.Core.Messaging.Answers;
using FleetChat.Core.Security;

namespace FleetChat.Core.Consent;

/// <summary>
/// The short one-time codes of invitations. Without look-alikes and vowels, with a digit and a letter: "start 2026" and "start work"
/// are none.
/// </summary>
internal static class ConsentCodes
{
    private const int Length = 4;
    private const string Digits = "34679";
    private const string Letters = "CDFGHJKMNPQRTWXY";

    public static string Make()
    {
        while (true)
        {
            var code = RandomNumberGenerator.GetString(Digits + Letters, Length);
            if (IsCode(code)) return code;
        }
    }

    /// <param name="text">The whole message: START, in any language, and the code.</param>
    /// <returns>Null for everything else.</returns>
    public static string? Find(string? text)
    {
        if (text is null or { Length: > 60 }) return null;
        var words = text.Split([' ', '\u00a0', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2 || Keywords.Find(string.Join(' ', words[..^1])) != Meaning.Start) return null;
        var code = words[^1].Trim('.', ',', '!', '"', '\'', '*', '_', '<', '>', '(', ')').ToUpperInvariant();
        return IsCode(code) ? code : null;
    }

    public static byte[] Index(DataKey key, string code) => key.BlindIndex("consent_code", code);

    private static bool IsCode(string text)
        => text.Length == Length && text.All(c => Digits.Contains(c, StringComparison.Ordinal) || Letters.Contains(c, StringComparison.Ordinal))
            && text.Any(char.IsAsciiDigit) && text.Any(char.IsAsciiLetter);
}
