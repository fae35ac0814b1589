using System.Text;
using FleetChat.Core.Messaging.Media;
using FleetChat.Core.WhatsApp;
using Microsoft.Extensions.Options;

namespace FleetChat.Tests.Messaging.Media;

public sealed class MediaKindsTests
{
    [Theory]
    [InlineData("image", "image/jpeg", "image/jpeg")]
    [InlineData("audio", "audio/ogg; codecs=opus", "audio/ogg")]
    [InlineData("document", "APPLICATION/PDF", "application/pdf")]
    [InlineData("image", "image/svg+xml", null)]
    [InlineData("document", "text/html", null)]
    [InlineData("image", "application/pdf", null)]
    public void Only_types_of_the_list_are_taken_each_for_its_kind(string kind, string said, string? taken) => Assert.Equal(taken, MediaKinds.FindType(kind, said));

    [Theory]
    [InlineData("image/jpeg", "\xFF\xD8\xFF\xE0rest", true)]
    [InlineData("image/jpeg", "\x89PNG\r\n\x1A\nrest", false)]
    [InlineData("image/jpeg", "<html>", false)]
    [InlineData("image/webp", "RIFF\x01\x02\x03\x04WEBP", true)]
    [InlineData("application/pdf", "%PDF-1.7", true)]
    [InlineData("application/pdf", "MZ\x90", false)]
    [InlineData("video/mp4", "\x01\x02\x03\u0018ftypmp42", true)]
    [InlineData("text/plain", "Pallets: 12\r\nTotal: 3", true)]
    [InlineData("text/plain", "MZ\x90\x00\x03", false)]
    [InlineData("image/jpeg", "\xFF", false)]
    public void Bytes_have_to_be_what_they_are_called(string type, string beginning, bool agrees)
        => Assert.Equal(agrees, MediaKinds.Agrees(type, Encoding.Latin1.GetBytes(beginning)));

    [Theory]
    [InlineData("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", true)]
    [InlineData("https://graph.facebook.com/v25.0/1", true)]
    [InlineData("http://lookaside.fbsbx.com/1", false)]
    [InlineData("https://lookaside.fbsbx.com:8443/1", false)]
    [InlineData("https://fbsbx.com.evil.example/1", false)]
    [InlineData("https://evilfbsbx.com/1", false)]
    [InlineData("https://lookaside.fbsbx.com@169.254.169.254/1", false)]
    [InlineData("https://169.254.169.254/latest", false)]
    [InlineData("http://127.0.0.1:9000/1", false)]
    public void The_token_goes_to_metas_hosts_alone(string link, bool isMetas)
    {
        using var http = new HttpClient();
        Assert.Equal(isMetas, new WhatsAppMedia(http, Options.Create(new WhatsAppOptions())).IsMetas(new(link)));
    }

    [Theory]
    [InlineData("http://127.0.0.1:9000/attachments/1", true)]
    [InlineData("http://127.0.0.1:9001/attachments/1", false)]
    [InlineData("http://127.0.0.2:9000/attachments/1", false)]
    public void Where_the_api_is_a_simulators_so_are_its_media(string link, bool isMetas)
    {
        using var http = new HttpClient();
        Assert.Equal(isMetas, new WhatsAppMedia(http, Options.Create(new WhatsAppOptions { GraphBaseUrl = new("http://127.0.0.1:9000") })).IsMetas(new(link)));
    }
}
