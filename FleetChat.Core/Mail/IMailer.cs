namespace FleetChat.Core.Mail;

/// <summary>An e-mail, in plain text. It holds no contents of messages and no phone numbers: it travels and lies open.</summary>
/// <param name="Id">The same each time that it is sent, so that who gets it twice sees one.</param>
public sealed record Letter(Guid Id, string To, string Subject, string Text)
{
    /// <summary>Null: none.</summary>
    public Attachment? Attachment { get; init; }

    // A record's own text would print the address, and a token that stands in the text.
    public override string ToString() => Id.ToString();
}

/// <param name="MediaType">Such as <c>application/pdf</c>.</param>
public sealed record Attachment(string FileName, string MediaType, byte[] Content);

/// <summary>Hands an e-mail over to whoever delivers it.</summary>
public interface IMailer
{
    /// <exception cref="LetterRefusedException">It will never be taken. Any other exception may pass.</exception>
    Task SendAsync(Letter letter, CancellationToken ct);
}

/// <param name="code">The server's, such as 550.</param>
public sealed class LetterRefusedException(int code) : Exception($"refused {code}");
