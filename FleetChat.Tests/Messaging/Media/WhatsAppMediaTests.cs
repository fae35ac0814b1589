using System.Security.Cryptography;
using FleetChat.Core.WhatsApp;
using FleetChat.Simulators.WhatsApp;
using FleetChat.Tests.Simulators;
using Microsoft.Extensions.Options;

namespace FleetChat.Tests.Messaging.Media;

/// <summary>The media client against a WhatsApp that speaks its protocol.</summary>
public sealed class WhatsAppMediaTests : IAsyncLifetime
{
    private static readonly byte[] Photo = [0xFF, 0xD8, 0xFF, 1, 2, 3];
    private static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private WhatsAppBench _bench = null!;
    private string _id = "";

    private WhatsAppMedia Media => new(Http, Options.Create(new Core.WhatsApp.WhatsAppOptions { GraphBaseUrl = _bench.Simulator.Address }));

    public async Task InitializeAsync()
    {
        _bench = await WhatsAppBench.StartAsync();
        await _bench.Control.SendMediaAsync(new UserMedia(WhatsAppBench.Number, WhatsAppBench.Driver, "image", "image/jpeg", Photo));
        _id = (await _bench.MessagesAsync(1))[0].GetProperty("image").GetProperty("id").GetString()!;
    }

    public Task DisposeAsync() => _bench.DisposeAsync().AsTask();

    [Fact]
    public async Task Medium_is_found_and_downloaded_with_the_token()
    {
        var link = await Media.FindAsync(WhatsAppBench.Token, WhatsAppBench.Number, _id, default);
        await using var bytes = await Media.OpenAsync(WhatsAppBench.Token, link.Url, default);
        using var copy = new MemoryStream();
        await bytes.CopyToAsync(copy);

        Assert.Equal(Photo, copy.ToArray());
        Assert.Equal(Convert.ToBase64String(SHA256.HashData(Photo)), link.Sha256);
    }

    [Fact]
    public async Task Link_of_five_minutes_ago_is_gone_and_a_new_one_is_not()
    {
        var link = await Media.FindAsync(WhatsAppBench.Token, WhatsAppBench.Number, _id, default);
        _bench.Clock.Advance(TimeSpan.FromMinutes(5));

        await FailsAsync(MediaFailure.Gone, () => Media.OpenAsync(WhatsAppBench.Token, link.Url, default));
        await using var bytes = await Media.OpenAsync(WhatsAppBench.Token, (await Media.FindAsync(WhatsAppBench.Token, WhatsAppBench.Number, _id, default)).Url, default);
    }

    [Fact]
    public async Task Failures_are_told_apart()
    {
        var link = await Media.FindAsync(WhatsAppBench.Token, WhatsAppBench.Number, _id, default);

        await FailsAsync(MediaFailure.Gone, () => Media.FindAsync(WhatsAppBench.Token, WhatsAppBench.Number, "1", default));
        await FailsAsync(MediaFailure.Transient, () => Media.FindAsync("another token", WhatsAppBench.Number, _id, default));
        await FailsAsync(MediaFailure.Transient, () => Media.OpenAsync("another token", link.Url, default));
        await FailsAsync(MediaFailure.Transient, () => Media.FindAsync("no\nheader", WhatsAppBench.Number, _id, default));
        await FailsAsync(MediaFailure.Refused, () => Media.OpenAsync(WhatsAppBench.Token, new("http://169.254.169.254/latest"), default));
    }

    private static async Task FailsAsync<T>(MediaFailure failure, Func<Task<T>> act)
        => Assert.Equal(failure, (await Assert.ThrowsAsync<MediaException>(async () => await act())).Failure);
}
