using System.Text.RegularExpressions;
using MimeKit;

namespace FleetChat.LocalHost.Hosting;

/// <summary>The e-mails that an installation on this machine sends: files of a folder.</summary>
internal static partial class Letters
{
    /// <summary>What an invitation shows for its acceptance; null: none has come to the address.</summary>
    public static string? FindInvitation(string folder, string address) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*.eml").Select(file => MimeMessage.Load(file)).Where(letter => letter.To.Mailboxes.Any(to => to.Address == address))
            .Select(letter => Token().Match(letter.TextBody ?? "").Value).FirstOrDefault(token => token.Length > 0)
        : null;

    [GeneratedRegex(@"invite\.\S+")]
    private static partial Regex Token();
}
