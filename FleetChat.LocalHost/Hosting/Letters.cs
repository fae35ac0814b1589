using System.Text.RegularExpressions;
using MimeKit;

namespace FleetChat.LocalHost.Hosting;

/// <param name="File">Its name in the folder, which it keeps.</param>
/// <param name="Attachments">Their names and what they hold.</param>
internal sealed partial record ReadLetter(string File, string To, string Subject, string Text, IReadOnlyDictionary<string, byte[]> Attachments)
{
    /// <summary>Where a card or an account is entered; null: it has no such link.</summary>
    public Uri? PaymentLink => Link().Match(Text) is { Success: true, Value: var link } ? new(link) : null;

    [GeneratedRegex(@"http\S+/pay/\S+")]
    private static partial Regex Link();
}

/// <summary>The e-mails that an installation on this machine sends: files of a folder.</summary>
internal static partial class Letters
{
    /// <summary>What an invitation shows for its acceptance; null: none has come to the address.</summary>
    public static string? FindInvitation(string folder, string address)
        => ListTo(folder, address).Select(letter => Token().Match(letter.Text).Value).FirstOrDefault(token => token.Length > 0);

    /// <summary>In no order that means anything.</summary>
    public static IEnumerable<ReadLetter> ListTo(string folder, string address) => List(folder).Where(letter => letter.To == address);

    /// <inheritdoc cref="ListTo"/>
    public static IEnumerable<ReadLetter> List(string folder) => Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.eml").Select(Read) : [];

    private static ReadLetter Read(string file)
    {
        using var letter = MimeMessage.Load(file);
        return new(Path.GetFileName(file), letter.To.Mailboxes.First().Address, letter.Subject ?? "", letter.TextBody ?? "",
            letter.Attachments.OfType<MimePart>().ToDictionary(part => part.FileName ?? "", ContentOf));
    }

    private static byte[] ContentOf(MimePart part)
    {
        using var content = new MemoryStream();
        part.Content?.DecodeTo(content);
        return content.ToArray();
    }

    [GeneratedRegex(@"invite\.\S+")]
    private static partial Regex Token();
}
