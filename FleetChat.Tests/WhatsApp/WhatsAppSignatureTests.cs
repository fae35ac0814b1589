using System.Text;
using FleetChat.Core.WhatsApp;
using FleetChat.Tests.Guards;
using Microsoft.Extensions.Options;

namespace FleetChat.Tests.WhatsApp;

public sealed class WhatsAppSignatureTests
{
    private static readonly WhatsAppSignature Signature = new(Options.Create(new WhatsAppOptions { AppSecret = "shhhh", VerifyToken = "a verify token" }));

    [Fact]
    [Catches(Guard.Signature)]
    public void The_bytes_as_they_came_verify_and_the_same_JSON_written_anew_does_not()
    {
        var wire = Encoding.ASCII.GetBytes("""{"name":"Jos\u00e9"}""");
        var header = "sha256=" + Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData("shhhh"u8, wire));

        Assert.True(Signature.IsValid(header, wire));
        Assert.False(Signature.IsValid(header, Encoding.UTF8.GetBytes("""{"name":"José"}""")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha256=")]
    [InlineData("sha256=7ad2a6")]
    [InlineData("sha1=0123456789012345678901234567890123456789")]
    [Catches(Guard.Signature)]
    public void A_missing_or_malformed_header_does_not_verify(string? header)
        => Assert.False(Signature.IsValid(header, "{\"foo\":\"bar\"}"u8));

    [Theory]
    [InlineData("a verify token", true)]
    [InlineData("a verify toke", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Only_our_own_verify_token_passes(string? token, bool passes) => Assert.Equal(passes, Signature.IsVerifyToken(token));
}
