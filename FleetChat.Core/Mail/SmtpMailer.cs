using System.Net;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace FleetChat.Core.Mail;

/// <summary>Sends by an SMTP server. A connection for each: e-mails are few.</summary>
internal sealed class SmtpMailer(MailOptions options) : IMailer
{
    public async Task SendAsync(Letter letter, CancellationToken ct)
    {
        using var message = options.Write(letter);
        using var client = new SmtpClient();
        await client.ConnectAsync(options.Host, options.Port, Security(), ct);
        if (options.User.Length > 0) await client.AuthenticateAsync(options.User, options.Password, ct);
        try
        {
            await client.SendAsync(message, ct);
        }
        catch (SmtpCommandException refused) when ((int)refused.StatusCode >= 500)
        {
            throw new LetterRefusedException((int)refused.StatusCode);
        }
        await client.DisconnectAsync(quit: true, ct);
    }

    // Never where the server offers it: whoever stands between would take the offer away. A certificate that is not in order ends the connection.
    private SecureSocketOptions Security()
        => options.Port == 465 ? SecureSocketOptions.SslOnConnect : IsThisMachine() && !options.AlwaysTls ? SecureSocketOptions.None : SecureSocketOptions.StartTls;

    private bool IsThisMachine() => options.Host == "localhost" || (IPAddress.TryParse(options.Host, out var address) && IPAddress.IsLoopback(address));
}
