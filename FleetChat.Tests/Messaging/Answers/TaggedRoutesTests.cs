using FleetChat.Core.Messaging.Answers;
using FleetChat.Core.Samsara;
using FleetChat.Simulators.Samsara;
using Microsoft.Extensions.Time.Testing;

namespace FleetChat.Tests.Messaging.Answers;

/// <summary>A company that is a tag of its organization writes to routes, whatever token it has.</summary>
public sealed class TaggedRoutesTests : IAsyncLifetime, IDisposable
{
    private const long Org = 5005929;
    private static readonly Tag s_tag = new("77", "North");
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 2, 15, 0, 0, TimeSpan.Zero));
    private readonly HttpClient _http = new();
    private SamsaraSimulator _samsara = null!;
    private SamsaraClient _client = null!;

    public async Task InitializeAsync()
    {
        _samsara = await SamsaraSimulator.StartAsync(new() { Clock = _clock });
        await _samsara.Control.AddOrgAsync(new(Org, "North Haulage", "whole"));
        await _samsara.Control.AddTokenAsync(Org, new("tagged", [s_tag.Id]));
        _client = new(_http);
    }

    public async Task DisposeAsync() => await _samsara.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_token_of_one_tag_names_it_beside_those_that_the_route_bears()
    {
        var route = await AddRouteAsync("88");

        await TaggedRoutes.ChangeAsync(_client, new(_samsara.Address, "tagged"), s_tag.Id, route, new(Notes: "accepted"), default);

        Assert.Equal(("accepted", "88 77"), await ReadAsync(route));
    }

    [Fact]
    public async Task A_token_of_the_whole_organization_leaves_tags_alone()
    {
        var route = await AddRouteAsync("88");

        await TaggedRoutes.ChangeAsync(_client, new(_samsara.Address, "whole"), s_tag.Id, route, new(Notes: "accepted"), default);

        Assert.Equal(("accepted", "88"), await ReadAsync(route));
    }

    private async Task<string> AddRouteAsync(string tag)
    {
        var driver = await _samsara.Control.AddDriverAsync(Org, new("Ana", Tags: [s_tag]));
        var now = _clock.GetUtcNow();
        return (await _samsara.Control.AddRouteAsync(Org, new("Load", [new("A", now.AddHours(1)), new("B", now.AddHours(2))], driver, TagIds: [tag]))).Id;
    }

    private async Task<(string? Notes, string Tags)> ReadAsync(string route)
    {
        var found = await _client.GetRouteAsync(new(_samsara.Address, "whole"), route, default);
        return (found.GetProperty("notes").GetString(), string.Join(' ', found.GetProperty("tagIds").EnumerateArray().Select(tag => tag.GetString())));
    }
}
