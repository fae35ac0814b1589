using System.ComponentModel.DataAnnotations;
using MimeKit;

namespace FleetChat.Core.Mail;

/// <summary>How e-mails leave: by a server, or into a folder. Bound from <c>FleetChat:Mail</c>.</summary>
public sealed class MailOptions : IValidatableObject
{
    public const string Section = "FleetChat:Mail";

    /// <summary>Who writes, such as <c>FleetChat &lt;no-reply@example.com&gt;</c>.</summary>
    public string From { get; set; } = "";

    /// <summary>A folder of .eml files, for one machine.</summary>
    public string Folder { get; set; } = "";

    /// <summary>An SMTP server; TLS is required unless it is on this machine.</summary>
    public string Host { get; set; } = "";

    /// <summary>465 speaks TLS from the first byte, others by STARTTLS.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 587;

    /// <summary>TLS also to a server on this machine, such as a tunnel's end.</summary>
    public bool AlwaysTls { get; set; }

    public string User { get; set; } = "";

    public string Password { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if ((Folder.Length == 0) == (Host.Length == 0)) yield return new($"{Section} needs either Folder or Host, and not both.", [nameof(Folder), nameof(Host)]);
        if (!MailboxAddress.TryParse(From, out _)) yield return new($"{Section}:From is no address, such as FleetChat <no-reply@example.com>.", [nameof(From)]);
    }

    internal IMailer Open() => Folder.Length > 0 ? new FolderMailer(this) : new SmtpMailer(this);

    internal MimeMessage Write(Letter letter) => new()
    {
        From = { MailboxAddress.Parse(From) },
        To = { MailboxAddress.Parse(letter.To) },
        Subject = letter.Subject,
        MessageId = $"{letter.Id:N}@fleetchat",
        Body = letter.Attachment is { } attachment ? new Multipart("mixed") { TextOf(letter), PartOf(attachment) } : TextOf(letter),
    };

    private static TextPart TextOf(Letter letter) => new("plain") { Text = letter.Text };

    private static MimePart PartOf(Attachment attachment) => new(ContentType.Parse(attachment.MediaType))
    {
        Content = new MimeContent(new MemoryStream(attachment.Content)),
        ContentDisposition = new ContentDisposition(ContentDisposition.Attachment) { FileName = attachment.FileName },
        ContentTransferEncoding = ContentEncoding.Base64,
    };
}
