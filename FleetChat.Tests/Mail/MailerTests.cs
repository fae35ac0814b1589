using System.ComponentModel.DataAnnotations;
using FleetChat.Core.Mail;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace FleetChat.Tests.Mail;

public sealed class MailerTests : IDisposable
{
    private static readonly Letter Letter = new(Guid.Parse("0199b0a0-0000-7000-8000-000000000001"), "ann@example.com", "Work with Müller & Söhne", "Come in.\n");
    private readonly SmtpServer _server = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fleetchat-mail-");

    private IMailer Smtp => new MailOptions { From = "FleetChat <no-reply@example.com>", Host = "127.0.0.1", Port = _server.Port }.Open();

    private IMailer Tls => new MailOptions { From = "FleetChat <no-reply@example.com>", Host = "localhost", Port = _server.Port, AlwaysTls = true, User = "fleetchat", Password = "secret" }.Open();

    public void Dispose()
    {
        _server.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Letter_goes_to_the_server_with_the_same_id_each_time()
    {
        await Smtp.SendAsync(Letter, default);
        await Smtp.SendAsync(Letter, default);

        Assert.Equal(2, _server.Taken.Count);
        Assert.All(_server.Taken, text => Assert.Contains("Message-Id: <0199b0a0000070008000000000000001@fleetchat>", text, StringComparison.OrdinalIgnoreCase));
        Assert.Contains("To: ann@example.com", _server.Taken[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_that_the_server_refuses_is_refused_for_good()
    {
        _server.Answer = "550 no such mailbox";

        var refused = await Assert.ThrowsAsync<LetterRefusedException>(() => Smtp.SendAsync(Letter, default));

        Assert.Equal("refused 550", refused.Message);
    }

    [Fact]
    public async Task Mailbox_that_is_full_may_have_room_later()
    {
        _server.Answer = "452 full";

        await Assert.ThrowsAsync<SmtpCommandException>(() => Smtp.SendAsync(Letter, default));
    }

    [Fact]
    public async Task Letter_that_is_sent_twice_is_one_file()
    {
        var mailer = new MailOptions { From = "FleetChat <no-reply@example.com>", Folder = _folder.FullName }.Open();

        await mailer.SendAsync(Letter, default);
        await mailer.SendAsync(Letter, default);

        var message = MimeMessage.Load(Assert.Single(_folder.GetFiles()).FullName);
        Assert.Equal("Work with Müller & Söhne", message.Subject);
        Assert.Equal("Come in.", message.TextBody!.Trim());
    }

    [Fact]
    public async Task Server_without_TLS_is_told_nothing_where_TLS_is_needed()
    {
        await Assert.ThrowsAsync<NotSupportedException>(() => Tls.SendAsync(Letter, default));

        Assert.DoesNotContain(_server.Heard, IsTelling);
    }

    [Theory]
    [InlineData("localhost", 1)]
    [InlineData("localhost", -1)]
    [InlineData("mail.example.com", 1)]
    public async Task Certificate_that_nobody_vouches_for_has_ended_or_names_another_is_refused_and_nothing_is_told(string name, int daysLeft)
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Issue(name, TimeSpan.FromDays(daysLeft));
        _server.Certificate = certificate;

        await Assert.ThrowsAsync<SslHandshakeException>(() => Tls.SendAsync(Letter, default));

        Assert.Equal(1, _server.TlsBegun);
        Assert.DoesNotContain(_server.Heard, IsTelling);
        Assert.Empty(_server.Taken);
    }

    [Theory]
    [InlineData("", "a folder", "")]
    [InlineData("a@example.com", "", "")]
    [InlineData("a@example.com", "a folder", "a host")]
    public void Half_a_setting_stops_the_host(string from, string folder, string host)
    {
        var options = new MailOptions { From = from, Folder = folder, Host = host };

        Assert.Single(options.Validate(new ValidationContext(options)));
    }

    private static bool IsTelling(string line)
        => line.StartsWith("AUTH", StringComparison.Ordinal) || line.StartsWith("MAIL", StringComparison.Ordinal) || line.StartsWith("RCPT", StringComparison.Ordinal) || line == "DATA";
}
