using System.Runtime.CompilerServices;
using System.Text;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace FleetChat.Core.Security.Audit;

/// <summary>Append blobs in one container, which is made when it is first written to.</summary>
public sealed class BlobAnchorStore(BlobContainerClient container) : IAnchorStore
{
    private const int LargestBlock = 1024 * 1024;

    public async Task AppendAsync(string file, IReadOnlyList<Anchor> anchors, CancellationToken ct)
    {
        await container.CreateIfNotExistsAsync(PublicAccessType.None, cancellationToken: ct);
        var blob = container.GetAppendBlobClient($"{file}.jsonl");
        await blob.CreateIfNotExistsAsync(cancellationToken: ct);
        // A block is taken whole or not at all, so that no line is torn.
        foreach (var block in Blocks(anchors)) await blob.AppendBlockAsync(new MemoryStream(block), cancellationToken: ct);
    }

    public async IAsyncEnumerable<AnchorLine> ReadAsync([EnumeratorCancellation] CancellationToken ct)
    {
        if (!await container.ExistsAsync(ct)) yield break;
        await foreach (var item in container.GetBlobsAsync(cancellationToken: ct))
        {
            var content = await container.GetBlobClient(item.Name).DownloadContentAsync(ct);
            foreach (var line in Anchor.ReadLines(item.Name, content.Value.Content.ToString())) yield return line;
        }
    }

    private static IEnumerable<byte[]> Blocks(IReadOnlyList<Anchor> anchors)
    {
        var lines = new StringBuilder();
        foreach (var line in anchors.Select(anchor => anchor.ToLine()))
        {
            if (lines.Length + line.Length > LargestBlock)
            {
                yield return Encoding.UTF8.GetBytes(lines.ToString());
                lines.Clear();
            }
            lines.Append(line);
        }
        if (lines.Length > 0) yield return Encoding.UTF8.GetBytes(lines.ToString());
    }
}
