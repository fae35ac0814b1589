using FleetChat.Core.Security.Identity;
using FleetChat.Simulators.OpenId;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace FleetChat.Tests.Security.People;

public sealed class ReadTokenTests
{
    [Fact]
    public async Task Token_is_in_force_by_the_business_clock_with_a_minute_for_clocks_that_differ()
    {
        await using var issuer = await IssuerSimulator.StartAsync();
        var clock = new FakeTimeProvider(new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));
        issuer.Clock = clock;
        var options = Options.Create(new IdentityOptions { Issuers = [new() { Issuer = issuer.Issuer, Audience = IssuerSimulator.Audience, JwksUri = issuer.JwksUri }] });
        var read = new ReadToken(options, new(new Clients(), TimeProvider.System, NullLogger.Instance), clock, NullLogger<ReadToken>.Instance);
        var token = issuer.Token("ann", change: (_, claims) => claims["nbf"] = clock.GetUtcNow().AddMinutes(1).AddSeconds(1).ToUnixTimeSeconds());

        Assert.Null(await read.HandleAsync(token, default));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new(issuer.Issuer, "ann"), await read.HandleAsync(token, default));
        clock.Advance(TimeSpan.FromMinutes(11) - TimeSpan.FromSeconds(2));
        Assert.NotNull(await read.HandleAsync(token, default));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await read.HandleAsync(token, default));
    }

    private sealed class Clients : IHttpClientFactory
    {
        public HttpClient CreateClient(string name) => new();
    }
}
