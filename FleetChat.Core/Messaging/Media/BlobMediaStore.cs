using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace FleetChat.Core.Messaging.Media;

/// <summary>One block blob each in one container, which is made when a process first writes to it.</summary>
public sealed class BlobMediaStore(BlobContainerClient container) : IMediaStore
{
    /// <summary>Blocks of this size are read ahead into memory and sent one after the other.</summary>
    private const int BlockSize = 4 * 1024 * 1024;

    private static readonly BlobUploadOptions Upload = new()
    {
        TransferOptions = new() { InitialTransferSize = BlockSize, MaximumTransferSize = BlockSize, MaximumConcurrency = 1 },
        HttpHeaders = new() { ContentType = "application/octet-stream" },
    };

    // Content can be read once, so writing is not tried before the container is known to be there.
    private volatile bool _isThere;

    // Blocks that no list names are thrown away by Azure: content that fails half-way leaves nothing.
    public async Task WriteAsync(string name, Stream content, CancellationToken ct)
    {
        if (!_isThere)
        {
            await container.CreateIfNotExistsAsync(PublicAccessType.None, cancellationToken: ct);
            _isThere = true;
        }
        try
        {
            await container.GetBlobClient(name).UploadAsync(content, Upload, ct);
        }
        catch (RequestFailedException gone) when (gone.Status == 404)
        {
            // Somebody took it away; whoever tries again makes it anew.
            _isThere = false;
            throw;
        }
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
