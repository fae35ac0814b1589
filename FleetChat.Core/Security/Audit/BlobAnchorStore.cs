using System.Runtime.CompilerServices;
using System.Text;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace FleetChat.Core.Security.Audit;

/// <summary>Append blobs in one container. Each is made when it is first written to, and so is the container.</summary>
public sealed class BlobAnchorStore(BlobContainerClient container) : IAnchorStore
{
    private const int LargestBlock = 1024 * 1024;

    public async Task AppendAsync(string file, IReadOnlyList<Anchor> anchors, CancellationToken ct)
    {
        var blob = container.GetAppendBlobClient($"{file}.jsonl");
        // A block is taken whole or not at all, so that no line is torn.
        foreach (var block in Blocks(anchors)) await AppendAsync(blob, block, ct);
    }

    // Every few seconds, all year: what is there already is not asked for each time.
    private async Task AppendAsync(AppendBlobClient blob, byte[] block, CancellationToken ct)
    {
        try
        {
            await blob.AppendBlockAsync(new MemoryStream(block), cancellationToken: ct);
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            await container.CreateIfNotExistsAsync(PublicAccessType.None, cancellationToken: ct);
            await blob.CreateIfNotExistsAsync(cancellationToken: ct);
            await blob.AppendBlockAsync(new MemoryStream(block), cancellationToken: ct);
        }
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
