using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace FleetChat.Tests.Mail;

/// <summary>As much of SMTP (RFC 5321, with STARTTLS by RFC 3207) as it takes to hand over one e-mail, or to have it refused.</summary>
internal sealed class SmtpServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public SmtpServer()
    {
        _listener.Start();
        _ = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Of the recipient.</summary>
    public string Answer { get; set; } = "250 OK";

    /// <summary>Offers TLS with it; null: it knows nothing of TLS.</summary>
    public X509Certificate2? Certificate { get; set; }

    public List<string> Taken { get; } = [];

    /// <summary>What clients said, in the open and encrypted.</summary>
    public ConcurrentBag<string> Heard { get; } = [];

    /// <summary>How often a client wanted to go on encrypted; with TLS 1.3 it tells only by hanging up that it does not like the certificate.</summary>
    public int TlsBegun { get; private set; }

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true) await TalkAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using var connection = client;
        try
        {
            await Lines(client.GetStream()).Writer.WriteLineAsync("220 test");
            if (!await ConverseAsync(client.GetStream())) return;
            TlsBegun++;
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsServerAsync(Certificate!);
            await ConverseAsync(tls);
        }
        catch (Exception refused) when (refused is IOException or AuthenticationException)
        {
            // A client who did not like the certificate.
        }
    }

    /// <returns>Whether TLS is to begin.</returns>
    private async Task<bool> ConverseAsync(Stream stream)
    {
        var (reader, writer) = Lines(stream);
        while (await reader.ReadLineAsync() is { } line)
        {
            Heard.Add(line);
            if (line.StartsWith("EHLO", StringComparison.Ordinal)) await writer.WriteLineAsync(Certificate is null || stream is SslStream ? "250 test" : "250-test\r\n250 STARTTLS");
            else if (line == "STARTTLS")
            {
                await writer.WriteLineAsync("220 go");
                return true;
            }
            else if (line.StartsWith("RCPT", StringComparison.Ordinal)) await writer.WriteLineAsync(Answer);
            else if (line == "DATA") await TakeAsync(reader, writer);
            else await writer.WriteLineAsync(line.StartsWith("QUIT", StringComparison.Ordinal) ? "221 bye" : "250 OK");
        }
        return false;
    }

    private static (StreamReader Reader, StreamWriter Writer) Lines(Stream stream)
        => (new(stream, Encoding.ASCII, false, 1024, leaveOpen: true), new(stream, Encoding.ASCII, 1024, leaveOpen: true) { NewLine = "\r\n", AutoFlush = true });

    private async Task TakeAsync(StreamReader reader, StreamWriter writer)
    {
        await writer.WriteLineAsync("354 go on");
        var text = new StringBuilder();
        while (await reader.ReadLineAsync() is { } line && line != ".") text.AppendLine(line);
        Taken.Add(text.ToString());
        await writer.WriteLineAsync("250 taken");
    }
}
