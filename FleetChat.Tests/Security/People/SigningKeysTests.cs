using FleetChat.Core.Security.Identity;
using FleetChat.Simulators.OpenId;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace FleetChat.Tests.Security.People;

public sealed class SigningKeysTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _realTime = new();
    private IssuerSimulator _issuer = null!;
    private SigningKeys _keys = null!;

    private IssuerOptions ByMetadata => new() { Issuer = _issuer.Issuer, Audience = IssuerSimulator.Audience, MetadataUri = _issuer.MetadataUri };

    public async Task InitializeAsync()
    {
        _issuer = await IssuerSimulator.StartAsync();
        _keys = new(new Clients(), _realTime, NullLogger.Instance);
    }

    public async Task DisposeAsync() => await _issuer.DisposeAsync();

    [Fact]
    public async Task Keys_are_asked_for_once_and_kept()
    {
        for (var i = 0; i < 5; i++) Assert.NotNull(await FindAsync(IssuerSimulator.Rsa));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => FindAsync(IssuerSimulator.Ec)));

        Assert.Equal(1, _issuer.Asked);
    }

    [Fact]
    public async Task Many_who_come_first_ask_once()
    {
        var found = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => FindAsync(IssuerSimulator.Rsa)));

        Assert.All(found, Assert.NotNull);
        Assert.Equal(1, _issuer.Asked);
    }

    [Fact]
    public async Task New_key_is_found_and_made_up_ones_ask_no_oftener_than_the_floor()
    {
        await FindAsync(IssuerSimulator.Rsa);
        _issuer.AddKey("rsa-2");

        for (var i = 0; i < 50; i++) Assert.Null(await FindAsync($"made-up-{i}"));
        Assert.Equal(1, _issuer.Asked);
        _realTime.Advance(TimeSpan.FromSeconds(31));
        Assert.NotNull(await FindAsync("rsa-2"));
        for (var i = 0; i < 50; i++) Assert.Null(await FindAsync($"made-up-{i}"));
        Assert.Equal(2, _issuer.Asked);
    }

    [Fact]
    public async Task Key_that_was_withdrawn_is_forgotten_within_the_hour()
    {
        Assert.NotNull(await FindAsync(IssuerSimulator.Ec));
        _issuer.Withdraw(IssuerSimulator.Ec);

        _realTime.Advance(TimeSpan.FromMinutes(59));
        Assert.NotNull(await FindAsync(IssuerSimulator.Ec));
        _realTime.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(await FindAsync(IssuerSimulator.Ec));
    }

    [Fact]
    public async Task Issuer_that_is_down_costs_nobody_his_sign_in_for_a_day()
    {
        await FindAsync(IssuerSimulator.Rsa);
        _issuer.IsDown = true;

        _realTime.Advance(TimeSpan.FromHours(23));
        Assert.NotNull(await FindAsync(IssuerSimulator.Rsa));
        _realTime.Advance(TimeSpan.FromHours(2));
        Assert.Null(await FindAsync(IssuerSimulator.Rsa));
        _issuer.IsDown = false;
        _realTime.Advance(TimeSpan.FromSeconds(31));
        Assert.NotNull(await FindAsync(IssuerSimulator.Rsa));
    }

    [Fact]
    public async Task Keys_may_be_named_directly()
        => Assert.NotNull(await _keys.FindAsync(new() { Issuer = _issuer.Issuer, Audience = IssuerSimulator.Audience, JwksUri = _issuer.JwksUri }, IssuerSimulator.Rsa, default));

    [Fact]
    public async Task Metadata_of_another_issuer_are_not_believed()
    {
        _issuer.OtherName = "https://somebody-else.example";

        Assert.Null(await FindAsync(IssuerSimulator.Rsa));
        Assert.Equal(0, _issuer.Asked);
    }

    private async Task<object?> FindAsync(string keyId) => await _keys.FindAsync(ByMetadata, keyId, default);

    private sealed class Clients : IHttpClientFactory
    {
        public HttpClient CreateClient(string name) => new();
    }
}
