using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging.Media;
using FleetChat.Core.WhatsApp;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Moq;

namespace FleetChat.Tests.Messaging.Media;

/// <summary>What a driver sends beside words, from the webhook to the bytes that a dispatcher gets.</summary>
public sealed class FetchMediaTests : IAsyncLifetime
{
    private const string Digits = "15550001111";
    private static readonly byte[] Photo = [0xFF, 0xD8, 0xFF, 0xE0, .. Enumerable.Repeat((byte)7, 200_000)];
    private static readonly Uri Link = new("https://lookaside.fbsbx.com/1");

    private readonly Mock<IWhatsAppMedia> _outside = new(MockBehavior.Strict);
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;
    private TestCompany _company = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.BorrowAsync();
        _fleet = await TestFleet.StartAsync(_database, services => services.Replace(ServiceDescriptor.Singleton(_outside.Object)));
        _company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(_company, "11", "+" + Digits);
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Photo_is_fetched_at_once_and_kept_encrypted()
    {
        Offer(Photo);

        await ReceiveAsync(Image("wamid.1", Photo));

        var medium = await GetAsync();
        Assert.Equal(("fetched", "image/jpeg", Photo.Length), (medium.State, medium.MimeType, medium.Size));
        Assert.Equal(_fleet.Clock.GetUtcNow(), medium.StoredAt);
        Assert.Equal(Photo, await ReadAsync(medium.Url!));
        Assert.Equal(-1, (await StoredAsync(medium.Id))!.AsSpan().IndexOf(Photo.AsSpan(0, 64)));
        Assert.Equal("attachment", await TextAsync("select reason from fleet.dispatcher_entries where tenant_id = $1"));
    }

    [Fact]
    public async Task Photo_that_comes_twice_is_fetched_once()
    {
        Offer(Photo);

        await ReceiveAsync(Image("wamid.1", Photo));
        await ReceiveAsync(Image("wamid.1", Photo));

        Assert.Equal(1, await CountAsync("select count(*) from fleet.media where tenant_id = $1"));
        _outside.Verify(o => o.OpenAsync(It.IsAny<string>(), Link, It.IsAny<CancellationToken>()), Times.Once);
    }

    [Fact]
    public async Task Link_that_ran_out_is_replaced_by_a_new_one()
    {
        var second = new Uri("https://lookaside.fbsbx.com/2");
        _outside.SetupSequence(o => o.FindAsync("whatsapp-token", _company.PhoneNumberId, "meta-1", It.IsAny<CancellationToken>()))
            .ReturnsAsync(new MediaLink(Link, null)).ReturnsAsync(new MediaLink(second, null));
        _outside.Setup(o => o.OpenAsync("whatsapp-token", Link, It.IsAny<CancellationToken>())).ThrowsAsync(new MediaException(MediaFailure.Gone, "gone"));
        _outside.Setup(o => o.OpenAsync("whatsapp-token", second, It.IsAny<CancellationToken>())).ReturnsAsync(() => new MemoryStream(Photo));

        await ReceiveAsync(Image("wamid.1", Photo));

        Assert.Equal("fetched", (await GetAsync()).State);
    }

    [Fact]
    public async Task What_is_not_there_is_looked_for_again_and_then_put_before_a_dispatcher()
    {
        _outside.Setup(o => o.FindAsync(It.IsAny<string>(), It.IsAny<string>(), "meta-1", It.IsAny<CancellationToken>())).ThrowsAsync(new MediaException(MediaFailure.Gone, "gone"));

        await ReceiveAsync(Image("wamid.1", Photo));
        Assert.Equal("waiting", (await GetAsync()).State);
        for (var round = 0; round < 6; round++)
        {
            _fleet.Clock.Advance(TimeSpan.FromMinutes(5));
            await _fleet.SweepAsync();
        }

        var medium = await GetAsync();
        Assert.Equal(("failed", "gone", null), (medium.State, medium.Reason, medium.Url));
        _outside.Verify(o => o.FindAsync(It.IsAny<string>(), It.IsAny<string>(), "meta-1", It.IsAny<CancellationToken>()), Times.Exactly(5));
        Assert.Equal(1, await CountAsync("select count(*) from fleet.dispatcher_entries where tenant_id = $1 and reason = 'media_failed'"));
        Assert.Equal(0, await CountAsync("select count(*) from fleet.alerts where tenant_id = $1 and code <> 'dispatcher.waiting'"));
    }

    [Fact]
    public async Task Outage_of_a_day_costs_no_photo()
    {
        _outside.Setup(o => o.FindAsync(It.IsAny<string>(), It.IsAny<string>(), "meta-1", It.IsAny<CancellationToken>())).ThrowsAsync(new MediaException(MediaFailure.Transient, "no_connection"));

        await ReceiveAsync(Image("wamid.1", Photo));
        for (var round = 0; round < 48; round++)
        {
            _fleet.Clock.Advance(TimeSpan.FromMinutes(31));
            await _fleet.SweepAsync();
        }
        Offer(Photo);
        _fleet.Clock.Advance(TimeSpan.FromMinutes(31));
        await _fleet.SweepAsync();

        Assert.Equal("fetched", (await GetAsync()).State);
    }

    [Theory]
    [InlineData("too_large")]
    [InlineData("type_differs")]
    [InlineData("type_not_allowed")]
    [InlineData("foreign_host")]
    public async Task What_we_do_not_take_is_not_kept_and_put_before_a_dispatcher(string reason)
    {
        var bytes = reason switch
        {
            "too_large" => [.. Photo, .. new byte[5 * 1024 * 1024]],
            "type_differs" => "<html><script>alert(1)</script>"u8.ToArray(),
            _ => Photo,
        };
        Offer(bytes);
        if (reason == "foreign_host") _outside.Setup(o => o.OpenAsync(It.IsAny<string>(), Link, It.IsAny<CancellationToken>())).ThrowsAsync(new MediaException(MediaFailure.Refused, reason));

        await ReceiveAsync(Image("wamid.1", bytes, reason == "type_not_allowed" ? "image/svg+xml" : "image/jpeg"));

        var medium = await GetAsync();
        Assert.Equal(("failed", reason), (medium.State, medium.Reason));
        Assert.Null(await StoredAsync(medium.Id));
        Assert.Equal(1, await CountAsync("select count(*) from fleet.dispatcher_entries where tenant_id = $1 and reason = 'media_failed'"));
    }

    [Fact]
    public async Task Bytes_that_changed_on_the_way_are_not_kept()
    {
        Offer([.. Photo, 1]);

        await ReceiveAsync(Image("wamid.1", Photo));

        Assert.Equal("waiting", (await GetAsync()).State);
        Assert.Null(await StoredAsync((await GetAsync()).Id));
    }

    [Fact]
    public async Task Process_that_dies_with_the_bytes_kept_and_nothing_noted_fetches_again()
    {
        _outside.Setup(o => o.FindAsync(It.IsAny<string>(), It.IsAny<string>(), "meta-1", It.IsAny<CancellationToken>())).ReturnsAsync(new MediaLink(Link, null));
        _outside.Setup(o => o.OpenAsync(It.IsAny<string>(), Link, It.IsAny<CancellationToken>())).Returns(async () =>
        {
            // The first one's lease ends while it is still at it.
            await _database.ExecuteAsAdminAsync("update fleet.calls set lease_token = gen_random_uuid() where attempts = 1");
            return new MemoryStream(Photo);
        });
        await ReceiveAsync(Image("wamid.1", Photo));
        Assert.Equal("waiting", (await GetAsync()).State);

        await _database.ExecuteAsAdminAsync("update fleet.calls set lease_until = now() - interval '1 second'");
        await _fleet.WorkAsync([], [], [new(_company.Id, CallLanes.Media)]);

        Assert.Equal("fetched", (await GetAsync()).State);
    }

    [Fact]
    public async Task Message_that_is_taken_back_takes_its_photo_along()
    {
        Offer(Photo);
        await ReceiveAsync(Image("wamid.1", Photo));
        var medium = await GetAsync();

        await ReceiveAsync(Revoke("wamid.1"));

        Assert.Null(await StoredAsync(medium.Id));
        Assert.Equal(("erased", null, null), ((await GetAsync()).State, (await GetAsync()).Url, (await GetAsync()).MimeType));
        // A link from before leads nowhere.
        Assert.Null(await OpenAsync(medium.Url!));
    }

    [Fact]
    public async Task Photo_that_is_taken_back_while_it_is_fetched_is_not_kept()
    {
        _outside.Setup(o => o.FindAsync(It.IsAny<string>(), It.IsAny<string>(), "meta-1", It.IsAny<CancellationToken>())).ReturnsAsync(new MediaLink(Link, null));
        _outside.Setup(o => o.OpenAsync(It.IsAny<string>(), Link, It.IsAny<CancellationToken>())).Returns(async () =>
        {
            var receipt = await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(_company, messages: [Revoke("wamid.1")]));
            foreach (var nudge in receipt.Nudges) await _fleet.Get<Core.Inbox.ProcessLane>().HandleAsync(nudge, default);
            return new MemoryStream(Photo);
        });

        await ReceiveAsync(Image("wamid.1", Photo));
        await _fleet.SweepAsync();

        Assert.Equal("erased", (await GetAsync()).State);
        Assert.Null(await StoredAsync((await GetAsync()).Id));
    }

    [Fact]
    public async Task Photo_that_was_taken_back_before_it_came_is_never_fetched()
    {
        await ReceiveAsync(Revoke("wamid.1"));
        await ReceiveAsync(Image("wamid.1", Photo));

        Assert.Equal(0, await CountAsync("select count(*) from fleet.media where tenant_id = $1"));
    }

    [Fact]
    public async Task Link_lives_five_minutes_and_nothing_of_it_may_be_changed()
    {
        Offer(Photo);
        await ReceiveAsync(Image("wamid.1", Photo));
        var url = (await GetAsync()).Url!;
        var token = url.AbsolutePath["/media/".Length..];

        for (var at = 0; at < token.Length; at += 7)
            Assert.Null(await _fleet.Get<OpenMediaLink>().HandleAsync(string.Concat(token.AsSpan(0, at), token[at] == 'A' ? "B" : "A", token.AsSpan(at + 1)), default));
        foreach (var strange in new[] { "", ".", "a.b", token.Split('.')[0], token + ".x", "%00" })
            Assert.Null(await _fleet.Get<OpenMediaLink>().HandleAsync(strange, default));
        _fleet.Clock.Advance(TimeSpan.FromSeconds(299));
        Assert.NotNull(await OpenAsync(url));
        _fleet.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await OpenAsync(url));
    }

    private void Offer(byte[] bytes)
    {
        _outside.Setup(o => o.FindAsync("whatsapp-token", _company.PhoneNumberId, "meta-1", It.IsAny<CancellationToken>())).ReturnsAsync(new MediaLink(Link, null));
        _outside.Setup(o => o.OpenAsync("whatsapp-token", Link, It.IsAny<CancellationToken>())).ReturnsAsync(() => new MemoryStream(bytes));
    }

    private async Task ReceiveAsync(JsonObject message)
        => await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(_company, messages: [message]))).Nudges);

    private static JsonObject Image(string wamid, byte[] bytes, string type = "image/jpeg") => Payloads.Special(Digits, wamid, "image", new()
    {
        ["id"] = "meta-1",
        ["mime_type"] = type,
        ["sha256"] = Convert.ToBase64String(SHA256.HashData(bytes)),
    });

    private static JsonObject Revoke(string wamid) => Payloads.Special(Digits, $"{wamid}.revoke", "revoke", new() { ["original_message_id"] = wamid });

    private async Task<MediaDetail> GetAsync()
    {
        var id = await _fleet.Db(_company).FindAsync("select id from fleet.media where tenant_id = $1", r => r.GetGuid(0), default);
        return (await _fleet.Get<GetMedia>().HandleAsync(_company.Id, id, default)).Value;
    }

    private Task<OpenedMedia?> OpenAsync(Uri url) => _fleet.Get<OpenMediaLink>().HandleAsync(url.AbsolutePath["/media/".Length..], default);

    private async Task<byte[]> ReadAsync(Uri url)
    {
        using var plain = new MemoryStream();
        await (await OpenAsync(url))!.WriteAsync(plain, default);
        return plain.ToArray();
    }

    private async Task<byte[]?> StoredAsync(Guid id)
    {
        await using var content = await _fleet.Get<IMediaStore>().OpenAsync($"{_company.Id}/{id:N}", default);
        if (content is null) return null;
        using var copy = new MemoryStream();
        await content.CopyToAsync(copy);
        return copy.ToArray();
    }

    private Task<string?> TextAsync(string sql) => _fleet.Db(_company).FindAsync(sql, r => r.GetString(0), default);

    private Task<long> CountAsync(string sql) => _fleet.Db(_company).FindAsync(sql, r => r.GetInt64(0), default);
}
