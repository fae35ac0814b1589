using PhoneNumbers;

namespace FleetChat.Core.Drivers;

/// <summary>A phone number in E.164. <see cref="ToString"/> masks it, so that a log line never holds one.</summary>
public readonly record struct PhoneNumber
{
    private PhoneNumber(string e164) => E164 = e164;

    /// <summary>With <c>+</c>, such as <c>+15558234327</c>.</summary>
    public string E164 { get; }

    internal static PhoneNumber Of(PhoneNumbers.PhoneNumber parsed) => new(PhoneNumberUtil.GetInstance().Format(parsed, PhoneNumberFormat.E164));

    /// <param name="digits">As WhatsApp sends <c>from</c> and <c>wa_id</c>: digits, with a + or without.</param>
    public static PhoneNumber? FromWhatsApp(string? digits)
    {
        var bare = digits?.TrimStart('+');
        return bare is { Length: >= 5 and <= 20 } && bare.All(char.IsAsciiDigit) ? new("+" + bare) : null;
    }

    public override string ToString() => E164.Length > 4 ? $"+…{E164[^4..]}" : "+…";
}
