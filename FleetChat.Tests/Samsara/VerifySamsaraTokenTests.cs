using FleetChat.Core.Samsara;
using FleetChat.Simulators.Samsara;
using Microsoft.Extensions.Time.Testing;

namespace FleetChat.Tests.Samsara;

public sealed class VerifySamsaraTokenTests : IDisposable
{
    private const long Org = 5005929;
    private static readonly string[] s_needed = [.. SamsaraScope.Needed.Select(s => s.Name)];
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 2, 15, 0, 0, TimeSpan.Zero));
    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Token_with_all_that_is_needed_names_its_org()
    {
        await using var samsara = await StartAsync();
        await samsara.Control.AddTokenAsync(Org, new("good", Scopes: s_needed));

        var org = await Verify().HandleAsync(new(samsara.Address, "good"), default);

        Assert.Equal(new("5005929", "North Haulage"), org.Value);
    }

    /// <param name="status">As documented, and as it is seen in practice.</param>
    [Theory]
    [InlineData(403)]
    [InlineData(401)]
    public async Task Each_scope_that_is_missing_is_named(int status)
    {
        await using var samsara = await StartAsync(new(MissingScopeStatus: status));
        foreach (var missing in s_needed)
        {
            await samsara.Control.AddTokenAsync(Org, new($"without {missing}", Scopes: [.. s_needed.Where(s => s != missing)]));

            var refused = await Verify().HandleAsync(new(samsara.Address, $"without {missing}"), default);

            Assert.Equal(("samsara.scope_missing", "$.samsara_config.api_token"), (refused.Error?.Code, refused.Error?.Field));
            Assert.Equal([missing], s_needed.Where(s => refused.Error!.Message.Contains($"lacks {s}.", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task All_that_is_missing_is_named_at_once()
    {
        await using var samsara = await StartAsync();
        await samsara.Control.AddTokenAsync(Org, new("poor", Scopes: ["Read Org Information", "Read Drivers"]));

        var refused = await Verify().HandleAsync(new(samsara.Address, "poor"), default);

        Assert.Contains("Read Webhooks, Read Vehicles, Read Vehicle Statistics, Read Routes, Read Assignments, Read Documents", refused.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nobody's")]
    [InlineData("")]
    [InlineData("töken\n")]
    public async Task Token_that_opens_nothing_is_wrong(string token)
    {
        await using var samsara = await StartAsync();

        Assert.Equal("samsara.token_refused", (await Verify().HandleAsync(new(samsara.Address, token), default)).Error?.Code);
    }

    [Fact]
    public async Task Silent_or_busy_Samsara_says_nothing_about_a_token()
    {
        await using var samsara = await StartAsync();
        await samsara.Control.FailCallsAsync(new(429, PathPrefix: "/fleet/routes"));

        Assert.Equal("samsara.unreachable", (await Verify().HandleAsync(new(samsara.Address, "token"), default)).Error?.Code);
        Assert.Equal("samsara.unreachable", (await Verify().HandleAsync(new(new("http://127.0.0.1:1"), "token"), default)).Error?.Code);
        Assert.True((await Verify().HandleAsync(new(samsara.Address, "token"), default)).IsOk);
    }

    private async Task<SamsaraSimulator> StartAsync(SamsaraSettings? settings = null)
    {
        var samsara = await SamsaraSimulator.StartAsync(new() { Clock = _clock, Settings = settings ?? new() });
        await samsara.Control.AddOrgAsync(new(Org, "North Haulage", "token"));
        return samsara;
    }

    private VerifySamsaraToken Verify() => new(new SamsaraClient(_http), _clock);
}
