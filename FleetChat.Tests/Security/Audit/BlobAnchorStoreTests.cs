using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using FleetChat.Core.Security.Audit;
using FleetChat.Tests.Messaging.Media;

namespace FleetChat.Tests.Security.Audit;

public sealed class BlobAnchorStoreTests(Azurite azurite) : IClassFixture<Azurite>
{
    private readonly Requests _requests = new();

    [AzuriteFact]
    public async Task Container_and_file_are_made_with_the_first_write_and_not_asked_for_again()
    {
        var store = Store("made");
        await store.AppendAsync("2026-03-01", [Anchor(1)], default);
        _requests.Sent.Clear();

        await store.AppendAsync("2026-03-01", [Anchor(2), Anchor(3)], default);

        Assert.Equal(["PUT"], _requests.Sent);
        Assert.Equal([1, 2, 3], await ReadAsync(store));
    }

    [AzuriteFact]
    public async Task A_new_file_begins_beside_the_old()
    {
        var store = Store("beside");
        await store.AppendAsync("2026-03-01", [Anchor(1)], default);

        await store.AppendAsync("2026-03-02", [Anchor(2)], default);

        Assert.Equal([1, 2], await ReadAsync(store));
    }

    [AzuriteFact]
    public async Task Nothing_is_read_where_nothing_was_written() => Assert.Empty(await ReadAsync(Store("empty")));

    private static Anchor Anchor(long seq) => new("acme_001", seq, [1, 2, 3], DateTimeOffset.UnixEpoch);

    private static async Task<List<long>> ReadAsync(BlobAnchorStore store)
    {
        var found = new List<long>();
        await foreach (var line in store.ReadAsync(default)) found.Add(line.Anchor!.Seq);
        return found;
    }

    private BlobAnchorStore Store(string container)
    {
        var options = new BlobClientOptions();
        options.AddPolicy(_requests, HttpPipelinePosition.PerCall);
        return new(azurite.Open(container, options));
    }

    private sealed class Requests : HttpPipelineSynchronousPolicy
    {
        public List<string> Sent { get; } = [];

        public override void OnSendingRequest(HttpMessage message) => Sent.Add(message.Request.Method.ToString());
    }
}
