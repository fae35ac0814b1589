using System.ComponentModel.DataAnnotations;
using FleetChat.Core.Security.Identity;

namespace FleetChat.Tests.Security.People;

public sealed class IdentityOptionsTests
{
    private static IssuerOptions Good => new() { Issuer = "https://id.example", Audience = "api", JwksUri = new("https://id.example/keys") };

    [Fact]
    public void Issuers_and_people_that_are_whole_are_taken()
        => Assert.Empty(Problems(new() { Issuers = [Good], PlatformPeople = [new() { Issuer = "https://id.example", Subject = "ann", Role = "support" }] }));

    [Fact]
    public void Nobody_has_to_be_able_to_sign_in() => Assert.Empty(Problems(new()));

    [Theory]
    [InlineData("", "api", "https://id.example/keys", null)]
    [InlineData("https://id.example", "", "https://id.example/keys", null)]
    [InlineData("https://id.example", "api", null, null)]
    [InlineData("https://id.example", "api", "https://id.example/keys", "https://id.example/metadata")]
    [InlineData("https://id.example", "api", "http://id.example/keys", null)]
    [InlineData("https://id.example", "api", null, "http://id.example/metadata")]
    [InlineData("https://id.example", "api", "/keys", null)]
    public void Issuer_that_could_be_anybody_stops_the_host(string issuer, string audience, string? jwks, string? metadata)
        => Assert.Single(Problems(new() { Issuers = [new() { Issuer = issuer, Audience = audience, JwksUri = Of(jwks), MetadataUri = Of(metadata) }] }));

    [Theory]
    [InlineData("https://other.example", "ann", "support")]
    [InlineData("https://id.example", "", "support")]
    [InlineData("https://id.example", "ann", "tenant_admin")]
    public void Operator_who_could_be_anybody_stops_the_host(string issuer, string subject, string role)
        => Assert.Single(Problems(new() { Issuers = [Good], PlatformPeople = [new() { Issuer = issuer, Subject = subject, Role = role }] }));

    private static Uri? Of(string? address) => address is null ? null : new(address, UriKind.RelativeOrAbsolute);

    private static IEnumerable<ValidationResult> Problems(IdentityOptions options) => options.Validate(new(options));
}
