using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace FleetChat.Core.Messaging.Media;

/// <summary>One block blob each in one container, which is made when it is first written to.</summary>
public sealed class BlobMediaStore(BlobContainerClient container) : IMediaStore
{
    /// <summary>Blocks of this size are read ahead into memory and sent one after the other.</summary>
    private const int BlockSize = 4 * 1024 * 1024;

    private static readonly BlobUploadOptions Upload = new()
    {
        TransferOptions = new() { InitialTransferSize = BlockSize, MaximumTransferSize = BlockSize, MaximumConcurrency = 1 },
        HttpHeaders = new() { ContentType = "application/octet-stream" },
    };

    // Blocks that no list names are thrown away by Azure: content that fails half-way leaves nothing.
    public async Task WriteAsync(string name, Stream content, CancellationToken ct)
    {
        await container.CreateIfNotExistsAsync(PublicAccessType.None, cancellationToken: ct);
        await container.GetBlobClient(name).UploadAsync(content, Upload, ct);
    }

    public async Task<Stream?> OpenAsync(string name, CancellationToken ct)
    {
        try
        {
            return (await container.GetBlobClient(name).DownloadStreamingAsync(cancellationToken: ct)).Value.Content;
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return null;
        }
    }

    public Task DeleteAsync(string name, CancellationToken ct)
        => container.GetBlobClient(name).DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: ct);
}
